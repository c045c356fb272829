"""Rows of one file that have the same primary key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from daybook.csv import duck
from daybook.csv.grammar import LAKE
from daybook.csv.scan import scan
from daybook.duck import room
from daybook.singer.handover import HandedFile
from daybook.table import base_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from daybook.table import Table

_BY_VALUE = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "uuid": "UUID",
}
"""Types that are written in several ways, and compare by value."""

_ROWS_PER_SORT = 100_000
"""So many keys are sorted at once, so that memory stays small."""


def find(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: int
) -> Iterator[tuple[int, int]]:
    """Yield each row whose key stood before: that row's number, and its own.

    `connection` is one of `duck.open_file`, whose rows count from 1. A
    file in the order of its key is read once, without sorting.
    """
    values = [_comparable(table, name) for name in table.primary_key]
    key = f"row({', '.join(values)})"
    unsorted = room.execute(
        connection,
        f"SELECT 1 FROM (SELECT {key} AS key, lag(key) OVER () AS before "  # noqa: S608 - columns are c0, c1, ...
        "FROM data) WHERE NOT key > before LIMIT 1",
    ).fetchone()
    parts = rows // _ROWS_PER_SORT + 1 if unsorted else 0
    for part in range(parts):
        found = room.execute(
            connection,
            "SELECT before, row FROM ("  # noqa: S608 - as above
            f"SELECT row, {key} AS key, lag(row) OVER sorted AS before, "
            "key = lag(key) OVER sorted AS same FROM data "
            f"WHERE hash(key) % {parts} = {part} "
            "WINDOW sorted AS (ORDER BY key, row)"
            ") WHERE same ORDER BY row",
        )
        while pair := found.fetchone():
            yield pair[0], pair[1]


def keep_last(file: HandedFile, table: Table, path: Path) -> HandedFile:
    """Return the file with the last row of each key only.

    Such a file is written to the new file `path`; one without repeated
    keys is returned as it is.

    Raises:
        StorageError: There is no room.
        OSError: The file system refused.
    """
    if not table.primary_key:
        return file
    replaced = bytearray(file.rows // 8 + 1)
    with duck.open_file(file, len(table.columns)) as connection:
        for before, _ in find(connection, table, file.rows):
            replaced[before >> 3] |= 1 << (before & 7)
    return _without(file, replaced, path) if any(replaced) else file


def _without(file: HandedFile, rows: bytearray, path: Path) -> HandedFile:
    """Copy the file without the rows whose bit is set; the header is row 0."""
    digest, longest, number, kept = hashlib.sha256(), 0, 0, -1
    with path.open("xb") as out:
        for block in scan(file.path, LAKE):
            for row in block.rows:
                if not rows[number >> 3] & 1 << (number & 7):
                    out.write(row)
                    digest.update(row)
                    longest = max(longest, len(row))
                    kept += 1
                number += 1
    return HandedFile(path, kept, digest.hexdigest(), longest)


def _comparable(table: Table, name: str) -> str:
    kind = _BY_VALUE.get(base_type(table.column(name).sql_type))
    value = f"c{table.column_names.index(name)}"
    return f"CAST({value} AS {kind})" if kind else value
