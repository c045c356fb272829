"""What a table of the database holds, as a file in the lake's dialect."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.unshared import TableFile
from daybook.lake.manifest import DataFile
from daybook.mysql.extract import results
from daybook.mysql.extract.export import Reader, export
from daybook.mysql.load import live
from daybook.mysql.sql import identifier, identifiers, select
from daybook.singer.log import Progress
from daybook.singer.queries import Query

if TYPE_CHECKING:
    from daybook.mysql.load.live import Live
    from daybook.mysql.load.session import Session
    from daybook.table import Table

_BEGIN = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


def begin(session: Session, names: Sequence[str]) -> None:
    """Begin the transaction that reads; the tables named stay defined.

    Raises:
        pymysql.MySQLError: A table cannot be read.
    """
    for statement in _BEGIN:
        session.execute(statement)
    for name, table in live.read(session, names).items():
        if table.is_table:
            session.rows(select("1", identifier(name), "LIMIT 0"))


def find(session: Session, name: str) -> Live | str:
    """Return a table that can be read, or why there is none."""
    table = live.read(session, [name]).get(name)
    if table is None:
        return "the table is gone"
    if not table.is_table:
        return f"{table.kind.lower()}, not a table of {live.ENGINE}"
    return table


def read(
    session: Session, relation: str, table: Table, path: Path
) -> TableFile:
    """Write the columns of `table` to a new file, in the lake's dialect.

    `relation` is what to read, quoted. A date that is none comes as NULL.

    Raises:
        pymysql.MySQLError: The server refused or is gone.
        InputError: A value has no form in the lake.
        OSError: The file cannot be written.
    """
    reader = Reader(session.connection, dates_as_null=True)
    query = select(identifiers(table.column_names), relation)
    source = results.source(reader, Query(table.name, (query,)))
    file = export(reader, source, path, Progress(table.stream))
    return TableFile(
        path,
        DataFile(
            table, path.name, 0, file.sha256, file.rows, file.longest_line
        ),
    )


def restrict(table: Table, live_table: Live) -> Table:
    """Return the table with the columns that `live_table` has. Pure."""
    return dataclasses.replace(
        table,
        columns=tuple(
            c for c in table.columns if c.name in live_table.columns
        ),
    )
