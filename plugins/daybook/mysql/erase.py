"""Erases people from all tables of a database, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from daybook.erasure.found import Found
from daybook.erasure.rows import RowReader
from daybook.mysql import erase_rows, erase_statistics, erase_tables
from daybook.mysql.erase_rows import Fresh
from daybook.mysql.load import load_log
from daybook.mysql.load.failures import translated
from daybook.mysql.load.session import connected, take_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.erasure.found import Declared
    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects
    from daybook.mysql.erase_tables import Place
    from daybook.mysql.load.session import Session

_PLUGIN = "erase"
_WHAT = "Erasing in MySQL"


def search(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Return what `erase` would change; nothing is.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there, or a right is missing.
    """
    with translated(what=_WHAT), connected(url, plugin=_PLUGIN) as session:
        found = [
            Found(
                _where(session, one),
                sum(1 for _ in erase_rows.found(session, one, people)),
            )
            for one in erase_tables.find(session, declared)
        ]
    return [one for one in found if one.rows]


def erase(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Erase people from all tables, or from none.

    Raises:
        BusyError: Somebody else was at work on the same rows.
        ConfigError: `url` is no connection URL.
        InputError: A table does not take the pseudonyms.
        UnreachableError: The server is not there, or a right is missing.
    """
    with translated(what=_WHAT), connected(url, plugin=_PLUGIN) as session:
        take_lock(session)
        places = erase_tables.find(session, declared)
        with connected(url, plugin=_PLUGIN) as reader:
            fresh = [
                _read(session, reader, place, number, people)
                for number, place in enumerate(places)
            ]
        _apply(session, places, fresh)
        for place in places:
            erase_statistics.renew(session, place)
        found = [
            Found(_where(session, place), one.rows)
            for place, one in zip(places, fresh, strict=True)
        ]
    return [one for one in found if one.rows]


def records(url: str, declared: Declared) -> Iterator[list[Value]]:
    """Yield the personal values of every row that has any.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there, or a right is missing.
    """
    with translated(what=_WHAT), connected(url, plugin=_PLUGIN) as session:
        for one in erase_tables.find(session, declared):
            reader = RowReader(one.table)
            rows = erase_rows.rows(session, one)
            yield from filter(None, map(reader.values, rows))


def _read(
    session: Session,
    reader: Session,
    place: Place,
    number: int,
    people: Subjects,
) -> Fresh:
    """Return a table's rows as they are to be.

    A session that reads rows one by one can do nothing else meanwhile.
    """
    fresh = Fresh(session, place, number)
    fresh.fill(erase_rows.found(reader, place, people))
    return fresh


def _apply(
    session: Session, places: Sequence[Place], fresh: Sequence[Fresh]
) -> None:
    with session.transaction():
        for place, one in zip(places, fresh, strict=True):
            if one.rows:
                one.apply()
                load_log.forget_files(session, place.logged)


def _where(session: Session, place: Place) -> str:
    return f"mysql: {session.database}.{place.name}"
