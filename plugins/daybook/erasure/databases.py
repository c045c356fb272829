"""Erases people from the databases in which Meltano and Airflow keep runs.

What their tables are is theirs to change, so every column that can hold a
text is looked at, whatever it is called.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daybook.erasure import kept
from daybook.erasure.clear import Clear
from daybook.erasure.found import Found
from daybook.erasure.kept import Database

if TYPE_CHECKING:
    import psycopg

_POSTGRES = ("postgresql", "postgres")
_PATIENCE_SECONDS = 30
_MAX_REASON_CHARS = 200
_ROWS_AT_ONCE = 500
_LOCK_TIMEOUT = "30s"
_TEXTS = """
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum),
        array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND (t.typcategory = 'S' OR t.typname IN ('json', 'jsonb', 'bytea'))
    GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of PostgreSQL with its columns that hold texts."""

    schema: str
    name: str
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Change:
    """A cell with what is to stand there."""

    row: Any
    column: str
    old: str | bytes
    new: str | bytes
    values: int


def search(database: Database, clear: Clear) -> list[Found]:
    """Return where the people are; nothing is changed."""
    return list(_each(database, clear, is_erased=False))


def erase(database: Database, clear: Clear) -> list[Found]:
    """Erase the people, one transaction a table; return where they were.

    What SQLite frees is written over. In PostgreSQL old versions of rows
    stay in its files, as ever, until it uses their place again.
    """
    return list(_each(database, clear, is_erased=True))


def _each(
    database: Database, clear: Clear, *, is_erased: bool
) -> Iterator[Found]:
    scheme = database.url.partition(":")[0].partition("+")[0]
    if scheme in _POSTGRES:
        yield from _postgres(database, clear, is_erased=is_erased)
    elif path := kept.sqlite_file(database.url):
        if path.is_file():
            try:
                yield from _sqlite(database, path, clear, is_erased=is_erased)
            except sqlite3.Error as error:
                yield _unread(database, str(error))
    else:
        yield Found(database.name, 0, kept.unsearched(scheme))


def _unread(database: Database, what: str) -> Found:
    said = " ".join(what.split())[:_MAX_REASON_CHARS]
    return Found(database.name, 0, f"it cannot be read or written: {said}")


def _sqlite(
    database: Database, path: Path, clear: Clear, *, is_erased: bool
) -> Iterator[Found]:
    # Who may only read a database with a log beside it leaves a log there.
    has_log = path.with_name(f"{path.name}-wal").exists()
    mode = "ro" if has_log and not is_erased else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(
        sqlite3.connect(uri, _PATIENCE_SECONDS, isolation_level=None, uri=True)
    ) as session:
        session.text_factory = lambda data: data.decode(
            errors="surrogateescape"
        )
        changed = False
        for (table,) in session.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        ).fetchall():
            changes = list(_in_sqlite(session, table, clear))
            if changes:
                if is_erased:
                    _write_sqlite(session, table, changes)
                    changed = True
                yield _found(database, table, changes)
        if changed:
            session.execute("VACUUM")
            session.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _in_sqlite(
    session: sqlite3.Connection, table: str, clear: Clear
) -> Iterator[_Change]:
    cursor = session.execute(
        f"SELECT rowid, * FROM {_quoted(table)}"  # noqa: S608 - quoted
    )
    names = [column[0] for column in cursor.description[1:]]
    for row, *cells in cursor:
        for name, cell in zip(names, cells, strict=True):
            yield from _change(row, name, cell, clear)


def _write_sqlite(
    session: sqlite3.Connection, table: str, changes: Sequence[_Change]
) -> None:
    session.execute("PRAGMA secure_delete = ON")
    session.execute("BEGIN IMMEDIATE")
    for one in changes:
        column = _quoted(one.column)
        kind = "BLOB" if isinstance(one.new, bytes) else "TEXT"
        session.execute(
            f"UPDATE {_quoted(table)} "  # noqa: S608 - quoted
            f"SET {column} = CAST(? AS {kind}) "
            f"WHERE rowid = ? AND CAST({column} AS BLOB) = ?",
            (_bytes(one.new), one.row, _bytes(one.old)),
        )
    session.execute("COMMIT")


def _postgres(
    database: Database, clear: Clear, *, is_erased: bool
) -> Iterator[Found]:
    import psycopg

    _, _, rest = database.url.partition("://")
    try:
        with psycopg.connect(f"postgresql://{rest}", autocommit=True) as one:
            one.execute(
                "SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT]
            )
            for schema, table, names, types in one.execute(_TEXTS).fetchall():
                columns = dict(zip(names, types, strict=True))
                place = _Table(schema, table, columns)
                changes = _table(one, place, clear, is_erased=is_erased)
                if changes:
                    yield _found(database, table, changes)
    except psycopg.Error as error:
        # The server's details quote the row that is at fault.
        yield _unread(database, error.diag.message_primary or str(error))


def _table(
    session: psycopg.Connection,
    table: _Table,
    clear: Clear,
    *,
    is_erased: bool,
) -> list[_Change]:
    from psycopg.sql import SQL, Identifier

    with session.transaction():
        changes = list(_in_postgres(session, table, clear))
        if is_erased:
            _write_postgres(session, table, changes)
    if changes and is_erased:
        where = Identifier(table.schema, table.name)
        session.execute(SQL("VACUUM (ANALYZE) {}").format(where))
    return changes


def _in_postgres(
    session: psycopg.Connection, table: _Table, clear: Clear
) -> Iterator[_Change]:
    from psycopg.sql import SQL, Identifier

    # bytea as it is, all else as its text.
    shown = [
        SQL("{}" if kind == "bytea" else "{}::text").format(Identifier(name))
        for name, kind in table.columns.items()
    ]
    with session.cursor("daybook_erase") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(
            SQL("SELECT ctid::text, xmin::text, {} FROM {}").format(
                SQL(", ").join(shown), Identifier(table.schema, table.name)
            )
        )
        for place, version, *cells in cursor:
            for (name, kind), cell in zip(
                table.columns.items(), cells, strict=True
            ):
                row = (place, version)
                has_limit = "(" in kind
                yield from _change(row, name, cell, clear, has_limit=has_limit)


def _write_postgres(
    session: psycopg.Connection, table: _Table, changes: Sequence[_Change]
) -> None:
    from psycopg.sql import SQL, Identifier, Placeholder

    by_row: dict[Any, list[_Change]] = {}
    for one in changes:
        by_row.setdefault(one.row, []).append(one)
    for row, cells in by_row.items():
        texts = [
            SQL("{} = CAST({} AS {})").format(
                Identifier(one.column),
                Placeholder(),
                SQL(table.columns[one.column]),
            )
            for one in cells
        ]
        # Who changed the row meanwhile wins; the proof looks again.
        session.execute(
            SQL(
                "UPDATE {} SET {} "
                "WHERE ctid = CAST(%s AS tid) AND xmin::text = %s"
            ).format(
                Identifier(table.schema, table.name), SQL(", ").join(texts)
            ),
            [*(one.new for one in cells), *row],
        )


def _change(
    row: Any,
    column: str,
    cell: object,
    clear: Clear,
    *,
    has_limit: bool = False,
) -> Iterator[_Change]:
    if isinstance(cell, str):
        if found := clear.found(cell):
            new = clear.erased(cell, as_long=has_limit)
            yield _Change(row, column, cell, new, found)
    elif isinstance(cell, bytes):
        text = cell.decode(errors="surrogateescape")
        if found := clear.found(text):
            new = clear.erased(text, as_long=True)
            yield _Change(row, column, cell, _bytes(new), found)


def _bytes(value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode(errors="surrogateescape")


def _found(
    database: Database, table: str, changes: Sequence[_Change]
) -> Found:
    rows = len({one.row for one in changes})
    return Found(f"{database.name}: {table}", rows)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
