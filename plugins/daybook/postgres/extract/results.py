"""Results of queries, extracted like tables in the same snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors, pq
from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.errors import BusyError, DaybookError, InputError, cut
from daybook.postgres.extract import catalog, refusals
from daybook.postgres.extract.source import Source, sortable
from daybook.singer.queries import (
    Bound,
    broken_key,
    check_columns,
    with_personal,
)

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.selection import Relation
    from daybook.singer.queries import Query

_BEGIN = "BEGIN READ ONLY"
_LOCKED = """
    SELECT relation::int8 FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
"""
_REWRITTEN = """
    SELECT c.oid::regclass::text
    FROM pg_class AS c
    JOIN pg_locks AS l ON l.relation = c.oid AND l.locktype = 'relation'
    WHERE l.pid = pg_backend_pid() AND c.relfilenode <> 0
      AND c.relkind IN ('r', 'm')
      -- As the snapshot has it, and as it is now.
      AND c.relfilenode IS DISTINCT FROM pg_relation_filenode(c.oid)
    LIMIT 1
"""
_COLLATED = """
    SELECT oid::int8 FROM pg_type
    WHERE oid = ANY (%s::oid[]) AND typcollation <> 0
"""
_WRONG = (
    errors.ProgrammingError,
    errors.DataError,
    errors.NotSupportedError,
    errors.ReadOnlySqlTransaction,
)
_SHOWN_CHARS = 40

Field = tuple[str, int, int]
"""A result's column: its name, type and type modifier."""


def relations_read(
    session: Session, queries: Sequence[Query]
) -> list[Relation]:
    """Return the tables and views that the queries name.

    Parsing a query locks what it names. Tables inside functions are not
    among them; `check` finds what went wrong with those.

    Raises:
        InputError: A query cannot be run.
    """
    if not queries:
        return []
    session.execute(_BEGIN)
    try:
        for query in queries:
            _fields(session, query)
        locked = {row[0] for row in session.execute(_LOCKED)}
    finally:
        session.execute("ROLLBACK")
    return [
        one
        for one in catalog.list_relations(session)
        if one.oid in locked and one.may_read
    ]


def sources(session: Session, queries: Sequence[Query]) -> list[Source]:
    """Return the results; `session` is in the snapshot's transaction.

    Raises:
        InputError: A result cannot be a table.
    """
    return [_source(session, query) for query in queries]


@contextmanager
def reading(source: Source) -> Iterator[None]:
    """Turn the server's errors, while it gives a source's rows, into ours.

    Raises:
        DaybookError: What `psycopg.Error` was raised inside.
    """
    try:
        yield
    except psycopg.Error as error:
        if source.query:
            raise _translated(source.query, error) from error
        raise refusals.translate(error, str(source)) from error


def check(session: Session, source: Source) -> None:
    """Check a result that was read: its key, and what it was read from.

    Raises:
        BusyError: A table was emptied or rewritten after the snapshot;
            it then looked empty.
        InputError: The key is NULL, or stands on two rows.
    """
    query = source.query
    if query is None:
        return
    with reading(source):
        rewritten = session.execute(_REWRITTEN).fetchone()
        first = _broken_keys(session, query) if query.keys else []
    if rewritten:
        raise BusyError(
            f"{rewritten[0]}, which {query} reads, was emptied or rewritten "
            "after the moment that is extracted.",
            "Run the same command again.",
        )
    if first:
        raise broken_key(query, first)


def _source(session: Session, query: Query) -> Source:
    fields = _fields(session, query)
    check_columns(query, [name for name, _, _ in fields])
    table = catalog.describe_result(session, query.name, fields, query.keys)
    oids = [[oid for _, oid, _ in fields]]
    text = {row[0] for row in session.execute(_COLLATED, oids)}
    collated = {name for name, oid, _ in fields if oid in text}
    table = with_personal(query, table)
    return Source(table, _select(query, collated), query=query)


def _select(query: Query, collated: Collection[str]) -> Composed:
    """Return the query, its rows in the order of its keys if it has some.

    Another plan would else give the same rows as another file.
    """
    if not query.keys:
        return _bound(query)
    return SQL("SELECT * FROM ({}\n) AS result ORDER BY {}").format(
        _bound(query),
        SQL(", ").join(sortable(name, collated) for name in query.keys),
    )


def _bound(query: Query) -> Composed:
    """Return the query's text with its values as literals."""
    return Composed(
        [
            Literal(part.value)
            if isinstance(part, Bound)
            # The user's own text, which runs with the user's own rights.
            else SQL(part)
            for part in query.parts
        ]
    )


def _fields(session: Session, query: Query) -> list[Field]:
    """Let the server parse the query, as one statement; it is not run."""
    connection, text = session.pgconn, _bound(query).as_bytes(session)
    try:
        for result in (
            connection.prepare(b"", text),
            connection.describe_prepared(b""),
        ):
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise errors.error_from_result(result)
    except psycopg.Error as error:
        raise _translated(query, error, text.decode()) from error
    return [
        ((result.fname(at) or b"").decode(), result.ftype(at), result.fmod(at))
        for at in range(result.nfields)
    ]


def _broken_keys(session: Session, query: Query) -> list[str]:
    keys = [Identifier(name) for name in query.keys]
    statement = SQL(
        "SELECT concat_ws(', ', {texts}) FROM ({query}\n) AS result"
        " GROUP BY {keys} HAVING count(*) > 1 OR {nulls}"
        " ORDER BY 1 LIMIT 5"
    ).format(
        texts=SQL(", ").join(
            SQL("coalesce({}::text, 'NULL')").format(key) for key in keys
        ),
        query=_bound(query),
        keys=SQL(", ").join(keys),
        nulls=SQL(" OR ").join(SQL("{} IS NULL").format(key) for key in keys),
    )
    return [row[0] for row in session.execute(statement)]


def _translated(
    query: Query, error: psycopg.Error, text: str = ""
) -> DaybookError:
    denied = isinstance(error, errors.InsufficientPrivilege)
    if isinstance(error, _WRONG) and not denied:
        return _wrong(query, error, text)
    return refusals.translate(error, str(query))


def _wrong(query: Query, error: psycopg.Error, text: str) -> InputError:
    said = error.diag.message_primary or str(error).strip()
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return InputError(
        f"{query.title} cannot be run: {said}{_place(error, text)}{hint}.",
        "Mend it in the setting `queries`. Names need their schema "
        "(`public.orders`), for the search path is empty.",
    )


def _place(error: psycopg.Error, text: str) -> str:
    """Return where in the query's text the error is, if that is known."""
    position = error.diag.statement_position
    if not position or not text:
        return ""
    at = int(position) - 1
    line = text.count("\n", 0, at) + 1
    shown = text[at : at + _SHOWN_CHARS].partition("\n")[0]
    return f" at line {line}, character {at + 1}: {cut(shown)}"
