"""Rows of one file that have the same key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.csv import duck
from daybook.csv.grammar import LAKE
from daybook.csv.rules import key_of
from daybook.csv.scan import scan
from daybook.csv.writing import LakeFile
from daybook.dialect import encode_row
from daybook.duck import room

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from daybook.singer.handover import HandedFile
    from daybook.table import Table

_ROWS_PER_SORT = 100_000
"""So many keys are sorted at once, so that memory stays small."""

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row whose key other rows have too.

    Attributes:
        row: Its number, from 1.
        key: Which of the keys.
        first: The number of the first row that has it, perhaps itself.
        last: That of the last one.
    """

    row: int
    key: int
    first: int
    last: int


def find(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], rows: int
) -> Iterator[Repeat]:
    """Yield all rows that share a key with another one, in their order.

    `connection` is one of `duck.open_file`; keys are expressions on its
    columns, of which NULL is equal to nothing. All work but the yielding
    is done at once. A file in the order of its key is read once.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE repeats "
        "(row UINTEGER, key USMALLINT, first UINTEGER, last UINTEGER)"
    )
    for number, key in enumerate(keys):
        if not _is_in_order(connection, key):
            _collect(connection, number, key, rows)
    found = room.execute(connection, "SELECT * FROM repeats ORDER BY row, key")
    return _fetched(found)


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
    places = [table.column_names.index(name) for name in table.primary_key]
    replaced = bytearray(file.rows // 8 + 1)
    with duck.open_file(file, len(table.columns)) as connection:
        for repeat in find(connection, [key_of(table, places)], file.rows):
            if repeat.row != repeat.last:
                replaced[repeat.row >> 3] |= 1 << (repeat.row & 7)
    return _without(file, table, replaced, path) if any(replaced) else file


def _is_in_order(connection: duckdb.DuckDBPyConnection, key: str) -> bool:
    """Return whether each key is more than the one before it."""
    unsorted = room.execute(
        connection,
        f"SELECT 1 FROM (SELECT {key} AS key, lag(key) OVER () AS before, "  # noqa: S608 - columns are c0, c1, ...
        "row FROM data) "
        "WHERE row > 1 AND NOT coalesce(key > before, false) LIMIT 1",
    ).fetchone()
    return unsorted is None


def _collect(
    connection: duckdb.DuckDBPyConnection, number: int, key: str, rows: int
) -> None:
    """Write down the repeats of one key.

    Rows whose hashes are equal are few, mostly: only their keys are read
    and compared. Nothing here takes memory for rows that are all alike.
    """
    room.execute(
        connection,
        f"CREATE OR REPLACE TABLE hashes AS SELECT hash({key}) AS h "  # noqa: S608 - columns are c0, c1, ...
        f"FROM data WHERE {key} IS NOT NULL",
    )
    connection.execute("CREATE OR REPLACE TABLE alike (h UBIGINT)")
    for part in _parts(rows):
        room.execute(
            connection,
            f"INSERT INTO alike SELECT h FROM hashes WHERE {part} "  # noqa: S608 - numbers
            "GROUP BY h HAVING count(*) > 1",
        )
    count = connection.execute("SELECT count(*) FROM alike").fetchone()
    for part in _parts(count[0] if count else 0):
        _compare(connection, number, key, part)


def _compare(
    connection: duckdb.DuckDBPyConnection, number: int, key: str, part: str
) -> None:
    room.execute(
        connection,
        f"CREATE OR REPLACE TABLE keys AS SELECT row, {key} AS key FROM data "  # noqa: S608 - columns are c0, c1, ...
        f"WHERE {key} IS NOT NULL "
        f"AND hash({key}) IN (SELECT h FROM alike WHERE {part})",
    )
    room.execute(
        connection,
        f"INSERT INTO repeats SELECT row, {number}, first, last FROM keys "  # noqa: S608 - a number
        "JOIN (SELECT key, min(row) AS first, max(row) AS last FROM keys "
        "GROUP BY key HAVING count(*) > 1) USING (key)",
    )


def _parts(rows: int) -> list[str]:
    """Return conditions that together take all of so many hashes."""
    parts = -(-rows // _ROWS_PER_SORT)
    return [f"h % {parts} = {part}" for part in range(parts)]


def _fetched(found: duckdb.DuckDBPyConnection) -> Iterator[Repeat]:
    while some := found.fetchmany(_BATCH):
        for row in some:
            yield Repeat(*row)


def _without(
    file: HandedFile, table: Table, rows: bytearray, path: Path
) -> HandedFile:
    """Copy the file without the rows whose bit is set; the header is row 0."""
    number = 0
    with LakeFile(path, encode_row(table.column_names)) as out:
        for block in scan(file.path, LAKE):
            numbered = enumerate(block.rows, number)
            number += len(block.rows)
            out.write(
                [
                    row
                    for place, row in numbered
                    if place and not rows[place >> 3] & 1 << (place & 7)
                ]
            )
    return out.handed()
