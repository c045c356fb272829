"""One moment of a database, kept readable by one open transaction.

Every table is locked (a metadata lock, which hinders no reader and no
writer of rows) before anything takes a snapshot: `SELECT ... LIMIT 0`
takes the lock and reads nothing. What a TRUNCATE or an ALTER would change
then waits until the extract is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pymysql

from daybook.errors import BusyError, InputError
from daybook.mysql.connection import rows
from daybook.mysql.extract import catalog, keys, refusals, results, windows
from daybook.mysql.extract.export import Reader
from daybook.mysql.extract.relation import Relation
from daybook.mysql.extract.source import Source, whole
from daybook.mysql.sql import select
from daybook.singer.queries import Query
from daybook.singer.selection import Wanted, choose
from daybook.singer.windows import Windows
from daybook.table import keep_inside

if TYPE_CHECKING:
    from daybook.mysql.connection import Session

Connect = Callable[[], "Session"]

_ATTEMPTS = 5
_BEGIN = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION READ ONLY",
)
_NOW = """
    SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, and how.

    Attributes:
        wanted: The tables.
        queries: Queries whose results are read beside them.
        windows: Which rows of incremental tables are read.
        dates_as_null: Whether a date that is none becomes NULL.
        lock_tables: Whether tables that have no snapshots are locked
            against writers while the extract lasts.
    """

    wanted: Wanted
    queries: Sequence[Query] = ()
    windows: Windows = Windows()  # noqa: RUF009 (frozen)
    dates_as_null: bool = False
    lock_tables: bool = False

    def choose(self, session: Session) -> list[Relation]:
        """Return the relations that are wanted, as they are now."""
        known = catalog.list_relations(session)
        return choose(known, self.wanted, or_none=bool(self.queries))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment that an open transaction keeps readable.

    Attributes:
        reader: Reads tables as they were at that moment.
        taken_at: ISO 8601, UTC.
        sources: The tables, by name, then the queries.
        keeper: The session that keeps writers from tables that have no
            snapshots, None if there are none.
    """

    reader: Reader
    taken_at: str
    sources: Sequence[Source]
    keeper: Session | None = None


def take(connect: Connect, request: Request) -> Snapshot:
    """Lock the wanted tables, then take the snapshot and describe them.

    Raises:
        ConfigError: The settings choose no table, or a cursor does not
            fit its table.
        InputError: A table has no snapshots, a column's type is not
            known, a cursor's column holds NULL, or a query cannot be run.
        UnreachableError: A right is missing, or the server is gone.
        BusyError: A table is locked exclusively for a minute, or tables
            keep changing.
    """
    session = connect()
    reader = Reader(session, request.dates_as_null)
    with refusals.reading("The source"):
        for _ in range(_ATTEMPTS):
            relations = request.choose(session)
            keeper = _keep(connect, relations, request)
            _begin(session)
            taken_at = _attempt(session, relations, request)
            if taken_at:
                sources = _sources(reader, relations, request)
                return Snapshot(reader, taken_at, sources, keeper)
            session.rollback()
            if keeper:
                keeper.close()
    raise BusyError(
        "The source's tables are created, dropped or renamed faster than "
        "they can be locked.",
        "Run the same command again when the migration there is done.",
    )


def _keep(
    connect: Connect, relations: Sequence[Relation], request: Request
) -> Session | None:
    """Keep writers from tables that have no snapshots, if that is wanted."""
    odd = [one for one in relations if not one.has_snapshots]
    if not odd:
        return None
    if not request.lock_tables:
        raise _without_snapshot(odd)
    keeper = connect()
    names = ", ".join(f"{one.quoted} READ" for one in odd)
    with (
        refusals.reading(", ".join(one.full_name for one in odd)),
        keeper.cursor() as cursor,
    ):
        cursor.execute(f"LOCK TABLES {names}")
    return keeper


def _begin(session: Session) -> None:
    with session.cursor() as cursor:
        for statement in _BEGIN:
            cursor.execute(statement)


def _attempt(
    session: Session, relations: Sequence[Relation], request: Request
) -> str | None:
    """Return when the snapshot was taken, None if tables have changed."""
    for relation in relations:
        try:
            # All columns: of some only, a part would pass for the table.
            rows(session, select("*", relation.quoted, "LIMIT 0"))
        except pymysql.MySQLError as error:
            if refusals.number(error) == refusals.NO_SUCH_TABLE:
                return None
            raise refusals.translate(error, relation.full_name) from error
    for query in request.queries:
        results.lock(session, query)
    taken_at = _take(session, relations)
    return taken_at if request.choose(session) == relations else None


def _take(session: Session, relations: Sequence[Relation]) -> str:
    """Let the snapshot begin, which any row's reading does."""
    ((taken_at,),) = rows(session, _NOW)
    for relation in relations:
        if relation.is_whole_table and relation.has_snapshots:
            rows(session, select("1", relation.quoted, "LIMIT 1"))
            break
    return str(taken_at)


def _sources(
    reader: Reader, relations: Sequence[Relation], request: Request
) -> list[Source]:
    session = reader.session
    described = catalog.describe(
        session, relations, dates_as_null=request.dates_as_null
    )
    tables = keep_inside(one.table for one in described)
    tables = keys.bytewise(session, tables)
    found = [
        whole(relation, table, one.fields)
        for relation, table, one in zip(
            relations, tables, described, strict=True
        )
    ]
    return [
        *windows.apply(reader, found, request.windows),
        *(results.source(reader, query) for query in request.queries),
    ]


def _without_snapshot(relations: Sequence[Relation]) -> InputError:
    names = ", ".join(
        f"{one.full_name} ({one.engine or 'broken'})" for one in relations
    )
    return InputError(
        "Tables whose engine has no transactions cannot be read as they "
        f"were at one moment, together with the others: {names}.",
        "Make them InnoDB (ALTER TABLE ... ENGINE=InnoDB), leave them out "
        "with `exclude`, or set `lock_tables: true`: then nobody can write "
        "to them while the extract lasts.",
    )
