"""Rows that refer to nothing: how many, and the first of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from daybook.postgres.load import live
from daybook.postgres.load.session import columns, qualified, value

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.relational.foreign_keys import Key

_SHOWN = 5


def count(session: Session, key: Key) -> int | None:
    """Return how many rows refer to nothing; None if nobody can tell.

    Two sources may hold one key in types that do not compare.
    """
    query = SQL("SELECT count(*) {}").format(_orphans(key))
    try:
        with session.transaction():
            return int(value(session, query))
    except errors.UndefinedFunction:
        return None


def is_comparable(session: Session, key: Key) -> bool:
    """Return whether the table referred to is there, with its columns."""
    tables = live.read(session, key.schema, [key.parent])
    parent = tables.get(key.parent)
    return parent is not None and set(key.references) <= parent.columns.keys()


def first_keys(session: Session, key: Key) -> str:
    """Return the first keys without a match, as text."""
    query = SQL("SELECT DISTINCT {} {} ORDER BY {} LIMIT {}").format(
        columns(key.columns),
        _orphans(key),
        columns(key.columns),
        _SHOWN,
    )
    rows = session.execute(query).fetchall()
    return "; ".join(", ".join(map(str, row)) for row in rows)


def _orphans(key: Key) -> Composed:
    """Return FROM and WHERE of the child's rows that refer to nothing."""
    pairs = zip(key.columns, key.references, strict=True)
    return SQL(
        "FROM {} AS child WHERE {} AND NOT EXISTS"
        " (SELECT FROM {} AS parent WHERE {})"
    ).format(
        qualified(key.schema, key.child),
        SQL(" AND ").join(
            SQL("child.{} IS NOT NULL").format(Identifier(name))
            for name in key.columns
        ),
        qualified(key.schema, key.parent),
        SQL(" AND ").join(
            SQL("parent.{} = child.{}").format(
                Identifier(theirs), Identifier(mine)
            )
            for mine, theirs in pairs
        ),
    )
