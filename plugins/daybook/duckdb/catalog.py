"""What a DuckDB file holds: tables, columns, types, keys."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from daybook.duck.declared_keys import FOREIGN, PRIMARY, DeclaredKey
from daybook.duck.session import identifier
from daybook.duckdb.types import (
    DuckType,
    from_duckdb,
    source_type,
    sql_type,
)
from daybook.errors import InputError, cut
from daybook.table import Column, ForeignKey, Table, keep_inside

if TYPE_CHECKING:
    import duckdb

    from daybook.duck.declared_personal import Declared

_NOTHING: Declared = MappingProxyType({})
_RELATIONS = """
    SELECT schema_name, table_name, true FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT temporary
    UNION ALL
    SELECT schema_name, view_name, false FROM duckdb_views()
    WHERE database_name = current_database() AND NOT internal
        AND NOT temporary
    ORDER BY ALL
"""
_NOT_NULL = """
    SELECT schema_name, table_name, column_name FROM duckdb_columns()
    WHERE database_name = current_database() AND NOT is_nullable
"""
_KEYS = """
    SELECT schema_name, table_name, constraint_type, constraint_name,
        constraint_column_names, referenced_table,
        referenced_column_names
    FROM duckdb_constraints()
    WHERE database_name = current_database()
        AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
    ORDER BY schema_name, table_name, constraint_index
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of a DuckDB file.

    Attributes:
        schema: Its schema's name.
        name: Its name.
        is_whole_table: Whether it is a table.
    """

    schema: str
    name: str
    is_whole_table: bool

    @property
    def full_name(self) -> str:
        """`schema.name`, for messages and patterns."""
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The name as it stands in SQL."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is extracted as a table.

    Attributes:
        table: What is sent.
        types: The columns' types in DuckDB, in order.
        select: SQL that reads the rows.
        values: What its placeholders stand for.
        described: What messages call it.
        is_whole_table: Whether it gives the same rows each time it is read.
    """

    table: Table
    types: tuple[DuckType, ...]
    select: str
    values: tuple[object, ...] = ()
    described: str = ""
    is_whole_table: bool = False


def relations(connection: duckdb.DuckDBPyConnection) -> list[Relation]:
    """Return the file's tables and views, sorted by schema and name."""
    rows = connection.execute(_RELATIONS).fetchall()
    return [Relation(*row) for row in rows]


def describe(
    connection: duckdb.DuckDBPyConnection,
    chosen: Sequence[Relation],
    declared: Sequence[DeclaredKey] = (),
    personal: Declared = _NOTHING,
) -> list[Source]:
    """Return the relations as tables, with their keys.

    These are DuckDB's own, and those `declared` elsewhere, as is what is
    `personal`.

    Raises:
        InputError: A column has a type that no lake holds.
        duckdb.Error: A view cannot be read.
    """
    keys = _by_table([*_constraints(connection), *declared])
    strict = set(connection.execute(_NOT_NULL).fetchall())
    sources = []
    for relation in chosen:
        place = (relation.schema, relation.name)
        select = f"SELECT * FROM {relation.sql}"  # noqa: S608  quoted
        names, types = result_of(connection, select)
        not_null = [name for name in names if (*place, name) in strict]
        table = Table(*place, columns(relation.full_name, names, types))
        table = _with_keys(table, not_null, keys[place])
        table = _with_personal(table, personal)
        source = Source(table, types, select, (), relation.full_name)
        sources.append(
            dataclasses.replace(source, is_whole_table=relation.is_whole_table)
        )
    inside = keep_inside(source.table for source in sources)
    return [
        dataclasses.replace(source, table=table)
        for source, table in zip(sources, inside, strict=True)
    ]


def result_of(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    values: Sequence[object] = (),
) -> tuple[tuple[str, ...], tuple[DuckType, ...]]:
    """Return the names and types of a query's columns.

    Raises:
        duckdb.Error: DuckDB refuses the query.
    """
    query = f"SELECT * FROM (\n{select}\n) LIMIT 0"  # noqa: S608  one SELECT
    result = connection.execute(query, list(values))
    described = result.description or []
    result.fetchall()
    return (
        tuple(str(column[0]) for column in described),
        tuple(from_duckdb(column[1]) for column in described),
    )


def columns(
    where: str, names: Sequence[str], types: Sequence[DuckType]
) -> tuple[Column, ...]:
    """Return the columns as they land.

    Raises:
        InputError: A type is none that a lake holds.
    """
    odd = [
        f"{cut(name)} ({of.name})"
        for name, of in zip(names, types, strict=True)
        if not sql_type(of)
    ]
    if odd:
        raise InputError(
            f"{where}: PostgreSQL has no type for the column "
            f"{', the column '.join(odd)}. Nothing was published.",
            "CAST it in the model or query, for example to VARCHAR, or "
            "leave the table out with `exclude`.",
        )
    return tuple(
        Column(name, sql_type(of), source_type=source_type(of))
        for name, of in zip(names, types, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    primary: tuple[str, ...] = ()
    foreign: tuple[ForeignKey, ...] = ()


def _constraints(
    connection: duckdb.DuckDBPyConnection,
) -> list[DeclaredKey]:
    rows = connection.execute(_KEYS).fetchall()
    # A foreign key of DuckDB's stays inside its schema.
    return [
        DeclaredKey(
            schema, table, kind, name or "", tuple(own), other or "",
            tuple(theirs),
        )
        for schema, table, kind, name, own, other, theirs in rows
    ]  # fmt: skip


def _by_table(
    keys: Iterable[DeclaredKey],
) -> Mapping[tuple[str, str], _Keys]:
    found: dict[tuple[str, str], _Keys] = defaultdict(_Keys)
    for key in keys:
        place = (key.schema, key.table)
        known = found[place]
        if key.kind == PRIMARY:
            found[place] = dataclasses.replace(known, primary=key.columns)
        elif key.kind == FOREIGN:
            foreign = ForeignKey(
                key.name, key.columns, key.schema, key.other, key.references
            )
            found[place] = dataclasses.replace(
                known, foreign=(*known.foreign, foreign)
            )
    return found


def _with_personal(table: Table, personal: Declared) -> Table:
    told = (
        dataclasses.replace(
            column,
            personal=personal.get((table.schema, table.name, column.name)),
        )
        for column in table.columns
    )
    return dataclasses.replace(table, columns=tuple(told))


def _with_keys(table: Table, not_null: Iterable[str], keys: _Keys) -> Table:
    strict = {*not_null, *keys.primary}
    return dataclasses.replace(
        table,
        columns=tuple(
            dataclasses.replace(column, nullable=column.name not in strict)
            for column in table.columns
        ),
        primary_key=keys.primary,
        foreign_keys=keys.foreign,
    )
