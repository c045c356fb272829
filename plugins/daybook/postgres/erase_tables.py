"""Which tables of the warehouse hold personal values, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from daybook.day import Day
from daybook.postgres.load import live, load_log
from daybook.relational.erasable import (
    Logged,
    personal_of,
    personal_table,
)

if TYPE_CHECKING:
    from daybook.erasure.found import Declared
    from daybook.postgres.connection import Session
    from daybook.table import Table

_LOGGED = """
    SELECT DISTINCT ON (schema, "table", source)
        schema, "table" AS name, source, {personal} AS personal
    FROM daybook.loads
    ORDER BY schema, "table", source, {personal} IS NULL, id DESC
"""
_RENAMED = """
    SELECT DISTINCT n.nspname, c.relname, l.schema, l."table",
           l.table_columns
    FROM daybook.loads AS l
    JOIN pg_class AS c ON c.oid = l.table_oid AND c.relkind IN ('r', 'p')
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (n.nspname, c.relname) <> (l.schema, l."table")
    ORDER BY 1, 2
"""
_LEAVES = r"""
    SELECT n.nspname, c.relname,
           substring(pg_get_expr(c.relpartbound, c.oid)
                     from '^FOR VALUES IN \(''(\d{4}-\d\d-\d\d)''\)$')
    FROM pg_partition_tree(%s::bigint::oid::regclass) AS t
    JOIN pg_class AS c ON c.oid = t.relid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE t.isleaf AND c.relkind = 'r'
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A table that holds rows: a table itself, or a day of a history.

    Attributes:
        schema: Its schema.
        name: Its name.
        day: Of a history: the day.
    """

    schema: str
    name: str
    day: Day | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A table of the warehouse that has personal columns.

    Attributes:
        schema: Its schema.
        name: Its name.
        logged: What the load log calls it, schema and name.
        table: Its personal columns.
        parts: Where its rows are.
    """

    schema: str
    name: str
    logged: tuple[str, str]
    table: Table
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        """Return its full name."""
        return f"{self.schema}.{self.name}"


def find(session: Session, declared: Declared) -> list[Place]:
    """Return all tables that were loaded and hold personal values.

    Sorted, so that locks are always taken in one order.
    """
    if not load_log.exists(session):
        return []
    personal = personal_of(_logged(session), declared)
    names = [(*place, *place) for place in personal]
    places: dict[tuple[str, str], Place] = {}
    for schema, name, *logged in [*names, *_renamed(session)]:
        known = personal.get((logged[0], logged[1]), {})
        one = live.read(session, schema, [name]).get(name)
        if one is None or one.kind not in {live.TABLE, live.PARTITIONED}:
            continue
        table = personal_table(name, one.columns, known)
        if table:
            places[schema, name] = Place(
                schema,
                name,
                (logged[0], logged[1]),
                table,
                tuple(_parts(session, schema, name, one)),
            )
    return [places[name] for name in sorted(places)]


def _logged(session: Session) -> list[Logged]:
    known = load_log.has_column(session, "personal")
    query = _LOGGED.format(personal="personal" if known else "NULL::text")
    cursor = session.cursor(row_factory=class_row(Logged))
    return cursor.execute(query.encode()).fetchall()


def _renamed(session: Session) -> Iterator[Sequence[str]]:
    """Yield loaded tables that were renamed since, and are as they were.

    After a dump and restore the log's identities are other tables'.
    """
    found: Iterable[Sequence[str]] = session.execute(_RENAMED).fetchall()
    for schema, name, *logged, columns in found:
        one = live.read(session, schema, [name])[name]
        if load_log.columns_digest(one.columns) == columns:
            yield schema, name, *logged


def _parts(
    session: Session, schema: str, name: str, one: live.Live
) -> Iterator[Part]:
    if one.kind == live.TABLE:
        yield Part(schema, name)
        return
    for leaf, leaf_name, day in session.execute(_LEAVES, [one.oid]):
        yield Part(leaf, leaf_name, Day.parse(day) if day else None)
