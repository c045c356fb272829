"""One table as one CSV file, its lines written by MySQL itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.errors import BusyError
from daybook.mysql.extract import wide
from daybook.mysql.extract.expressions import Writer
from daybook.mysql.extract.landing import TEXTS
from daybook.mysql.extract.marks import Marks
from daybook.mysql.extract.wire import Rows
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from daybook.mysql.extract.source import Source
    from daybook.singer.log import Progress

_NUL = b"\0"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the lines of tables.

    Attributes:
        session: A session in the snapshot.
        dates_as_null: Whether a date that is none becomes NULL.
        token: What tells this run's marks from values.
    """

    session: Session
    dates_as_null: bool = False
    token: bytes = field(
        default_factory=lambda: secrets.token_hex(8).encode(), repr=False
    )

    @property
    def writer(self) -> Writer:
        """What writes the SQL."""
        return Writer(self.token, zero_dates_as_null=self.dates_as_null)

    def lines(
        self, source: Source, *, limit: int | None = None
    ) -> Iterator[list[bytes]]:
        """Yield the table's lines, some at a time, never none.

        Long rows, for which the server makes no line, come last.

        Raises:
            pymysql.MySQLError: The server refused or is gone.
            InputError: A value has no form in PostgreSQL.
            BusyError: Rows were lost on the way.
        """
        line = self.writer.line(source.fields)
        marks = Marks(source.table, source.fields, self.token)
        rows = Rows(self.session, source.select(line, limit=limit))
        for some in rows:
            yield _settled(some, marks)
        found = 0
        if rows.nulls:
            for one in wide.lines(self.session, source, self.writer):
                yield _settled([one], marks)
                found += 1
        # With a limit, more of them may be found than were counted.
        if found < rows.nulls:
            raise BusyError(
                f"{source}: {rows.nulls} long rows were to come value by "
                f"value, but {found} did.",
                "Run the same command again.",
            )


def export(
    reader: Reader, source: Source, path: Path, progress: Progress
) -> HandedFile:
    """Write the table to a new file at `path`; return it with its check.

    Raises:
        pymysql.MySQLError: The server refused or is gone.
        InputError: A value has no form in PostgreSQL.
        OSError: The file cannot be written.
    """
    header = dialect.encode_row(source.table.column_names)
    digest = hashlib.sha256(header)
    longest = len(header)
    marks = Marks(source.table, source.fields, reader.token)
    has_text = any(one.kind.name in TEXTS for one in source.fields)
    with path.open("xb") as file:
        file.write(header)
        for lines in reader.lines(source):
            data = b"".join(lines)
            if has_text:
                _check_utf8(data, lines, marks)
            digest.update(data)
            file.write(data)
            progress.rows += len(lines)
            progress.bytes += len(data)
            longest = max(longest, max(map(len, lines)))
    return HandedFile(path, progress.rows, digest.hexdigest(), longest)


def _settled(lines: list[bytes], marks: Marks) -> list[bytes]:
    if not any(_NUL in line for line in lines):
        return lines
    return [marks.settle(one) if _NUL in one else one for one in lines]


def _check_utf8(data: bytes, lines: Sequence[bytes], marks: Marks) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        marks.check_text(lines)
