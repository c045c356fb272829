"""Erases people from delivered CSV files; all other values stay as is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.csv.describe import describe
from daybook.csv.nulls import Nulls
from daybook.csv.scan import scan
from daybook.erasure.rewriting import rewriting
from daybook.erasure.rows import RowEraser, RowReader
from daybook.personal import EMAIL, IDS, SUBJECT

if TYPE_CHECKING:
    from daybook.csv.source import CsvSource
    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects

_BOM = b"\xef\xbb\xbf"


def personal_sources(folder: Path) -> list[CsvSource]:
    """Return the tables with personal columns that a folder describes.

    Raises:
        InputError: The description is malformed.
    """
    return [
        source
        for source in describe(folder)
        if any(column.personal for column in source.table.columns)
    ]


def identities(source: CsvSource, path: Path) -> Iterator[list[Value]]:
    """Yield the ids and addresses of each row of a file that has some.

    Raises:
        InputError: The file is not what its description says.
        OSError: It cannot be read.
    """
    reader = RowReader(source.table)
    yield from filter(None, map(reader.identities, _rows(source, path)))


def values(
    source: CsvSource, path: Path, people: Subjects
) -> Iterator[list[Value]]:
    """Yield all personal values of each row of theirs.

    Raises:
        InputError: The file is not what its description says.
        OSError: It cannot be read.
    """
    eraser = RowEraser(source.table, people)
    theirs = filter(eraser.is_theirs, _rows(source, path))
    yield from map(eraser.values, theirs)


def search(source: CsvSource, path: Path, people: Subjects) -> int:
    """Return how many rows `erase` would change.

    Raises:
        InputError: The file is not what its description says.
        OSError: It cannot be read.
    """
    eraser = _Eraser(source, people)
    return sum(
        eraser.erased(written) != written
        for written in _data_rows(source, path)
    )


def erase(source: CsvSource, path: Path, people: Subjects) -> int:
    """Write a file anew without the people; return how many rows changed.

    A file without any row of theirs is not touched.

    Raises:
        InputError: The file is not what its description says.
        UnfinishedError: The file changed meanwhile; it is as it was.
        OSError: The file system refused; the file is as it was.
    """
    found = search(source, path, people)
    if not found:
        return 0
    eraser = _Eraser(source, people)
    start, end = _edges(path)
    with rewriting(path) as out:
        out.write(start)
        last = b""
        for row in _header(source, path):
            out.write(row)
        for written in _data_rows(source, path):
            out.write(last)
            last = eraser.erased(written)
        out.write(last.rstrip(b"\r\n") + end)
    return found


class _Eraser:
    """Erases people's rows, as they are written."""

    def __init__(self, source: CsvSource, people: Subjects) -> None:
        self._source = source
        self._people = people
        self._rows = RowEraser(source.table, people)
        self._quote = source.format.quote.encode()

    def erased(self, written: bytes) -> bytes:
        """Return the row without the person; others' rows as they are."""
        fields = self._source.format.split(written)
        old = _values(self._source, fields)
        if len(old) == len(self._source.nulls):
            new = self._rows.erased(old)
        else:
            new = self._ragged(old)
        if new is None:
            return written
        pairs = zip(fields, old, new, strict=True)
        parts = [
            field if value == before else self._written(value)
            for field, before, value in pairs
        ]
        end = b"\r\n" if written.endswith(b"\r\n") else b"\n"
        return self._source.format.delimiter.encode().join(parts) + end

    def _ragged(self, row: list[str | None]) -> list[str | None] | None:
        """Return a row that is no row of the table: which value is what?

        Where it holds an address of theirs, or an id in its place, nothing
        of it is kept but ids.
        """
        ids = [
            text
            for text, column in zip(
                row, self._source.table.columns, strict=False
            )
            if column.personal and column.personal.kind in IDS
        ]
        people = self._people
        if not any(people.are_named_by(EMAIL, text) for text in row) and (
            not any(people.are_named_by(SUBJECT, text) for text in ids)
        ):
            return None
        of = self._people.pseudonyms
        return [
            text
            if text is None or self._people.are_named_by(SUBJECT, text)
            else of.of("text", text)
            for text in row
        ]

    def _written(self, value: str | None) -> bytes:
        quote = self._quote
        text = (value or "").encode().replace(quote, quote * 2)
        return quote + text + quote


def _header(source: CsvSource, path: Path) -> list[bytes]:
    if not source.format.header:
        return []
    block = next(scan(path, source.format), None)
    return [block.rows[0]] if block else []


def _data_rows(source: CsvSource, path: Path) -> Iterator[bytes]:
    header = source.format.header
    for block in scan(path, source.format):
        yield from block.rows[1:] if header else block.rows
        header = False


def _rows(source: CsvSource, path: Path) -> Iterator[list[str | None]]:
    """Yield the values of each row that has one per column."""
    for written in _data_rows(source, path):
        row = _values(source, source.format.split(written))
        if len(row) == len(source.nulls):
            yield row


def _edges(path: Path) -> tuple[bytes, bytes]:
    """Return the mark that a file begins with, and its last line's end."""
    with path.open("rb") as file:
        start = file.read(len(_BOM))
        file.seek(max(0, path.stat().st_size - 2))
        last = file.read()
    end = b"\r\n" if last == b"\r\n" else b"\n" if last[-1:] == b"\n" else b""
    return (_BOM if start == _BOM else b""), end


def _values(source: CsvSource, fields: list[bytes]) -> list[str | None]:
    """Return what is written; of a row that is too long or short too."""
    nulls = [*source.nulls, *[Nulls()] * len(fields)][: len(fields)]
    found = (
        null.read(field, source.format)
        for null, field in zip(nulls, fields, strict=True)
    )
    return [None if one is None else one.decode() for one in found]
