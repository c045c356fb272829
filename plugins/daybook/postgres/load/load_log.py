"""The load log, `daybook.loads`: what was loaded when, and as what."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from daybook.postgres.load.plan import LOG_SCHEMA
from daybook.postgres.load.session import ensure_schema
from daybook.relational.chain import Part, end_of
from daybook.relational.erasable import ERASED, to_log

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.postgres.connection import Session
    from daybook.postgres.load.live import Live
    from daybook.relational.loads import Load, Result

SCHEMA = LOG_SCHEMA

_EXISTS = """
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'daybook' AND c.relname = 'loads'
"""
_CREATE = """
    CREATE TABLE daybook.loads (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        schema text NOT NULL,
        "table" text NOT NULL,
        source text NOT NULL,
        day date,
        strategy text NOT NULL,
        rows bigint NOT NULL,
        sha256 text NOT NULL,
        schema_digest text NOT NULL,
        inserted bigint NOT NULL,
        updated bigint NOT NULL,
        deleted bigint NOT NULL,
        outcome text NOT NULL,
        table_oid oid,
        table_file oid,
        table_rows bigint,
        table_columns text,
        transaction_id xid8,
        horizon xid8,
        run_id text NOT NULL,
        loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        window_end text,
        personal text
    )
"""
_HAS_COLUMN = """
    SELECT FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'daybook' AND c.relname = 'loads'
      AND a.attname = %s AND NOT a.attisdropped
"""
_ADD_COLUMN = "ALTER TABLE daybook.loads ADD {} text"
_COMMENTS = """
    COMMENT ON TABLE daybook.loads IS
    'One row per table and load. table_oid, table_file, table_rows and
table_columns are the table as the load left it; transaction_id wrote it, and
all transactions before horizon had ended then: a row with another, newer xmin
is somebody else''s. window_end is where a part of an incremental table ends.
personal says which columns hold what of people; sha256 is `erased` where
people were erased from the rows of that file.'
"""
_ENTRY = """
    "table" AS name, source, day, strategy, sha256, schema_digest,
    table_oid::bigint, table_file::bigint, table_rows, table_columns,
    transaction_id::text, horizon::text, rows
"""
_NEWEST = f"""
    SELECT DISTINCT ON ("table") {_ENTRY} FROM daybook.loads
    WHERE schema = %s AND "table" = ANY (%s) AND outcome <> 'superseded'
    ORDER BY "table", id DESC
"""  # noqa: S608 - put together from constants
_NEWEST_OF_DAY = f"""
    SELECT {_ENTRY} FROM daybook.loads
    WHERE schema = %s AND "table" = %s AND day = %s
      AND outcome <> 'superseded'
    ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - put together from constants
_INSERT = """
    INSERT INTO daybook.loads (
        schema, "table", source, day, strategy, rows, sha256, schema_digest,
        inserted, updated, deleted, outcome, table_oid, table_file,
        table_rows, table_columns, transaction_id, horizon, run_id{names})
    VALUES (
        %(schema)s, %(table)s, %(source)s, %(day)s, %(strategy)s, %(rows)s,
        %(sha256)s, %(schema_digest)s, %(inserted)s, %(updated)s,
        %(deleted)s, %(outcome)s, %(table_oid)s, %(table_file)s,
        %(table_rows)s, %(table_columns)s,
        coalesce(%(transaction_id)s::text::xid8, pg_current_xact_id()),
        coalesce(%(horizon)s::text::xid8,
                 pg_snapshot_xmin(pg_current_snapshot())),
        %(run_id)s{values})
"""
_FORGET = """
    UPDATE daybook.loads SET sha256 = %(erased)s
    WHERE schema = %(schema)s AND "table" = %(table)s
      AND sha256 <> %(erased)s
      AND (%(day)s::date IS NULL OR day = %(day)s)
"""
_PARTS = """
    SELECT day, window_end AS "end" FROM daybook.loads
    WHERE schema = %s AND "table" = %s AND source = %s
      AND table_oid = %s::bigint::oid
      AND outcome <> 'superseded' AND window_end IS NOT NULL
    ORDER BY id
"""
_MISSING = """
    SELECT DISTINCT ON (l."table") l."table", l.source, l.day
    FROM daybook.loads AS l
    JOIN pg_class AS c ON c.oid = l.table_oid
    WHERE l.schema = %s AND l.source = ANY (%s)
      AND NOT l."table" = ANY (%s) AND l.day <= %s
    ORDER BY l."table", l.id DESC
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest row of the log about a table, or about its day."""

    name: str
    source: str
    day: datetime.date | None
    strategy: str
    sha256: str
    schema_digest: str
    table_oid: int
    table_file: int
    table_rows: int
    table_columns: str
    transaction_id: str
    horizon: str
    rows: int


@dataclass(frozen=True, slots=True)
class Left:
    """A table as a load leaves it; `rows` None if nobody counted."""

    table: Live
    rows: int | None


