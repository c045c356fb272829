"""Who loads when: advisory locks per schema, then locks on tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import psycopg
from psycopg.sql import SQL

from daybook.postgres.load.session import qualified
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

_CLASS = 0x6461796F
"""The first half of our advisory locks: "dayo"."""

_HOLDER = """
    SELECT format('process %%s, user %%s, since %%s', a.pid, a.usename,
                  to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ'))
    FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database
                        WHERE datname = current_database())
      AND l.classid = %s::bigint::oid
      AND l.objid = (hashtext(%s)::bigint & 4294967295)::oid
"""
_BLOCKERS = """
    SELECT string_agg(DISTINCT format('process %%s, user %%s, %%s',
        a.pid, a.usename, left(a.query, 60)), '; ')
    FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    WHERE l.relation = %s::text::regclass AND l.granted
      AND l.pid <> pg_backend_pid()
      AND (%s OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
"""


class Named(Protocol):
    """A table, which its text names for messages."""

    @property
    def schema(self) -> str:
        """The schema that it is in."""

    @property
    def name(self) -> str:
        """Its name there."""


def take_database(session: Session) -> None:
    """Wait for the right to create the load log in this database."""
    _take(session, "", "another load that sets up this database")


def take_schema(session: Session, schema: str) -> None:
    """Wait for the right to load into `schema`, held to the end."""
    _take(session, schema, f"another load into the schema {schema}")


def take_table(session: Session, one: Named, *, readers_too: bool) -> None:
    """Lock a table against writers, and against readers if need be."""
    table = qualified(one.schema, one.name)
    mode = SQL("ACCESS EXCLUSIVE" if readers_too else "SHARE ROW EXCLUSIVE")
    lock = SQL("LOCK TABLE {} IN {} MODE").format(table, mode)
    try:
        with session.transaction():
            session.execute(lock + SQL(" NOWAIT"))
    except psycopg.errors.LockNotAvailable:
        name = table.as_string(session)
        blockers = session.execute(_BLOCKERS, [name, readers_too])
        _say_waiting(f"a lock on {one}", blockers.fetchone())
        session.execute(lock)


def _take(session: Session, name: str, what: str) -> None:
    arguments = [_CLASS, name]
    tried = session.execute(
        "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", arguments
    ).fetchone()
    if tried and tried[0]:
        return
    _say_waiting(what, session.execute(_HOLDER, arguments).fetchone())
    session.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", arguments
    )


def _say_waiting(what: str, row: tuple[object, ...] | None) -> None:
    holder = f" ({row[0]})" if row and row[0] else ""
    logger.info("Waiting for %s%s ...", what, holder)
