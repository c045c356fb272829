"""What the load log says of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daybook.mysql.load import load_log
from daybook.mysql.load.live import texts
from daybook.mysql.load.plan import LOG_TABLE
from daybook.mysql.sql import literal
from daybook.relational.places import Entry

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session
    from daybook.relational.comparison import Subject

_ENTRIES = (
    "SELECT id, `table`, source, coalesce(cast(day AS char), ''), strategy, "
    "sha256, coalesce(day = {day}, false) AS of_day FROM {log} WHERE id IN ("
    "SELECT max(id) FROM {log} WHERE outcome <> 'superseded' "
    "AND `table` IN ({names}) "
    "GROUP BY `table`, source, coalesce(day = {day}, false))"
)


def entries(session: Session, subjects: Sequence[Subject]) -> list[Entry]:
    """Return the log's newest entries about tables called so.

    Per table and source: the newest of the day asked about, and of the
    other days.
    """
    if not subjects or not load_log.exists(session):
        return []
    query = _ENTRIES.format(
        log=LOG_TABLE,
        names=texts(sorted({one.file.table.name for one in subjects})),
        day=literal(str(subjects[0].manifest.day)),
    )
    return [
        Entry(
            id=number,
            schema=session.database,
            name=name,
            source=source,
            day=day,
            strategy=strategy,
            sha256=sha256,
            of_day=bool(of_day),
        )
        for number, name, source, day, strategy, sha256, of_day in (
            session.rows(query)
        )
    ]
