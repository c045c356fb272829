"""Statements that define tables. Pure: every function returns one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.postgres.load.plan import DAY_COLUMN
from daybook.postgres.load.session import columns, verbatim

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.relational.drift import Widening


def create_table(table: Identifier, types: Mapping[str, str]) -> Composed:
    """Return the statement that creates a table without keys."""
    return SQL("CREATE TABLE {} ({})").format(table, _definitions(types))


def create_staging(table: Identifier, types: Mapping[str, str]) -> Composed:
    """Return the statement that creates a temporary table."""
    return SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
        table, _definitions(types)
    )


def create_history(
    table: Identifier, types: Mapping[str, str], key: tuple[str, ...]
) -> Composed:
    """Return the statement that creates a table partitioned by day."""
    return SQL(
        "CREATE TABLE {} ({} date NOT NULL, {}{}) PARTITION BY LIST ({})"
    ).format(
        table,
        Identifier(DAY_COLUMN),
        _definitions(types),
        SQL(", PRIMARY KEY ({})").format(columns(key)) if key else SQL(""),
        Identifier(DAY_COLUMN),
    )


def create_partition(
    table: Identifier, types: Mapping[str, str], day: Day
) -> Composed:
    """Return the statement for a table that can become a day's partition.

    Its CHECK saves ATTACH PARTITION from reading it through.
    """
    return SQL(
        "CREATE TABLE {table} ({day} date NOT NULL DEFAULT {value},"
        " {columns}, CONSTRAINT daybook_day CHECK ({day} = {value}))"
    ).format(
        table=table,
        day=Identifier(DAY_COLUMN),
        value=_date(day),
        columns=_definitions(types),
    )


def attach(table: Identifier, partition: Identifier, day: Day) -> Composed:
    """Return the statement that makes a table the partition of a day."""
    return SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
        table, partition, Literal(str(day))
    )


def drop_helpers(partition: Identifier) -> Composed:
    """Return the statement that drops what only the loading needed."""
    return SQL(
        "ALTER TABLE {} DROP CONSTRAINT daybook_day,"
        " ALTER COLUMN {} DROP DEFAULT"
    ).format(partition, Identifier(DAY_COLUMN))


def add_primary_key(table: Identifier, key: tuple[str, ...]) -> Composed:
    """Return the statement that adds a primary key, not deferrable."""
    return SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(
        table, columns(key)
    )


def drop_constraint(table: Identifier, name: str) -> Composed:
    """Return the statement that drops a constraint."""
    return SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
        table, Identifier(name)
    )


def drop_not_null(table: Identifier, names: Sequence[str]) -> Composed:
    """Return the statement that allows NULL in columns again."""
    return SQL("ALTER TABLE {} {}").format(
        table,
        SQL(", ").join(
            SQL("ALTER COLUMN {} DROP NOT NULL").format(Identifier(name))
            for name in names
        ),
    )


def add_columns(table: Identifier, types: Mapping[str, str]) -> Composed:
    """Return the statement that adds columns."""
    return SQL("ALTER TABLE {} {}").format(
        table,
        SQL(", ").join(
            SQL("ADD COLUMN {} {}").format(Identifier(name), verbatim(text))
            for name, text in types.items()
        ),
    )


def widen_columns(
    table: Identifier, widenings: tuple[Widening, ...]
) -> Composed:
    """Return the statement that gives columns wider types."""
    return SQL("ALTER TABLE {} {}").format(
        table, SQL(", ").join(map(_widen, widenings))
    )


def _widen(one: Widening) -> Composed:
    """Convert through the text form where a cast would change the text."""
    statement = SQL("ALTER COLUMN {column} TYPE {type}").format(
        column=Identifier(one.column), type=verbatim(one.new)
    )
    if one.old.startswith(("character varying", "bit varying")) or (
        one.new in _CAST_KEEPS_TEXT
    ):
        return statement
    return statement + SQL(
        " USING (CASE WHEN {column} IS NOT NULL"
        " THEN format('%s', {column}) END)::{type}"
    ).format(column=Identifier(one.column), type=verbatim(one.new))


_CAST_KEEPS_TEXT = frozenset({"integer", "bigint", "numeric"})


def _definitions(types: Mapping[str, str]) -> Composed:
    return SQL(", ").join(
        SQL("{} {}").format(Identifier(name), verbatim(text))
        for name, text in types.items()
    )


def _date(day: Day) -> Composed:
    return SQL("{}::date").format(Literal(str(day)))
