"""The day's files in DuckDB: measured, rewritten, sent."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daybook.duck import room
from daybook.duck.session import Session as Duck
from daybook.duck.session import open_session
from daybook.errors import InputError, StorageError
from daybook.mysql.load import inserts, misfits, rewrite, types
from daybook.mysql.load.pieces import Pieces
from daybook.mysql.sql import identifier
from daybook.relational.heartbeat import still_at
from daybook.singer.day_file import check_content, data_file
from daybook.singer.log import progress

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load
    from daybook.table import Table

_MEMORY_BYTES = 24_000_000
_AT_ROW = re.compile(r"at row (\d+)\Z")
_DUPLICATE = 1062


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be sent.

    Attributes:
        table: Their columns.
        scans: DuckDB's SQL that reads them, columns c0, c1 and so on,
            piece by piece.
        number: How many they are, None if that is not known.
    """

    table: Table
    scans: Iterable[str]
    number: int | None


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a load, read by DuckDB."""

    duck: Duck

    def longest(self, load: Load, names: Sequence[str]) -> dict[str, int]:
        """Return how long the longest value of some columns is."""
        if not names:
            return {}
        table = load.table
        kinds = {c.name: types.form(c.sql_type) for c in table.columns}
        places = [
            (table.column_names.index(name), kinds[name] is types.Form.BYTES)
            for name in names
        ]
        longest = dict.fromkeys(names, 0)
        for scan in self._pieces(load):
            found = self._row(rewrite.longest(scan, places))
            for name, length in zip(names, found or (), strict=True):
                longest[name] = max(longest[name], length or 0)
        return longest

    def send(
        self, session: Session, load: Load, into: str, *, replace: bool = False
    ) -> None:
        """Load a file into the table `into`.

        With `replace` the last of several rows with one key counts.

        Raises:
            InputError: The file is not what the tap said it is, or a
                value does not fit its column.
            pymysql.MySQLError: The server refused or is gone.
        """
        check_content(load)
        with progress(str(load)) as state:
            state.bytes = load.file.path.stat().st_size
            rows = self._all(load)
            affected = self.send_rows(
                session, load, rows, into, replace=replace
            )
            state.rows = load.file.rows
        if affected != load.file.rows and not replace:
            raise misfits.other_count(load, affected)

    def send_rows(
        self,
        session: Session,
        load: Load,
        rows: Rows,
        into: str,
        *,
        replace: bool = False,
    ) -> int:
        """Load some rows of a file; return the number of rows affected.

        Raises:
            InputError: A value does not fit its column.
            pymysql.MySQLError: The server refused or is gone.
        """
        path = self._rewritten(load, rows)
        try:
            with still_at(f"{load}: sending rows"):
                return self._send(
                    session, load, rows, path, into, replace=replace
                )
        finally:
            path.unlink()

    def _send(
        self,
        session: Session,
        load: Load,
        rows: Rows,
        path: Path,
        into: str,
        *,
        replace: bool,
    ) -> int:
        def check(before: int) -> None:
            self._check_warnings(session, load, rows, before)

        if not session.takes_files:
            return inserts.send(
                session, rows.table, path, into, replace=replace, check=check
            )
        statement = _statement(rows.table, path, into, replace=replace)
        affected = session.send_file(statement, path)
        check(0)
        return affected

    def _all(self, load: Load) -> Rows:
        return Rows(load.table, self._pieces(load), load.file.rows)

    def _pieces(self, load: Load) -> Pieces:
        return Pieces(self.duck, load.file.path, data_file(load))

    def _rewritten(self, load: Load, rows: Rows) -> Path:
        """Return the rows as LOAD DATA reads them, in a file."""
        path = self.duck.scratch / f"{uuid.uuid4().hex}.load"
        piece = path.with_suffix(".piece")
        number = 0
        for scan in rows.scans:
            copy = rewrite.copy(rows.table, scan, str(piece))
            number += self._copied(load, rows.table, copy)
            _append(piece, path)
        if rows.number not in {None, number}:
            raise misfits.other_count(load, number)
        return path

    def _copied(self, load: Load, table: Table, copy: str) -> int:
        """Execute a COPY; return the number of rows."""
        import duckdb

        try:
            found = self._row(copy)
        except duckdb.InvalidInputException as error:
            refused = rewrite.refused(table, str(error))
            if refused is None:
                raise misfits.unreadable(load, error) from error
            raise misfits.does_not_fit(
                load, refused.column, refused.value, refused.key, ""
            ) from error
        return int(found[0]) if found else 0

    def _row(self, query: str) -> tuple[Any, ...] | None:
        found = room.execute(self.duck.connection, query).fetchone()
        return tuple(found) if found else None

    def _row_at(self, rows: Rows, number: int) -> tuple[Any, ...] | None:
        """Return the values of a row, the first being 1."""
        for scan in rows.scans:
            found = self._row(rewrite.row(rows.table, scan, number))
            if found:
                return found
            [count] = self._row(rewrite.count(scan)) or (0,)
            number -= int(count)
        return None

    def _check_warnings(
        self, session: Session, load: Load, rows: Rows, before: int
    ) -> None:
        """Check that the server took every value as it stands.

        LOAD DATA LOCAL has warnings where it would else have errors. It
        counts rows from 1; `before` are those of statements before.

        Raises:
            InputError: It did not; names the first row.
        """
        # A SELECT of @@warning_count would make MySQL forget them.
        if not session.value("SHOW COUNT(*) WARNINGS"):
            return
        warnings = session.rows("SHOW WARNINGS")
        if not warnings:
            raise misfits.does_not_fit(
                load, "", "", "", "the server does not say why"
            )
        _, code, message = warnings[0]
        if code == _DUPLICATE:
            raise misfits.duplicates(load, [str(row[2]) for row in warnings])
        raise self._told(load, rows, str(message), before)

    def _told(
        self, load: Load, rows: Rows, message: str, before: int
    ) -> InputError:
        """Return the error for a warning, with the row that it is about."""
        found = _AT_ROW.search(message)
        if found is None:
            return misfits.does_not_fit(load, "", "", "", message)
        values = self._row_at(rows, before + int(found[1]))
        names = rows.table.column_names
        row = dict(zip(names, values or [None] * len(names), strict=True))
        named = [
            n for n in names if f"{n}' at" in message or f"{n}` at" in message
        ]
        column = max(named, key=len, default="")
        shown = {n: "NULL" if v is None else str(v) for n, v in row.items()}
        key = ", ".join(shown[name] for name in load.table.primary_key)
        if not column:
            return misfits.does_not_fit(load, "", "", key, message)
        return misfits.does_not_fit(load, column, shown[column], key, "")


@contextmanager
def opened(loads: Sequence[Load]) -> Iterator[Files]:
    """Open the files of a load.

    Raises:
        StorageError: There is no room for what is rewritten.
    """
    import duckdb

    try:
        with open_session(
            [data_file(load) for load in loads],
            memory_bytes=_MEMORY_BYTES,
            threads=1,
        ) as duck:
            yield Files(duck)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StorageError(
            "DuckDB, which rewrites the day's files, gave up: "
            f"{str(error).splitlines()[0]}",
            "Make room in memory and in the temporary folder (TMPDIR), then "
            "run the same command again.",
        ) from error


def _append(piece: Path, path: Path) -> None:
    """Move a piece to the end of a file."""
    if not path.exists():
        piece.rename(path)
        return
    with path.open("ab") as out, piece.open("rb") as more:
        shutil.copyfileobj(more, out)
    piece.unlink()


def _statement(table: Table, path: Path, into: str, *, replace: bool) -> str:
    names, sets = [], []
    for at, column in enumerate(table.columns):
        if types.form(column.sql_type) is types.Form.BYTES:
            names.append(f"@v{at}")
            sets.append(f"{identifier(column.name)} = UNHEX(@v{at})")
        else:
            names.append(identifier(column.name))
    return (
        f"LOAD DATA LOCAL INFILE {_path(path)} "
        f"{'REPLACE' if replace else ''} INTO TABLE {into} "
        "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' "
        "OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' "
        f"({', '.join(names)}) {'SET ' if sets else ''}{', '.join(sets)}"
    )


def _path(path: Path) -> str:
    r"""Return a path as SQL; its quotes and backslashes are doubled."""
    return "'" + str(path).replace("\\", "\\\\").replace("'", "''") + "'"
