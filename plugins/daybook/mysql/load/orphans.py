"""Rows that refer to nothing: how many, and the first of their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pymysql

from daybook.errors import InputError
from daybook.mysql.load import live
from daybook.mysql.sql import identifier, identifiers
from daybook.relational.heartbeat import still_at
from daybook.relational.report import Orphans
from daybook.singer.log import counted

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session
    from daybook.relational.foreign_keys import Key

_SHOWN = 5
_CANNOT_COMPARE = 1267


def check(session: Session, keys: Iterable[Key], changed: set[str]) -> None:
    """Check the foreign keys from and to tables that have changed.

    Raises:
        InputError: Rows refer to nothing; names both tables and the
            first keys.
    """
    with still_at("Checking foreign keys"):
        for key in keys:
            if {key.child, key.parent} & changed:
                first = _first(session, key)
                if first:
                    raise _found(session, key, first)


def described(session: Session, keys: Sequence[Key]) -> list[Orphans]:
    """Count what keys between two sources leave unmatched."""
    return [
        _described(session, key)
        for key in keys
        if _is_comparable(session, key)
    ]


def _described(session: Session, key: Key) -> Orphans:
    try:
        count = int(session.value(f"SELECT count(*) {_orphans(key)}"))
    except pymysql.MySQLError as error:
        if error.args[0] != _CANNOT_COMPARE:
            raise
        return Orphans(key, None, "")
    return Orphans(key, count, _first(session, key) if count else "")


def _is_comparable(session: Session, key: Key) -> bool:
    """Return whether the table referred to is there, with its columns."""
    parent = live.read(session, [key.parent]).get(key.parent)
    return parent is not None and set(key.references) <= parent.columns.keys()


def _found(session: Session, key: Key, first: str) -> InputError:
    count = session.value(f"SELECT count(*) {_orphans(key)}")
    return InputError(
        f"{key}: {counted(count, 'row')} without a match, first of all "
        f"{first}. Nothing was changed.",
        "Mend the rows at the source and extract the day again; or load the "
        "days of both tables together.",
    )


def _first(session: Session, key: Key) -> str:
    """Return the first keys without a match as text, `""` for none."""
    names = identifiers(key.columns)
    rows = session.rows(
        f"SELECT DISTINCT {names} {_orphans(key)} "
        f"ORDER BY {names} LIMIT {_SHOWN}"
    )
    return "; ".join(", ".join(map(str, row)) for row in rows)


def _orphans(key: Key) -> str:
    """Return FROM and WHERE of the child's rows that refer to nothing."""
    there = " AND ".join(
        f"c.{identifier(name)} IS NOT NULL" for name in key.columns
    )
    pairs = zip(key.columns, key.references, strict=True)
    match = " AND ".join(
        f"p.{identifier(theirs)} = c.{identifier(mine)}"
        for mine, theirs in pairs
    )
    return (
        f"FROM {identifier(key.child)} AS c "  # noqa: S608 - quoted
        f"WHERE {there} AND NOT EXISTS "
        f"(SELECT 1 FROM {identifier(key.parent)} AS p WHERE {match})"
    )
