"""Parts of a table laid over each other: the newest row of each key."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.duck.session import Session, open_session
from daybook.duck.unshared import TableFile
from daybook.lake import chain, files

if TYPE_CHECKING:
    from daybook.lake.chain import Part
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.table import Table

_ROWS_OF_A_PART = 1 << 40


@dataclasses.dataclass(frozen=True, slots=True)
class Folded:
    """A table as the days up to one hold it together.

    Attributes:
        rows: All of its rows, in one file.
        missing: What the lake lacks to have all of them, `""` if nothing.
    """

    rows: TableFile
    missing: str


def of_day(
    root: Path, manifest: Manifest, file: DataFile, out: Path
) -> Folded:
    """Return a table of a day as a whole; `out` may be written.

    A table without a window is its file, and so is a first part. Of
    any other the earlier days' files are looked through.

    Raises:
        BusyError: A day was published anew in between.
        InputError: An earlier day's manifest is malformed, or its file
            is missing or edited.
        duckdb.Error: A file cannot be read or written.
    """
    parts = chain.chain(root, manifest, file)
    lacking = chain.missing(parts)
    if len(parts) == 1:
        return Folded(TableFile(parts[0].path(root), file), lacking)
    chain.check_files(root, parts, hashes=True)
    return Folded(fold(root, parts, out), lacking)


def fold(root: Path, parts: Sequence[Part], out: Path) -> TableFile:
    """Write the parts, oldest first, as one table with the last one's key.

    Its columns are the last one's, their names in the file are not; a
    part that lacks one has NULL there. Without a key all rows stay.

    Raises:
        duckdb.Error: A file cannot be read or written.
    """
    last = parts[-1].file
    with open_session([part.file for part in parts]) as session:
        rows = _together(session, root, parts, last.table)
        connection = session.connection
        if last.table.primary_key:
            room.execute(connection, _newest(rows, last.table))
            rows = f"{rows} SEMI JOIN newest USING (seq)"
        written = room.execute(connection, _copy(rows, last.table, out))
        row = written.fetchone()
    return TableFile(out, _file(parts, out, int(row[0]) if row else 0))


def relation(session: Session, root: Path, parts: Sequence[Part]) -> str:
    """Return SQL that reads what `fold` would write: c0, c1, ...

    Rows come in no order. The files must have been checked.
    """
    if len(parts) == 1:
        return session.scan(parts[0].path(root), parts[0].file)
    table = parts[-1].file.table
    rows = _together(session, root, parts, table)
    columns = ", ".join(f"c{at}" for at in range(len(table.columns)))
    newest = ""
    if table.primary_key:
        newest = (
            f" SEMI JOIN (SELECT max(seq) AS seq FROM {rows} "  # noqa: S608
            f"GROUP BY {_keys(table)}) USING (seq)"
        )
    return f"(SELECT {columns} FROM {rows}{newest})"  # noqa: S608


def without(rows: TableFile, others: TableFile, out: Path) -> TableFile:
    """Write the rows whose key is none of the others'; both have one.

    Raises:
        duckdb.Error: A file cannot be read or written.
    """
    table, key = rows.table, rows.table.primary_key
    theirs = others.table.column_names
    same = " AND ".join(
        f"a.c{table.column_names.index(name)} = b.c{theirs.index(name)}"
        for name in key
    )
    with open_session([rows.file, others.file]) as session:
        ours = session.scan(rows.path, rows.file)
        scan = session.scan(others.path, others.file)
        left = (
            f"(SELECT row_number() OVER () AS seq, * FROM {ours}) AS a "  # noqa: S608
            f"ANTI JOIN {scan} AS b ON {same}"
        )
        written = room.execute(session.connection, _copy(left, table, out))
        row = written.fetchone()
    file = dataclasses.replace(
        rows.file,
        rows=int(row[0]) if row else 0,
        longest_line=rows.file.longest_line + 2 * len(table.columns),
    )
    return TableFile(out, file)


def _together(
    session: Session, root: Path, parts: Sequence[Part], table: Table
) -> str:
    """Return SQL of all rows: `seq`, in the order of parts, then c0, ..."""
    selects = []
    for number, part in enumerate(parts):
        scan = session.scan(part.path(root), part.file)
        names = part.file.table.column_names
        columns = ", ".join(
            f"c{names.index(name)} AS c{at}"
            if name in names
            else f"NULL::VARCHAR AS c{at}"
            for at, name in enumerate(table.column_names)
        )
        seq = f"{number * _ROWS_OF_A_PART} + row_number() OVER () AS seq"
        selects.append(f"SELECT {seq}, {columns} FROM {scan}")  # noqa: S608
    return f"({' UNION ALL '.join(selects)})"


def _newest(rows: str, table: Table) -> str:
    return (
        "CREATE TEMP TABLE newest AS "  # noqa: S608
        f"SELECT max(seq) AS seq FROM {rows} GROUP BY {_keys(table)}"
    )


def _keys(table: Table) -> str:
    return ", ".join(
        f"c{table.column_names.index(name)}" for name in table.primary_key
    )


def _copy(rows: str, table: Table, out: Path) -> str:
    names = table.column_names
    columns = ", ".join(f"c{at}" for at in range(len(names)))
    literal = "'" + str(out).replace("'", "''") + "'"
    return (
        f"COPY (SELECT {columns} FROM {rows} ORDER BY seq) TO {literal} "  # noqa: S608
        "(FORMAT csv, HEADER true, DELIM ',', QUOTE '\"', ESCAPE '\"', "
        "NULLSTR '', FORCE_QUOTE *)"
    )


def _file(parts: Sequence[Part], out: Path, rows: int) -> DataFile:
    last = parts[-1].file
    longest = max(part.file.longest_line for part in parts)
    return dataclasses.replace(
        last,
        path=out.name,
        bytes=out.stat().st_size,
        sha256=files.sha256_of(out),
        rows=rows,
        longest_line=longest + 3 * len(last.table.columns),
    )
