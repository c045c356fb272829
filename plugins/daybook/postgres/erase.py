"""Erases people from all tables of the warehouse, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from daybook.erasure.found import Found
from daybook.erasure.rows import RowReader
from daybook.postgres import (
    erase_rows,
    erase_statistics,
    erase_tables,
    erase_views,
)
from daybook.postgres.erase_failures import translated
from daybook.postgres.load import constraints, grants, load_log, locks
from daybook.postgres.load.session import transaction

if TYPE_CHECKING:
    from daybook.erasure.found import Declared
    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects
    from daybook.postgres.connection import Session
    from daybook.postgres.erase_tables import Place

_PLUGIN = "erase"


def search(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Return what `erase` would change; nothing is.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there, or a right is missing.
    """
    found = []
    with translated(), transaction(url, plugin=_PLUGIN) as session:
        places = erase_tables.find(session, declared)
        erase_rows.prepare(session)
        for one in places:
            rows = sum(
                erase_rows.count(session, part, one.table, people)
                for part in one.parts
            )
            found.append(Found(_where(one), rows))
            known = erase_statistics.count(session, one, people)
            found.append(Found(f"{_where(one)}, statistics", known))
    return [one for one in found if one.rows]


def erase(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Erase people from all tables, or from none.

    Raises:
        BusyError: Somebody else was at work on the same rows.
        ConfigError: `url` is no connection URL.
        RefusedError: A table does not take the pseudonyms.
        UnreachableError: The server is not there, or a right is missing.
    """
    with translated(), transaction(url, plugin=_PLUGIN) as session:
        places = _locked(session, declared)
        if not places:
            return []
        erase_rows.prepare(session)
        session.execute("SET CONSTRAINTS ALL DEFERRED")
        found = [
            Found(_where(one), _erase(session, one, people)) for one in places
        ]
        constraints.check_deferred(session)
        changed = [
            place for place, one in zip(places, found, strict=True) if one.rows
        ]
        erase_views.refresh(session, changed)
        for one in places:
            erase_statistics.renew(session, one)
    return [one for one in found if one.rows]


def records(url: str, declared: Declared) -> Iterator[list[Value]]:
    """Yield the personal values of every row that has any.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there, or a right is missing.
    """
    with translated(), transaction(url, plugin=_PLUGIN) as session:
        for one in erase_tables.find(session, declared):
            reader = RowReader(one.table)
            for part in one.parts:
                rows = erase_rows.rows(session, part, one.table)
                yield from filter(None, map(reader.values, rows))


def _locked(session: Session, declared: Declared) -> list[Place]:
    """Return the tables, which nobody else can write any more."""
    places = erase_tables.find(session, declared)
    for schema in sorted({one.schema for one in places}):
        locks.take_schema(session, schema)
    # What was loaded while this waited counts too.
    places = erase_tables.find(session, declared)
    _check_rights(session, places)
    for one in places:
        locks.take_table(session, one, readers_too=False)
    return places


def _check_rights(session: Session, places: Sequence[Place]) -> None:
    if places:
        names = _names(places) | {load_log.SCHEMA: ["loads"]}
        grants.check_tables(session, ["SELECT", "UPDATE"], names)
        erase_statistics.check_rights(session, places)


def _names(places: Sequence[Place]) -> dict[str, list[str]]:
    """Return the names of tables and their parts, by schema."""
    found: dict[str, list[str]] = {}
    for one in places:
        found.setdefault(one.schema, []).append(one.name)
        for part in one.parts:
            found.setdefault(part.schema, []).append(part.name)
    return found


def _erase(session: Session, place: Place, people: Subjects) -> int:
    total = 0
    for part in place.parts:
        rows = erase_rows.erase(session, part, place.table, people)
        if rows:
            load_log.forget_files(session, *place.logged, part.day)
        total += rows
    return total


def _where(place: Place) -> str:
    return f"warehouse: {place}"
