"""One moment of a database, which several sessions read at once.

Every table is locked (ACCESS SHARE, which hinders no reader and no
writer) before anything takes a snapshot: a TRUNCATE or a rewriting
ALTER between the two would make a table look empty, without an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Literal

from daybook.errors import BusyError
from daybook.postgres.extract import (
    catalog,
    refusals,
    results,
    rights,
    source_locks,
    windows,
)
from daybook.postgres.extract.selection import Relation, Wanted, choose
from daybook.postgres.extract.source import Source, whole
from daybook.postgres.extract.source_locks import BEGIN, lock_statement
from daybook.singer import log
from daybook.singer.queries import Query
from daybook.singer.windows import Windows
from daybook.table import keep_inside

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

_ATTEMPTS = 5

_EXPORT = """
    SELECT pg_export_snapshot(),
           to_char(statement_timestamp() AT TIME ZONE 'UTC',
                   'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
"""
_REWRITTEN = """
    SELECT FROM pg_class AS c
    WHERE c.oid = ANY (%s::oid[]) AND c.relfilenode <> 0
      -- As the snapshot has it, and as it is now.
      AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)
"""
_UNLOCKED_PARTS = """
    SELECT FROM unnest(%s::oid[]) AS whole (oid),
                pg_partition_tree(whole.oid) AS part
    WHERE NOT EXISTS (SELECT FROM pg_locks AS l
                      WHERE l.pid = pg_backend_pid() AND l.granted
                        AND l.locktype = 'relation'
                        AND l.relation = part.relid)
    LIMIT 1
"""
_CHANGED_PARTS = """
    WITH RECURSIVE before (oid) AS (
        SELECT %(whole)s::oid
        UNION ALL
        SELECT i.inhrelid
        FROM pg_inherits AS i JOIN before ON i.inhparent = before.oid
    ), now AS (
        SELECT relid::oid AS oid FROM pg_partition_tree(%(whole)s::oid)
    )
    -- A function sees the tree as it is, a query as the snapshot has it.
    SELECT FROM before FULL JOIN now USING (oid)
    WHERE before.oid IS NULL OR now.oid IS NULL
    LIMIT 1
"""
_SIZES = """
    SELECT CASE c.relkind
        WHEN 'p' THEN (SELECT coalesce(sum(pg_relation_size(p.relid)), 0)
                       FROM pg_partition_tree(c.oid) AS p WHERE p.isleaf)
        WHEN 'r' THEN pg_relation_size(c.oid)
        ELSE 0 END::int8
    FROM unnest(%s::oid[]) WITH ORDINALITY AS w (oid, place)
    JOIN pg_class AS c ON c.oid = w.oid
    ORDER BY w.place
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read.

    Attributes:
        wanted: The tables.
        queries: Queries whose results are read beside them.
        windows: Which rows of incremental tables are read.
    """

    wanted: Wanted
    queries: Sequence[Query] = ()
    windows: Windows = Windows()  # noqa: RUF009 (frozen)

    def choose(self, session: Session) -> list[Relation]:
        """Return the relations that are wanted, as they are now."""
        known = catalog.list_relations(session)
        return choose(known, self.wanted, or_none=bool(self.queries))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment that the leader's open transaction keeps readable.

    Attributes:
        leader: The session that holds locks and snapshot.
        id: What other sessions import it by.
        taken_at: ISO 8601, UTC.
        sources: The tables, by schema and name, then the queries.
    """

    leader: Session
    id: str
    taken_at: str
    sources: Sequence[Source]

    def join(self, session: Session, of: Source) -> bool:
        """Let `session` read one table of this moment.

        Returns False where the lock is not to be had at once: behind a
        waiting ALTER it would wait for the leader, which waits for it.
        """
        locks = [of.relation] if of.relation else []
        begin = SQL("{}; SET TRANSACTION SNAPSHOT {}; {}").format(
            BEGIN, Literal(self.id), lock_statement(locks, nowait=True)
        )
        try:
            session.execute(begin)
        except errors.LockNotAvailable:
            session.execute("ROLLBACK")
            return False
        return True


def take(
    session: Session,
    wanted: Wanted,
    queries: Sequence[Query] = (),
    windows: Windows = Windows(),  # noqa: B008 (frozen)
) -> Snapshot:
    """Lock the wanted tables, then take the snapshot and describe them.

    Raises:
        ConfigError: The settings choose no table, or a cursor does not
            fit its table.
        InputError: Row security hides rows, a cursor's column holds
            NULL, or a query cannot be run.
        UnreachableError: A right is missing.
        BusyError: A table is locked exclusively for a minute, or tables
            keep changing.
    """
    request = Request(wanted, queries, windows)
    with refusals.reading("The source"):
        for _ in range(_ATTEMPTS):
            relations = request.choose(session)
            rights.check(session, relations)
            read = results.relations_read(session, queries)
            snapshot = _attempt(session, relations, read, request)
            if snapshot:
                return snapshot
            session.execute("ROLLBACK")
    raise BusyError(
        "The source's tables are created, dropped or renamed faster than "
        "they can be locked.",
        "Run the same command again when the migration there is done.",
    )


def has_changed_parts(session: Session, source: Source) -> bool:
    """Return whether a partition came or went since the snapshot.

    An ATTACH is not hindered by our lock, and its rows would be read.
    """
    if source.relation is None or source.relation.kind != "p":
        return False
    found = session.execute(_CHANGED_PARTS, {"whole": source.relation.oid})
    return found.rowcount > 0


def _attempt(
    session: Session,
    relations: Sequence[Relation],
    read: Sequence[Relation],
    request: Request,
) -> Snapshot | None:
    """Return the snapshot, None if the tables changed under our hands.

    `read` are what the queries name, which is locked too.
    """
    locked = [*relations, *(one for one in read if one not in relations)]
    try:
        source_locks.begin_and_lock(session, locked)
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return None
    ((exported, taken_at),) = session.execute(_EXPORT)
    source_locks.lock_by_reading(session, locked)
    oids = [relation.oid for relation in locked]
    wholes = [each.oid for each in locked if each.kind == "p"]
    if (
        request.choose(session) != relations
        or _is_any(session, _REWRITTEN, oids)
        or _is_any(session, _UNLOCKED_PARTS, wholes)
    ):
        return None
    tables = _tables(session, relations)
    found = [
        *windows.apply(session, tables, request.windows),
        *results.sources(session, request.queries),
    ]
    return Snapshot(session, exported, taken_at, found)


def _tables(session: Session, relations: Sequence[Relation]) -> list[Source]:
    tables = keep_inside(catalog.describe(session, relations))
    sizes = session.execute(_SIZES, [[each.oid for each in relations]])
    sources = [
        whole(relation, table, size)
        for relation, table, (size,) in zip(
            relations, tables, sizes, strict=True
        )
    ]
    for source in sources:
        if not source.table.columns:
            log.logger.warning("%s has no columns; it is left out.", source)
    return [source for source in sources if source.table.columns]


def _is_any(session: Session, query: str, oids: Sequence[int]) -> bool:
    return session.execute(query.encode(), [list(oids)]).rowcount > 0
