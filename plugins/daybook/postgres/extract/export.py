"""One table as one CSV file, straight from PostgreSQL's own COPY."""

from __future__ import annotations

import hashlib
import select
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from psycopg import errors, pq
from psycopg.sql import SQL, Composed

from daybook.errors import BusyError
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.source import Source
    from daybook.singer.log import Progress

CHUNK_BYTES = 1 << 18
CHUNK_ROWS = 1024


def export(
    session: Session, source: Source, path: Path, progress: Progress
) -> HandedFile:
    """Write the rows to a new file at `path`; return it with its check.

    `session` is in the snapshot's transaction. sha256, rows and the
    longest line are taken while the bytes pass.

    Raises:
        psycopg.Error: The server refused or is gone.
        BusyError: The server counted other rows than came.
        OSError: The file cannot be written.
    """
    copy = SQL("COPY ({}\n) TO STDOUT (FORMAT csv, HEADER)").format(
        source.select
    )
    start_copy(session, copy)
    with path.open("xb") as file:
        longest, sha256 = _pump(session, file, progress)
    rows = finish_copy(session)
    if rows != progress.rows:
        raise BusyError(
            f"{source.table.stream}: {progress.rows} rows came, but the "
            f"server counted {rows}.",
            "Run the same command again.",
        )
    return HandedFile(path, rows, sha256, longest)


def start_copy(session: Session, copy: Composed) -> None:
    """Begin a COPY TO STDOUT.

    Raises:
        psycopg.Error: The server refused.
    """
    result = session.pgconn.exec_(copy.as_bytes(session))
    if result.status != pq.ExecStatus.COPY_OUT:
        raise errors.error_from_result(result)


def finish_copy(session: Session) -> int:
    """End a COPY whose data has all come; return the rows it counted.

    Raises:
        psycopg.Error: It broke off.
    """
    result = session.pgconn.get_result()
    if result is None or result.status != pq.ExecStatus.COMMAND_OK:
        raise _failure(session, result)
    while session.pgconn.get_result() is not None:
        pass
    return result.command_tuples or 0


def _failure(session: Session, result: pq.abc.PGresult | None) -> errors.Error:
    if result is None:
        return errors.OperationalError(session.pgconn.get_error_message())
    return errors.error_from_result(result)


def _pump(
    session: Session, file: BinaryIO, progress: Progress
) -> tuple[int, str]:
    """Write all rows; return the longest one's bytes, and the sha256.

    The server sends each row, and the header, as a message of its own.
    """
    digest = hashlib.sha256()
    progress.rows = -1  # the header
    longest = 0
    for rows in _batches(session.pgconn):
        data = b"".join(rows)
        digest.update(data)
        file.write(data)
        progress.rows += len(rows)
        progress.bytes += len(data)
        longest = max(longest, max(map(len, rows)))
    return longest, digest.hexdigest()


def _batches(connection: pq.abc.PGconn) -> Iterator[list[memoryview]]:
    """Yield rows as they come.

    To wait here once per packet, not in `get_copy_data` for every row,
    takes 0.85 s instead of 0.98 s per million rows, and for two tables
    at once 1.7 s instead of 2.1 s.
    """
    arrival = select.poll()
    arrival.register(connection.socket, select.POLLIN)
    length = 0
    while length >= 0:
        rows, length = _received(connection)
        if rows:
            yield rows
        elif length == 0:
            arrival.poll()
            connection.consume_input()


def _received(connection: pq.abc.PGconn) -> tuple[list[memoryview], int]:
    """Return rows that have come, and the last length: 0 for wait, -1 end.

    A small row takes far more memory than its bytes, so rows are bounded
    by number and by bytes.
    """
    rows: list[memoryview] = []
    next_row, room, length = connection.get_copy_data, CHUNK_BYTES, 0
    for _ in range(CHUNK_ROWS):
        length, row = next_row(1)
        if length <= 0:
            break
        rows.append(row)
        room -= length
        if room <= 0:
            break
    return rows, length
