"""What a database holds, read from its information_schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daybook.errors import InputError, cut
from daybook.mysql.connection import is_mariadb, rows
from daybook.mysql.extract import keys
from daybook.mysql.extract.expressions import Field
from daybook.mysql.extract.landing import DATES, INTEGERS, Kind, land
from daybook.mysql.extract.relation import Relation
from daybook.table import Column, Table

if TYPE_CHECKING:
    from daybook.mysql.connection import Session

_RELATIONS = """
    SELECT table_schema, table_name, table_type, engine
    FROM information_schema.tables
    WHERE table_schema = DATABASE()
      AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
    ORDER BY CONVERT(table_name USING binary)
"""
_COLUMNS = """
    SELECT table_name, column_name, data_type, column_type, is_nullable,
           numeric_precision, numeric_scale, datetime_precision,
           character_maximum_length, character_set_name
    FROM information_schema.columns
    WHERE table_schema = DATABASE()
    ORDER BY table_name, ordinal_position
"""
_JSON_OF_MARIADB = """
    SELECT table_name, check_clause
    FROM information_schema.check_constraints
    WHERE constraint_schema = DATABASE()
      AND check_clause LIKE 'json\\_valid(`%`)'
"""
_NUMBERS = INTEGERS | {"decimal", "float", "double"}


@dataclass(frozen=True, slots=True)
class Described:
    """A table as it lands, and how its columns are read.

    Attributes:
        table: Columns, types and keys.
        fields: Its columns as the source has them, in order.
    """

    table: Table
    fields: tuple[Field, ...]


def list_relations(session: Session) -> list[Relation]:
    """Return the tables and views that the user may see, by name."""
    return [
        Relation(database, name, kind, engine or "")
        for database, name, kind, engine in rows(session, _RELATIONS)
    ]


def describe(
    session: Session, relations: Sequence[Relation], *, dates_as_null: bool
) -> list[Described]:
    """Return the relations' columns, types and keys, in order.

    With `dates_as_null` a date may become NULL wherever it stands,
    except in a key.

    Raises:
        InputError: A column's type is not known.
    """
    columns = _columns(session)
    primary = keys.primary_keys(session)
    foreign = keys.foreign_keys(session)
    described = []
    for relation in relations:
        # MariaDB adds a hidden column to the key of a versioned table.
        names = {row[0] for row in columns[relation.name]}
        key = tuple(n for n in primary[relation.name] if n in names)
        fields = [_field(row, key) for row in columns[relation.name]]
        described.append(
            describe_fields(
                Table("", relation.name, (), key, foreign[relation.name]),
                fields,
                dates_as_null=dates_as_null,
            )
        )
    return described


def describe_fields(
    table: Table, fields: Iterable[Field], *, dates_as_null: bool
) -> Described:
    """Return the table with the columns that the fields land as.

    Raises:
        InputError: A column's type is not known.
    """
    fields = tuple(fields)
    columns = tuple(
        _column(table, field, dates_as_null=dates_as_null) for field in fields
    )
    return Described(
        Table("", table.name, columns, table.primary_key, table.foreign_keys),
        fields,
    )


def _columns(session: Session) -> Mapping[str, list[tuple[Any, ...]]]:
    json = set()
    if is_mariadb(session):
        json = {
            (table, clause.removeprefix("json_valid(`").removesuffix("`)"))
            for table, clause in rows(session, _JSON_OF_MARIADB)
        }
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, name, kind, *rest in rows(session, _COLUMNS):
        is_json = (table, name.replace("`", "``")) in json
        found[table].append((name, "json" if is_json else kind, *rest))
    return found


def _field(row: tuple[Any, ...], key: Sequence[str]) -> Field:
    name, data_type, full, nullable, *modifiers, charset = row
    kind = _kind(data_type.lower(), full, modifiers, charset or "")
    return Field(name, kind, nullable == "YES", in_key=name in key)


def _kind(
    name: str, full: str, modifiers: Sequence[int | None], charset: str
) -> Kind:
    digits, scale, fraction, chars = modifiers
    words = full.lower().split() if name in _NUMBERS else []
    return Kind(
        name=name,
        full=full,
        digits=digits or 0,
        scale=-1 if scale is None else scale,
        fraction=fraction or 0,
        chars=chars or 0,
        charset=charset,
        unsigned="unsigned" in words,
        zerofill="zerofill" in words,
    )


def _column(table: Table, field: Field, *, dates_as_null: bool) -> Column:
    sql_type = land(field.kind)
    if sql_type is None:
        raise InputError(
            f"{table.name}: column {cut(field.name)} is of the type "
            f"{field.kind.full}, for which no type is known that holds its "
            "values.",
            "Leave the table out with `exclude`, or extract it by a query "
            "(setting `queries`) that makes the column a text.",
        )
    may_vanish = dates_as_null and field.kind.name in DATES
    full = field.kind.full
    return Column(
        field.name,
        sql_type,
        field.nullable or (may_vanish and not field.in_key),
        "" if full == sql_type else full,
    )
