"""Locks that keep a source's tables as they are while they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.errors import BusyError
from daybook.postgres.extract import refusals
from daybook.singer import log

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.selection import Relation

TIMEOUT_SECONDS = 60
BEGIN = SQL("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

_HOLDERS = """
    SELECT l.relation::regclass::text, a.pid, a.usename, a.application_name
    FROM pg_locks AS l
    JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.relation = ANY (%s::oid[])
      AND l.database = (SELECT oid FROM pg_database
                        WHERE datname = current_database())
    ORDER BY l.granted DESC
    LIMIT 3
"""


def name_of(relation: Relation) -> Identifier:
    """Return the relation's name for SQL."""
    return Identifier(relation.schema, relation.name)


def from_clause(relation: Relation) -> Composed:
    """Return what to select from: a table without its children.

    Inheritance children are tables of their own; partitions are not.
    """
    only = SQL("ONLY ") if relation.kind == "r" else SQL("")
    return SQL("{}{}").format(only, name_of(relation))


def can_be_locked(relation: Relation) -> bool:
    """Return whether LOCK TABLE takes such a relation."""
    return relation.kind in {"r", "p", "v"}


def begin_and_lock(session: Session, relations: Sequence[Relation]) -> None:
    """Begin the transaction and lock, before anything takes a snapshot.

    Raises:
        BusyError: A table stays locked for `TIMEOUT_SECONDS`.
        errors.UndefinedTable: A relation is gone meanwhile.
    """
    lockable = [each for each in relations if can_be_locked(each)]
    session.execute(BEGIN)
    if not lockable:
        return
    try:
        session.execute(lock_statement(lockable, nowait=True))
    except errors.LockNotAvailable:
        session.execute("ROLLBACK")
        _wait_and_lock(session, lockable)


def _wait_and_lock(session: Session, relations: Sequence[Relation]) -> None:
    log.logger.info(
        "Waiting up to %s s for tables: %s.",
        TIMEOUT_SECONDS,
        _holders(session, relations),
    )
    session.execute(BEGIN)
    session.execute(
        SQL("SET LOCAL lock_timeout = {}").format(
            Literal(f"{TIMEOUT_SECONDS}s")
        )
    )
    try:
        session.execute(lock_statement(relations, nowait=False))
    except errors.LockNotAvailable as error:
        session.execute("ROLLBACK")
        raise BusyError(
            f"Tables stayed locked for {TIMEOUT_SECONDS} s: "
            f"{_holders(session, relations)}.",
            "Let that session finish (pg_terminate_backend ends it), then "
            "run the same command again.",
        ) from error


def lock_statement(relations: Sequence[Relation], *, nowait: bool) -> Composed:
    """Return the LOCK TABLE of those that can be locked by it."""
    return SQL("LOCK TABLE {} IN ACCESS SHARE MODE{}").format(
        SQL(", ").join(from_clause(relation) for relation in relations),
        SQL(" NOWAIT" if nowait else ""),
    )


def lock_by_reading(session: Session, relations: Sequence[Relation]) -> None:
    """Lock what LOCK TABLE does not take, for example matviews."""
    for relation in relations:
        if not can_be_locked(relation):
            with refusals.reading(relation.full_name):
                session.execute(
                    SQL("SELECT FROM {} LIMIT 0").format(name_of(relation))
                )


def _holders(session: Session, relations: Sequence[Relation]) -> str:
    rows = session.execute(_HOLDERS, [[each.oid for each in relations]])
    found = [
        f"{table} is locked by process {pid} (role {role}, {app or 'unnamed'})"
        for table, pid, role, app in rows
    ]
    return "; ".join(found) or "somebody holds an exclusive lock"
