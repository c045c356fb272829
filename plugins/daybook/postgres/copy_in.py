"""A file into a table by COPY, hashed while it is sent."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier

from daybook.errors import InputError
from daybook.lake.files import open_plain
from daybook.postgres.session import columns
from daybook.singer.log import progress

if TYPE_CHECKING:
    import io

    from daybook.postgres.connection import Session
    from daybook.postgres.plan import Load

CHUNK_BYTES = 1 << 17
_MATCHES_HEADER = 150000


def check_file(load: Load) -> None:
    """Check that the file is there and is no symlink.

    Raises:
        InputError: It is not.
    """
    _open(load).close()


def copy_in(
    session: Session, load: Load, into: Identifier, *, fresh: bool = False
) -> None:
    """Copy the load's file into the table `into`.

    `fresh` says that this transaction has created the table: its rows
    are then written as they are to stay (FREEZE), which saves the next
    reader from marking every one of them as committed.

    Raises:
        InputError: The file is not what the tap said it is: its
            sha256 or its number of rows differs.
        psycopg.Error: A value does not fit its column.
    """
    statement = _statement(session, load.table.column_names, into, fresh)
    digest = hashlib.sha256()
    with (
        _open(load) as file,
        progress(str(load)) as state,
        session.cursor() as cursor,
    ):
        with cursor.copy(statement) as copy:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
                state.bytes += len(chunk)
        state.rows = cursor.rowcount
    _check(load, digest.hexdigest(), state.rows)


def _statement(
    session: Session, names: Sequence[str], into: Identifier, fresh: bool
) -> Composed:
    matches = session.info.server_version >= _MATCHES_HEADER
    return SQL(
        "COPY {} ({}) FROM STDIN"
        " (FORMAT csv, HEADER {}, FREEZE {}, ENCODING 'UTF8')"
    ).format(
        into,
        columns(names),
        SQL("match") if matches else SQL("true"),
        SQL("true") if fresh else SQL("false"),
    )


def _open(load: Load) -> io.BufferedReader:
    path = load.file.path
    try:
        file = open_plain(path)
    except OSError as error:
        raise InputError(
            f"{load.described}: its file {path} cannot be read: "
            f"{error.strerror}. A data file must be there and be no link.",
            _mended_by(load),
        ) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError(
            f"{load.described}: {path} is not a regular file.",
            _mended_by(load),
        )
    return file


def _check(load: Load, sha256: str, rows: int) -> None:
    if sha256 != load.file.sha256:
        raise InputError(
            f"{load.described}: {load.file.path} was edited or is damaged: "
            f"its sha256 is {sha256}, not {load.file.sha256}. "
            "Nothing was changed.",
            _mended_by(load),
        )
    if rows != load.file.rows:
        raise InputError(
            f"{load.described}: {load.file.path} holds {rows} rows, but "
            f"{load.file.rows} were announced. Nothing was changed.",
            _mended_by(load),
        )


def _mended_by(load: Load) -> str:
    if load.origin is None:
        return "Run the same command again."
    return (
        f"See `daybook verify {load.day} {load.source}`; extract the day "
        f"again: MELTANO_ENVIRONMENT=extract SOURCE={load.source} "
        f"DATESTAMP={load.day} meltano run extract_{load.source}"
    )
