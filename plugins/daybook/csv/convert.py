"""Writes CSV files down in the lake's dialect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from daybook import dialect
from daybook.csv.encode import RowEncoder
from daybook.csv.faults import bad_file, bad_line
from daybook.csv.grammar import Format, lake_rows
from daybook.csv.nulls import may_pass
from daybook.csv.scan import Block, scan
from daybook.errors import UnfinishedError, cut
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from daybook.csv.source import CsvSource
    from daybook.singer.log import Progress

_Rows = Sequence[bytes]


def convert(source: CsvSource, out: Path, progress: Progress) -> HandedFile:
    """Write all rows of the source's files to the new file `out`.

    Raises:
        InputError: A file is not what it should be; names file and line.
        UnfinishedError: A file changed while it was read.
        OSError: `out` cannot be written.
    """
    header = dialect.encode_row(source.table.column_names)
    digest, longest = hashlib.sha256(header), len(header)
    with out.open("xb") as file:
        file.write(header)
        for path in source.paths:
            for rows in _unchanged(path, _rows(source, path)):
                data = b"".join(rows)
                file.write(data)
                digest.update(data)
                longest = max(longest, max(map(len, rows)))
                progress.rows += len(rows)
                progress.bytes += len(data)
    return HandedFile(out, progress.rows, digest.hexdigest(), longest)


def locate(source: CsvSource, number: int) -> tuple[Path, int]:
    """Return file and line of the source's data row `number`, from 1."""
    for path in source.paths:
        for block in _data_blocks(source, path):
            if number <= len(block.rows):
                before = b"".join(block.rows[: number - 1])
                return path, block.line + before.count(b"\n")
            number -= len(block.rows)
    raise IndexError(number)


def first_row(path: Path, format_: Format) -> list[str]:
    """Return the values of a file's first row, its header.

    Raises:
        InputError: The file is empty, or this is not a row of text.
    """
    block = next(scan(path, format_), None)
    if block is None:
        raise bad_file(path, "the file is empty: even its header is missing.")
    return _values(block.rows[0], format_)


def _unchanged(path: Path, rows: Iterator[_Rows]) -> Iterator[_Rows]:
    """Pass `rows` on as long as the file stays the same."""
    before = _version(path)
    for some in rows:
        yield some
        if _version(path) != before:
            raise UnfinishedError(
                f"{path} changed while it was read; nothing was changed.",
                "Wait until it is complete, then run the same command again.",
            )


def _version(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _rows(source: CsvSource, path: Path) -> Iterator[_Rows]:
    """Yield the rows of one file as the lake wants them."""
    encoder = RowEncoder(source.format, source.nulls)
    for block in _data_blocks(source, path):
        if block.canonical and may_pass(block.rows, source.nulls):
            yield block.rows
        else:
            yield [
                encoder.encode(row) or _ragged(source, path, line, row)
                for line, row in block.numbered()
            ]


def _data_blocks(source: CsvSource, path: Path) -> Iterator[Block]:
    """Yield the rows of one file, its header checked and left out."""
    canonical = None
    if source.format.is_lake:
        canonical = lake_rows(len(source.table.columns))
    if source.format.header:
        _check_header(source, path)
    skip = source.format.header
    for block in scan(path, source.format, canonical):
        data = block.without_first() if skip else block
        skip = False
        if data.rows:
            yield data


def _check_header(source: CsvSource, path: Path) -> None:
    found = first_row(path, source.format)
    names = source.table.column_names
    if tuple(found) == names:
        return
    said = source.description or source.paths[0]
    pairs = zip_longest(found, names, fillvalue="nothing")
    place, (ours, theirs) = next(
        (place, pair)
        for place, pair in enumerate(pairs, 1)
        if pair[0] != pair[1]
    )
    raise bad_line(
        path,
        1,
        f"the header's column {place} is {cut(ours)}, but {said} "
        f"says {cut(theirs)}.",
    )


def _ragged(source: CsvSource, path: Path, line: int, row: bytes) -> NoReturn:
    raise bad_line(
        path,
        line,
        f"the row has {len(source.format.split(row))} values, the table has "
        f"{len(source.nulls)} columns: {cut(row.decode().rstrip())}.",
    )


def _values(row: bytes, format_: Format) -> list[str]:
    values = (format_.value(written) for written in format_.split(row))
    return [value.decode() for value in values]
