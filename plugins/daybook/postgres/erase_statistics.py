"""The planner's statistics, which hold values of rows that were there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from psycopg.sql import SQL

from daybook.erasure.rows import RowEraser
from daybook.errors import UnreachableError
from daybook.personal import IDS
from daybook.postgres.load.session import qualified, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.erasure.subjects import Subjects
    from daybook.postgres.connection import Session
    from daybook.postgres.erase_tables import Place
    from daybook.table import Table

_MAINTAIN_SINCE = 170000
_CLEAR_SINCE = 180000
_VALUES = """
    SELECT attname, unnest(array_cat(
        coalesce(most_common_vals::text::text[], '{}'),
        coalesce(histogram_bounds::text::text[], '{}')))
    FROM pg_stats
    WHERE schemaname = %s AND tablename = ANY (%s) AND attname = ANY (%s)
"""
_NO_OWNER = """
    SELECT format('%%I.%%I', n.nspname, c.relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = ANY (%s::text[]::regclass[])
      AND NOT pg_has_role(c.relowner, 'USAGE') {}
"""
_CLEAR = """
    SELECT count(pg_clear_attribute_stats(
        schemaname, tablename, attname, inherited))
    FROM pg_stats
    WHERE schemaname = %s AND tablename = ANY (%s) AND attname = ANY (%s)
"""


def check_rights(session: Session, places: Sequence[Place]) -> None:
    """Check that ANALYZE will do its work: it only warns if not.

    Raises:
        UnreachableError: Names the tables and what is missing.
    """
    names = [
        qualified(one.schema, one.name).as_string(session) for one in places
    ]
    maintains = session.info.server_version >= _MAINTAIN_SINCE
    other = "AND NOT has_table_privilege(c.oid, 'MAINTAIN')"
    query = _NO_OWNER.format(other if maintains else "")
    found = session.execute(query.encode(), [names]).fetchall()
    if found:
        listed = ", ".join(row[0] for row in found)
        how = (
            f"GRANT MAINTAIN ON {listed} TO"
            if maintains
            else "ALTER TABLE ... OWNER TO"
        )
        raise UnreachableError(
            "Erasing in the warehouse: only their owner may have the "
            f"statistics of {listed} made anew, which hold values in clear. "
            "Nothing was changed there.",
            f"Let the owner run: {how} the loader's role;",
        )


def renew(session: Session, place: Place) -> None:
    """Make the statistics of a table anew, with those of its indexes."""
    table = qualified(place.schema, place.name)
    session.execute(SQL("ANALYZE {}").format(table))
    if session.info.server_version >= _CLEAR_SINCE:
        # An empty table keeps what was known of its rows.
        for schema, names in _relations(place).items():
            empty = [
                name for name in names if _is_empty(session, schema, name)
            ]
            columns = list(place.table.column_names)
            session.execute(_CLEAR, [schema, empty, columns])


def count(session: Session, place: Place, people: Subjects) -> int:
    """Return how many values that name people the statistics hold."""
    erasers = {
        column.name: RowEraser(_only(place.table, column.name), people)
        for column in place.table.columns
        if column.personal and column.personal.kind not in IDS
    }
    return sum(
        erasers[name].erased([text]) is not None
        for name, text in _values(session, place, list(erasers))
    )


def _values(
    session: Session, place: Place, columns: list[str]
) -> Iterator[tuple[str, str]]:
    for schema, names in _relations(place).items():
        found = session.execute(_VALUES, [schema, names, columns])
        yield from found.fetchall()


def _relations(place: Place) -> dict[str, list[str]]:
    """Return the table and its parts, names by schema."""
    found = {place.schema: [place.name]}
    for part in place.parts:
        names = found.setdefault(part.schema, [])
        if part.name not in names:
            names.append(part.name)
    return found


def _only(table: Table, name: str) -> Table:
    return dataclasses.replace(table, columns=(table.column(name),))


def _is_empty(session: Session, schema: str, name: str) -> bool:
    query = SQL("SELECT NOT EXISTS (SELECT FROM {})")
    return bool(value(session, query.format(qualified(schema, name))))
