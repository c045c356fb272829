"""A file into a table by COPY, hashed while it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier

from daybook.errors import InputError
from daybook.postgres.load.session import columns
from daybook.singer.day_file import mended_by, open_file
from daybook.singer.log import progress

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.relational.loads import Load

CHUNK_BYTES = 1 << 17
_MATCHES_HEADER = 150000


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
        open_file(load) as file,
        progress(str(load)) as state,
        session.cursor() as cursor,
    ):
        with cursor.copy(statement) as copy:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
                state.bytes += len(chunk)
                state.rows += chunk.count(b"\n")  # nearly, until it is done
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


def _check(load: Load, sha256: str, rows: int) -> None:
    if sha256 != load.file.sha256:
        raise InputError(
            f"{load.described}: {load.file.path} was edited or is damaged: "
            f"its sha256 is {sha256}, not {load.file.sha256}. "
            "Nothing was changed.",
            mended_by(load),
        )
    if rows != load.file.rows:
        raise InputError(
            f"{load.described}: {load.file.path} holds {rows} rows, but "
            f"{load.file.rows} were announced. Nothing was changed.",
            mended_by(load),
        )
