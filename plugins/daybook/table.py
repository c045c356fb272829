"""A table as every part of Daybook sees it: columns, types, keys. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from daybook.errors import cut
from daybook.personal import DATE, EMAIL, IDS, Personal
from daybook.window import Window

HIDDEN = "***"
"""What messages show in the place of what is personal."""

_TEXTS = frozenset({"text", "character varying", "json", "jsonb"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: As the source spells it.
        sql_type: The type it lands as, in PostgreSQL's spelling with
            modifiers, for example `numeric(38,18)`.
        nullable: False where the source forbids NULL.
        source_type: The source's own type where `sql_type` is its base
            (enum, domain, composite), else `""`.
        personal: What it says about a person, None if nothing.
    """

    name: str
    sql_type: str
    nullable: bool = True
    source_type: str = ""
    personal: Personal | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether messages must not show its values: logs are for many."""
        return self.personal is not None and self.personal.kind not in IDS

    def shown(self, value: object) -> str:
        """Return a value as messages show it: quoted and cut, or hidden."""
        return HIDDEN if self.is_hidden else cut(value)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from some columns to a key of another table.

    Attributes:
        name: The constraint's name, `""` where it has none.
        columns: The referring columns, in order.
        schema: The schema of the table referred to, `""` where the
            source has no schemas.
        table: The table referred to.
        references: The columns referred to, paired with `columns`.
        source: The source that holds that table, `""` for this one.
    """

    name: str
    columns: tuple[str, ...]
    schema: str
    table: str
    references: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's definition, without its rows.

    Attributes:
        schema: `""` where the source has no schemas (CSV files).
        name: As the source spells it.
        columns: In the order in which the data files hold them.
        primary_key: Column names in key order, empty without a key.
        foreign_keys: Only those the source has validated.
        window: Which of its rows a day holds; None: all of them.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    window: Window | None = None

    @property
    def stream(self) -> str:
        """The Singer stream's name, see `stream_name`."""
        return stream_name(self.schema, self.name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column called `name`.

        Raises:
            KeyError: The table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def hidden(self) -> frozenset[str]:
        """The columns whose values messages must not show."""
        return frozenset(one.name for one in self.columns if one.is_hidden)

    def in_schema(self, schema: str) -> Table:
        """Return the same table as it is to stand in `schema`."""
        return dataclasses.replace(self, schema=schema)


def keep_inside(tables: Iterable[Table]) -> list[Table]:
    """Return the tables without foreign keys to any other table.

    A key whose other end is not extracted cannot be checked where the
    day is loaded.
    """
    inside = list(tables)
    names = {(table.schema, table.name) for table in inside}
    return [
        dataclasses.replace(
            table,
            foreign_keys=tuple(
                key
                for key in table.foreign_keys
                if (key.schema, key.table) in names
            ),
        )
        for table in inside
    ]


def stream_name(schema: str, table: str) -> str:
    """Return `schema-table`, or `table` where there is no schema.

    `-` and `%` are percent-encoded in the schema (and, without one, in
    the table), so that no two tables share a stream.
    """
    if not schema:
        return _escape(table)
    return f"{_escape(schema)}-{table}"


def split_stream_name(stream: str) -> tuple[str, str]:
    """Return the `(schema, table)` that `stream_name` joined."""
    schema, dash, table = stream.partition("-")
    if not dash:
        return "", unquote(schema)
    return unquote(schema), table


def base_type(sql_type: str) -> str:
    """Return the type without its modifiers: `numeric(8,2)` -> `numeric`.

    `timestamp(3) with time zone` becomes `timestamp with time zone`.
    """
    before, bracket, rest = sql_type.partition("(")
    if not bracket:
        return sql_type
    return (before + rest.partition(")")[2]).strip()


def personal_problems(table: Table) -> list[str]:
    """Return what of a table's personal columns cannot work, as clauses.

    Such a column needs a type that takes pseudonyms, and the table one
    that says whose a row is.
    """
    personal = [
        (column, column.personal)
        for column in table.columns
        if column.personal
    ]
    problems = [
        f"the column {column.name} is {column.sql_type}, which cannot hold "
        f"pseudonyms of the kind {said.kind or 'document'}"
        for column, said in personal
        if not _takes(column.sql_type, said.kind)
    ]
    kinds = {kind for _, said in personal for kind in said.kinds}
    if kinds and not kinds & {*IDS, EMAIL}:
        problems.append("no column says whose a row is (subject or email)")
    return problems


def _takes(sql_type: str, kind: str) -> bool:
    base = base_type(sql_type)
    if kind in IDS:
        return True
    if kind == DATE and base.startswith(("date", "timestamp")):
        return True
    # A length could cut a pseudonym.
    return base in _TEXTS and "(" not in sql_type


def hidden(value: str | None) -> str | None:
    """Return what is shown of a personal value: whether there is one."""
    return None if value is None else HIDDEN


def foreign_key_to_json(key: ForeignKey) -> dict[str, Any]:
    """Return the key as it stands in JSON."""
    return {
        "name": key.name,
        "columns": list(key.columns),
        "schema": key.schema,
        "table": key.table,
        "references": list(key.references),
        "source": key.source,
    }


def foreign_key_from_json(body: Mapping[str, Any]) -> ForeignKey:
    """Return the key that `foreign_key_to_json` wrote."""
    return ForeignKey(
        name=body["name"],
        columns=tuple(body["columns"]),
        schema=body["schema"],
        table=body["table"],
        references=tuple(body["references"]),
        source=body["source"],
    )


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("-", "%2D")
