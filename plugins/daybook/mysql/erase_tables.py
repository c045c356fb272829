"""Which tables of the database hold personal values, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.load import live, load_log
from daybook.mysql.load.plan import LOG_TABLE
from daybook.relational.erasable import (
    Logged,
    changing,
    personal_of,
    personal_table,
)

if TYPE_CHECKING:
    from daybook.erasure.found import Declared
    from daybook.mysql.load.live import Live
    from daybook.mysql.load.session import Session
    from daybook.table import Table

_LOGGED = (
    "SELECT `table`, source, {personal} FROM {log} WHERE id IN ("
    "SELECT coalesce(max(CASE WHEN {personal} IS NOT NULL THEN id END), "
    "max(id)) FROM {log} GROUP BY `table`, source)"
)
_IDS = (
    "SELECT DISTINCT table_id, `table` FROM {log} WHERE table_id IS NOT NULL"
)
_EXACT = ("varchar", "char", "decimal", "date", "time", "tinyint", "smallint")
_EXACT_TOO = ("mediumint", "int", "bigint")
"""Types of which a value's text is the value, so that rows are found by it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A table of the database that has personal columns.

    Attributes:
        name: Its name.
        logged: What the load log calls it.
        table: Its personal columns.
        key: Columns by which a row is found, that erasing does not change;
            empty if there are none.
    """

    name: str
    logged: str
    table: Table
    key: tuple[str, ...]


def find(session: Session, declared: Declared) -> list[Place]:
    """Return all tables that were loaded and hold personal values."""
    if not load_log.exists(session):
        return []
    personal = personal_of(_logged(session), declared)
    logged = {name: name for _, name in personal} | _renamed(session)
    known = {name: personal.get(("", of), {}) for name, of in logged.items()}
    tables = live.read(session, sorted(logged))
    found = []
    for name, one in sorted(tables.items()):
        table = personal_table(name, one.columns, known.get(name, {}))
        if one.is_table and table:
            found.append(Place(name, logged[name], table, _key(one, table)))
    return found


def _logged(session: Session) -> list[Logged]:
    known = load_log.has_personal(session)
    query = _LOGGED.format(
        personal="personal" if known else "NULL", log=LOG_TABLE
    )
    return [Logged("", *row) for row in session.rows(query)]


def _renamed(session: Session) -> dict[str, str]:
    """Return what tables were called when they were loaded, by name."""
    of: dict[str, str] = dict(session.rows(_IDS.format(log=LOG_TABLE)))
    there = live.ids(session)
    return {name: of[id_] for name, id_ in there.items() if id_ in of}


def _key(one: Live, table: Table) -> tuple[str, ...]:
    changed = {table.column_names[place] for place in changing(table)}
    types = [one.columns[name] for name in one.primary_key]
    exact = all(text.startswith((*_EXACT, *_EXACT_TOO)) for text in types)
    return (
        one.primary_key if exact and not changed & {*one.primary_key} else ()
    )
