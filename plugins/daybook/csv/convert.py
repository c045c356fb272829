"""Writes CSV files down in the lake's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.csv.encode import RowEncoder
from daybook.csv.faults import bad_file, bad_line
from daybook.csv.grammar import Format, lake_rows
from daybook.csv.nulls import may_pass
from daybook.csv.scan import Block, scan
from daybook.csv.writing import LakeFile
from daybook.errors import InputError, UnfinishedError, cut

if TYPE_CHECKING:
    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile
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
    with LakeFile(out, header) as file:
        for _, _, rows in converted(source):
            progress.bytes += file.write(rows)
            progress.rows = file.rows
    return file.handed()


def converted(
    source: CsvSource, *, skip_ragged: bool = False
) -> Iterator[tuple[Path, Block, _Rows]]:
    """Yield all rows of the source's files: as written, and as the lake's.

    With `skip_ragged` a row that has not one value per column is b"".

    Raises:
        InputError: A file is not what it should be; names file and line.
        UnfinishedError: It changed while it was read.
    """
    for path in source.paths:
        encoder = RowEncoder(source.format, source.nulls)
        for block in _unchanged(path, _data_blocks(source, path)):
            if block.canonical and may_pass(block.rows, source.nulls):
                yield path, block, block.rows
                continue
            rows = [encoder.encode(row) for row in block.rows]
            if not (all(rows) or skip_ragged):
                raise _ragged(source, path, block, rows)
            yield path, block, rows


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


@contextmanager
def unchanged(paths: Iterable[Path]) -> Iterator[None]:
    """Refuse what was done while a file changed.

    Raises:
        UnfinishedError: One did.
    """
    before = {path: _version(path) for path in paths}
    yield
    for path, version in before.items():
        _check_version(path, version)


def _unchanged(path: Path, blocks: Iterator[Block]) -> Iterator[Block]:
    """Pass `blocks` on as long as the file stays the same."""
    before = _version(path)
    for block in blocks:
        yield block
        _check_version(path, before)


def _check_version(path: Path, before: tuple[int, int, int]) -> None:
    if _version(path) != before:
        raise UnfinishedError(
            f"{path} changed while it was read; nothing was changed.",
            "Wait until it is complete, then run the same command again.",
        )


def _version(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _data_blocks(source: CsvSource, path: Path) -> Iterator[Block]:
    """Yield the rows of one file, its header checked and left out."""
    canonical = None
    if source.format.is_lake:
        canonical = lake_rows(len(source.table.columns))
    if source.format.header:
        _check_header(source, path)
    skip = source.format.header
    for block in scan(
        path, source.format, canonical, secret=source.is_personal
    ):
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


def width_fault(source: CsvSource, row: bytes) -> str:
    """Return what is wrong with a row that is too long or too short."""
    return (
        f"the row has {len(source.format.split(row))} values, the table has "
        f"{len(source.nulls)} columns"
    )


def _ragged(
    source: CsvSource, path: Path, block: Block, rows: _Rows
) -> InputError:
    number = rows.index(b"")
    line, row = next(islice(block.numbered(), number, None))
    fault = width_fault(source, row)
    if not source.is_personal:
        fault += f": {cut(row.decode().rstrip())}"
    return bad_line(path, line, f"{fault}.")


def _values(row: bytes, format_: Format) -> list[str]:
    values = (format_.value(written) for written in format_.split(row))
    return [value.decode() for value in values]
