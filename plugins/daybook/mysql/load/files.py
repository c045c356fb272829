"""The day's files in DuckDB: measured, rewritten, sent."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.duck.session import Session as Duck
from daybook.duck.session import open_session
from daybook.errors import InputError, StorageError, cut
from daybook.mysql.load import rewrite, types
from daybook.mysql.sql import identifier
from daybook.relational.heartbeat import still_at
from daybook.singer.day_file import check_content, data_file, mended_by
from daybook.singer.log import progress

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load
    from daybook.table import Table

_MEMORY_BYTES = 24_000_000
_AT_ROW = re.compile(r"at row (\d+)\Z")
_DUPLICATE = 1062
_MEND = (
    "Mend it at the source or in the description of the file, and extract "
    "the day again."
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be sent.

    Attributes:
        table: Their columns.
        scan: DuckDB's SQL that reads them, columns c0, c1 and so on.
        number: How many they are, None if that is not known.
    """

    table: Table
    scan: str
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
        found = room.execute(
            self.duck.connection, rewrite.longest(self._scan(load), places)
        ).fetchone()
        return dict(zip(names, (n or 0 for n in found or ()), strict=True))

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
            raise _other_count(load, affected)

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
                statement = _statement(rows.table, path, into, replace=replace)
                affected = session.send_file(statement, path)
        finally:
            path.unlink()
        self._check_warnings(session, load, rows)
        return affected

    def _all(self, load: Load) -> Rows:
        return Rows(load.table, self._scan(load), load.file.rows)

    def _rewritten(self, load: Load, rows: Rows) -> Path:
        """Return the rows as LOAD DATA reads them, in a file."""
        import duckdb

        path = self.duck.scratch / f"{uuid.uuid4().hex}.load"
        copy = rewrite.copy(rows.table, rows.scan, str(path))
        try:
            found = room.execute(self.duck.connection, copy).fetchone()
        except duckdb.InvalidInputException as error:
            refused = rewrite.refused(rows.table, str(error))
            if refused is None:
                raise _unreadable(load, error) from error
            raise _does_not_fit(
                load, refused.column, refused.value, refused.key, ""
            ) from error
        if found is None or rows.number not in {None, found[0]}:
            raise _other_count(load, found[0] if found else 0)
        return path

    def _scan(self, load: Load) -> str:
        return self.duck.scan(load.file.path, data_file(load))

    def _check_warnings(
        self, session: Session, load: Load, rows: Rows
    ) -> None:
        """Check that the server took every value as it stands.

        LOAD DATA LOCAL has warnings where it would else have errors.

        Raises:
            InputError: It did not; names the first row.
        """
        # A SELECT of @@warning_count would make MySQL forget them.
        if not session.value("SHOW COUNT(*) WARNINGS"):
            return
        warnings = session.rows("SHOW WARNINGS")
        if not warnings:
            raise _does_not_fit(
                load, "", "", "", "the server does not say why"
            )
        _, code, message = warnings[0]
        if code == _DUPLICATE:
            raise _duplicates(load, [str(row[2]) for row in warnings])
        raise self._told(load, rows, str(message))

    def _told(self, load: Load, rows: Rows, message: str) -> InputError:
        """Return the error for a warning, with the row that it is about."""
        found = _AT_ROW.search(message)
        if found is None:
            return _does_not_fit(load, "", "", "", message)
        query = rewrite.row(rows.table, rows.scan, int(found[1]))
        values = self.duck.connection.execute(query).fetchone()
        names = rows.table.column_names
        row = dict(zip(names, values or [None] * len(names), strict=True))
        named = [
            n for n in names if f"{n}' at" in message or f"{n}` at" in message
        ]
        column = max(named, key=len, default="")
        shown = {n: "NULL" if v is None else str(v) for n, v in row.items()}
        key = ", ".join(shown[name] for name in load.table.primary_key)
        if not column:
            return _does_not_fit(load, "", "", key, message)
        return _does_not_fit(load, column, shown[column], key, "")


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


def _does_not_fit(
    load: Load, column: str, value: str, key: str, message: str
) -> InputError:
    names = ", ".join(load.table.primary_key)
    where = f", row with the key ({names}) = ({key})" if key else ""
    what = f", column {column}: the value {cut(value)}" if column else ":"
    why = f" ({message})" if message else ""
    return InputError(
        f"{load.described}{where}{what} does not fit in MySQL{why}. "
        "Nothing was changed.",
        _MEND,
    )


def _duplicates(load: Load, messages: Sequence[str]) -> InputError:
    key = ", ".join(load.table.primary_key)
    return InputError(
        f"{load.described}: the file {load.file.path} holds several rows "
        f"with the same key ({key}), first of all: {'; '.join(messages[:5])}. "
        "Nothing was changed.",
        "Mend the source or the description of its key, and extract the "
        "day again.",
    )


def _other_count(load: Load, rows: int) -> InputError:
    return InputError(
        f"{load.described}: {load.file.path} holds {rows} rows, but "
        f"{load.file.rows} were announced. Nothing was changed.",
        mended_by(load),
    )


def _unreadable(load: Load, error: Exception) -> InputError:
    return InputError(
        f"{load.described}: {load.file.path} is not in the lake's dialect: "
        f"{cut(str(error).splitlines()[0])}. Nothing was changed.",
        mended_by(load),
    )