def exists(session: Session) -> bool:
    """Return whether the log is there."""
    return session.execute(_EXISTS).fetchone() is not None


def create(session: Session) -> None:
    """Create the log, and its schema if that is missing too."""
    ensure_schema(session, SCHEMA)
    session.execute(_CREATE)
    session.execute(_COMMENTS)
    session.execute('CREATE INDEX ON daybook.loads (schema, "table", id)')


def has_column(session: Session, name: str) -> bool:
    """Return whether the log has a column, which older ones lack."""
    return session.execute(_HAS_COLUMN, [name]).fetchone() is not None


def know(session: Session, loads: Iterable[Load]) -> None:
    """Add what older logs lack, where these loads need it."""
    for name in sorted({n for load in loads for n in _of_some(load)}):
        if not has_column(session, name):
            session.execute(SQL(_ADD_COLUMN).format(Identifier(name)))


def forget_files(
    session: Session, schema: str, table: str, day: Day | None
) -> None:
    """Forget the hashes of files that a table, or its day, came from."""
    values = {"schema": schema, "table": table, "day": day}
    session.execute(_FORGET, {**values, "erased": ERASED})


def parts(session: Session, load: Load, table_oid: int) -> list[Part]:
    """Return the parts that the very table holds, in the order of loads."""
    cursor = session.cursor(row_factory=class_row(Part))
    arguments = [load.schema, load.name, load.source, table_oid]
    return cursor.execute(_PARTS, arguments).fetchall()


def newest(
    session: Session, schema: str, names: Sequence[str]
) -> dict[str, Entry]:
    """Return each table's newest entry that was not superseded."""
    cursor = session.cursor(row_factory=class_row(Entry))
    entries = cursor.execute(_NEWEST, [schema, list(names)])
    return {entry.name: entry for entry in entries}


def newest_of_day(session: Session, load: Load) -> Entry | None:
    """Return the newest entry of the very day that is to be loaded."""
    cursor = session.cursor(row_factory=class_row(Entry))
    arguments = [load.schema, load.name, load.day]
    return cursor.execute(_NEWEST_OF_DAY, arguments).fetchone()


def missing(
    session: Session, schema: str, loads: Sequence[Load]
) -> list[tuple[str, str, datetime.date]]:
    """Return tables loaded before that these days no longer have."""
    sources = sorted({load.source for load in loads if load.origin})
    names = [load.name for load in loads]
    newest_day = max((load.day for load in loads if load.day), default=None)
    arguments = [schema, sources, names, newest_day]
    return session.execute(_MISSING, arguments).fetchall()


def write(
    session: Session,
    load: Load,
    result: Result,
    left: Left | None,
    same_as: Entry | None,
    run: str,
) -> None:
    """Write one row of the log.

    `left` is the table as the load leaves it, None if it was not looked
    at. `same_as` is the entry whose proof still holds when nothing was
    read or written.
    """
    some = _of_some(load)
    values: dict[str, object] = {
        **_of_load(load),
        **some,
        **_of_table(left),
        "inserted": result.counts.inserted,
        "updated": result.counts.updated,
        "deleted": result.counts.deleted,
        "outcome": result.outcome,
        "transaction_id": same_as.transaction_id if same_as else None,
        "horizon": same_as.horizon if same_as else None,
        "run_id": run,
    }
    session.execute(_inserted(some), values)


def columns_digest(columns: Mapping[str, str]) -> str:
    """Return a hash of a table's columns and types, in their order."""
    return hashlib.sha256(
        json.dumps(list(columns.items())).encode()
    ).hexdigest()


def _of_load(load: Load) -> dict[str, object]:
    return {
        "schema": load.schema,
        "table": load.name,
        "source": load.source,
        "day": load.day,
        "strategy": load.strategy,
        "rows": load.file.rows,
        "sha256": load.file.sha256,
        "schema_digest": load.schema_digest,
    }


def _of_some(load: Load) -> dict[str, str]:
    """Return what only some loads say, in columns that a log may lack."""
    values = {
        "window_end": end_of(load.table.window),
        "personal": to_log(load.table),
    }
    return {name: text for name, text in values.items() if text is not None}


def _inserted(some: Iterable[str]) -> Composed:
    """Return the statement that writes a row with some more columns."""
    names = SQL("").join(SQL(", {}").format(Identifier(n)) for n in some)
    values = SQL("").join(SQL(", {}").format(Placeholder(n)) for n in some)
    return SQL(_INSERT).format(names=names, values=values)


def _of_table(left: Left | None) -> dict[str, object]:
    if left is None:
        names = ("table_oid", "table_file", "table_rows", "table_columns")
        return dict.fromkeys(names)
    return {
        "table_oid": left.table.oid,
        "table_file": left.table.file,
        "table_rows": left.rows,
        "table_columns": columns_digest(left.table.columns),
    }
