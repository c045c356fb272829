"""The load log, `daybook_loads`: what was loaded when, and as what."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.load.live import texts
from daybook.mysql.load.plan import LOG_TABLE
from daybook.mysql.sql import literal
from daybook.relational.chain import Part, end_of
from daybook.relational.erasable import ERASED, to_log

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load, Result

_EXISTS = (
    "SELECT 1 FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = {}"
)
_CREATE = """
    CREATE TABLE IF NOT EXISTS {table} (
        id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
        `table` varchar(64) NOT NULL,
        source longtext NOT NULL,
        day date,
        strategy varchar(16) NOT NULL,
        `rows` bigint NOT NULL,
        sha256 char(64) NOT NULL,
        schema_digest char(64) NOT NULL,
        inserted bigint NOT NULL,
        updated bigint NOT NULL,
        deleted bigint NOT NULL,
        outcome varchar(16) NOT NULL,
        table_id char(32),
        table_rows bigint,
        table_checksum bigint,
        table_columns char(64),
        window_end longtext,
        personal longtext,
        run_id longtext NOT NULL,
        loaded_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        KEY (`table`, id)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {collation}
      COMMENT = 'One row per table and load. table_id stands in the comment
of the table; table_rows, table_checksum (CHECKSUM TABLE, and the lengths of
texts) and table_columns are the table as the load left it. loaded_at is in
UTC. personal says which columns hold what of people; sha256 is `erased` where
people were erased from the rows of that file.'
"""
_HAS_PERSONAL = (
    "SELECT 1 FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND table_name = {} "
    "AND column_name = 'personal'"
)
_FORGET = (
    "UPDATE {table} SET sha256 = {erased}, table_checksum = NULL "
    "WHERE `table` = {name} AND sha256 <> {erased}"
)
_ENTRY = (
    "`table`, source, day, strategy, sha256, schema_digest, table_id, "
    "table_rows, table_checksum, table_columns"
)
_NEWEST = (
    "SELECT {entry} FROM {table} WHERE id IN (SELECT max(id) FROM {table} "
    "WHERE `table` IN ({names}) AND outcome <> 'superseded' GROUP BY `table`)"
)
_MISSING = (
    "SELECT l.`table`, l.source, l.day FROM {table} AS l "
    "JOIN information_schema.tables AS t ON t.table_schema = DATABASE() "
    "AND t.table_name = l.`table` COLLATE utf8mb4_general_ci "
    "AND t.table_comment LIKE concat('%', l.table_id) "
    "WHERE l.id IN (SELECT max(id) FROM {table} GROUP BY `table`) "
    "AND l.source IN ({sources}) AND l.`table` NOT IN ({names}) "
    "AND l.day <= {day} ORDER BY l.`table`"
)
_PARTS = (
    "SELECT day, window_end FROM {table} WHERE `table` = {name} "
    "AND table_id = {id} AND source = {source} "
    "AND outcome <> 'superseded' AND window_end IS NOT NULL ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest row of the log about a table."""

    name: str
    source: str
    day: datetime.date | None
    strategy: str
    sha256: str
    schema_digest: str
    table_id: str
    table_rows: int
    table_checksum: int | None
    table_columns: str


@dataclass(frozen=True, slots=True)
class Left:
    """A table as a load leaves it."""

    table_id: str
    rows: int
    checksum: int | None
    columns: str


def exists(session: Session) -> bool:
    """Return whether the log is there."""
    return bool(session.rows(_EXISTS.format(literal(LOG_TABLE))))


def ensure(session: Session, loads: Sequence[Load]) -> None:
    """Create the log if it is missing, and what these loads need of it.

    CREATE TABLE IF NOT EXISTS alone would ask for the right to create
    one even if it is there.
    """
    if not exists(session):
        session.execute(
            _CREATE.format(table=LOG_TABLE, collation=session.collation)
        )
    wanted = any(to_log(load.table) for load in loads)
    if wanted and not has_personal(session):
        session.execute(f"ALTER TABLE {LOG_TABLE} ADD personal longtext")


def has_personal(session: Session) -> bool:
    """Return whether the log says what is personal: older ones do not."""
    return bool(session.rows(_HAS_PERSONAL.format(literal(LOG_TABLE))))


def forget_files(session: Session, name: str) -> None:
    """Forget the hashes of files that a table was loaded from."""
    session.execute(
        _FORGET.format(
            table=LOG_TABLE, erased=literal(ERASED), name=literal(name)
        )
    )


def newest(session: Session, names: Sequence[str]) -> dict[str, Entry]:
    """Return each table's newest entry that was not superseded."""
    query = _NEWEST.format(entry=_ENTRY, table=LOG_TABLE, names=texts(names))
    entries = [Entry(*row) for row in session.rows(query)]
    return {entry.name: entry for entry in entries}


def parts(session: Session, load: Load, table_id: str) -> list[Part]:
    """Return the parts that a table holds, as they were loaded."""
    query = _PARTS.format(
        table=LOG_TABLE,
        name=literal(load.name),
        id=literal(table_id),
        source=literal(load.source),
    )
    return [Part(day, end) for day, end in session.rows(query)]


def missing(
    session: Session, loads: Sequence[Load]
) -> list[tuple[str, str, datetime.date]]:
    """Return tables loaded before that these days no longer have."""
    sources = sorted({load.source for load in loads if load.origin})
    day = max((load.day for load in loads if load.day), default=None)
    if day is None:
        return []
    query = _MISSING.format(
        table=LOG_TABLE,
        sources=texts(sources),
        names=texts(load.name for load in loads),
        day=literal(str(day)),
    )
    return [(name, source, of) for name, source, of in session.rows(query)]


def write(
    session: Session,
    load: Load,
    result: Result,
    left: Left | None,
    run: str,
) -> None:
    """Write one row of the log.

    `left` is the table as the load leaves it, None if it was not looked
    at.
    """
    values = _values(load, result, left, run)
    names = ", ".join(f"`{name}`" for name in values)
    written = ", ".join(map(_written, values.values()))
    session.execute(
        f"INSERT INTO {LOG_TABLE} ({names}) VALUES ({written})"  # noqa: S608
    )


def columns_digest(columns: Mapping[str, str]) -> str:
    """Return a hash of a table's columns and types, in their order."""
    return hashlib.sha256(
        json.dumps(list(columns.items())).encode()
    ).hexdigest()


def _values(
    load: Load, result: Result, left: Left | None, run: str
) -> dict[str, str | int | None]:
    counts = result.counts
    personal = to_log(load.table)
    return {
        **({"personal": personal} if personal else {}),
        "table": load.name,
        "source": load.source,
        "day": str(load.day) if load.day else None,
        "strategy": load.strategy,
        "rows": load.file.rows,
        "sha256": load.file.sha256,
        "schema_digest": load.schema_digest,
        "inserted": counts.inserted,
        "updated": counts.updated,
        "deleted": counts.deleted,
        "outcome": result.outcome,
        "table_id": left.table_id if left else None,
        "table_rows": left.rows if left else None,
        "table_checksum": left.checksum if left else None,
        "table_columns": left.columns if left else None,
        "window_end": end_of(load.table.window),
        "run_id": run,
    }


def _written(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else literal(value)
