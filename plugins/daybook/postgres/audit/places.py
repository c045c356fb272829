"""What the load log says of tables."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from daybook.postgres.load import load_log
from daybook.relational.places import Entry

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.postgres.connection import Session

_ENTRIES = """
    SELECT DISTINCT ON (schema, "table", source, of_day)
        id, schema, "table" AS name, source, coalesce(day::text, '') AS day,
        strategy, sha256, of_day
    FROM (SELECT *, coalesce(day = %s::text::date, false) AS of_day
          FROM daybook.loads) AS loads
    WHERE outcome <> 'superseded' AND "table" = ANY (%s)
      AND EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = schema)
    ORDER BY schema, "table", source, of_day, id DESC
"""


def read(session: Session, day: Day, names: Collection[str]) -> list[Entry]:
    """Return the log's newest entries about tables called so.

    Per table and source: the newest of `day`, and of the other days.
    """
    if not load_log.exists(session):
        return []
    cursor = session.cursor(row_factory=class_row(Entry))
    return cursor.execute(_ENTRIES, [str(day), sorted(names)]).fetchall()
