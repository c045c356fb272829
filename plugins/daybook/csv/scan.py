r"""Reads CSV files row by row, exactly: no repair, no guess.

Rows stay bytes, so that a file which already is in the lake's dialect
passes at the speed of one regular expression. DuckDB's reader takes,
even in strict mode, `x"y` and ` "x" `, skips blank lines, keeps NUL
characters, and does not know a file's line ends apart.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daybook.csv.faults import bad_line
from daybook.csv.grammar import LAKE, Format, Rows
from daybook.errors import InputError, cut

_BLOCK_BYTES = 1 << 18
_MAX_ROW_BYTES = 1 << 28
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file.

    Attributes:
        line: Line of the first row in the file, from 1.
        rows: The rows with their line ends, as they are written.
        canonical: Whether the lake takes them as they stand.
    """

    line: int
    rows: Sequence[bytes]
    canonical: bool

    def without_first(self) -> Block:
        """Return the block without its first row."""
        line = self.line + self.rows[0].count(b"\n")
        return Block(line, self.rows[1:], self.canonical)

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Yield each row with its line."""
        line = self.line
        for row in self.rows:
            yield line, row
            line += row.count(b"\n")


def scan(
    path: Path,
    format_: Format,
    canonical: Rows | None = None,
    *,
    secret: bool = False,
) -> Iterator[Block]:
    """Yield all rows of a file, the header's too.

    `canonical` (`lake_rows`) tells those that the lake takes as they
    stand; without it none is. A byte order mark is left out. Errors show
    nothing of a `secret` file.

    Raises:
        InputError: Something is not a row of UTF-8 text; names file
            and line.
    """
    with path.open("rb") as file:
        scanner = _Scanner(path, format_, canonical, secret=secret)
        yield from scanner.run(file)


def records(path: Path) -> Iterator[list[str | None]]:
    """Yield the data rows of a file in the lake's dialect; None is NULL.

    Raises:
        InputError: The file is not in the lake's dialect.
    """
    for _, values in written_records(path):
        yield values


def written_records(
    path: Path,
) -> Iterator[tuple[bytes, list[str | None]]]:
    """Yield each data row as it is written, and its values as `records`.

    Raises:
        InputError: The file is not in the lake's dialect.
    """
    header = True
    for block in scan(path, LAKE):
        for row in block.rows[1:] if header else block.rows:
            yield row, [_lake_value(value) for value in LAKE.split(row)]
        header = False


def _lake_value(written: bytes) -> str | None:
    return LAKE.value(written).decode() if written else None


class _Scanner:
    """One pass over a file."""

    def __init__(
        self,
        path: Path,
        format_: Format,
        canonical: Rows | None,
        *,
        secret: bool,
    ) -> None:
        self._path = path
        self._format = format_
        self._canonical = canonical
        self._secret = secret
        self._line = 1
        self._newline = b""

    def run(self, file: BinaryIO) -> Iterator[Block]:
        """Yield the file's rows, some at a time, each of them whole."""
        rest = b""
        data = file.read(_BLOCK_BYTES).removeprefix(_BOM)
        while data:
            rest = yield from self._blocks(rest + data)
            if len(rest) > _MAX_ROW_BYTES:
                raise self._unclosed(rest)
            # The longer a row, the larger the steps: linear in the end.
            data = file.read(max(_BLOCK_BYTES, len(rest)))
        if rest:
            yield from self._last(rest)

    def _last(self, rest: bytes) -> Iterator[Block]:
        """Yield the last row, which no line end closes."""
        rest = yield from self._blocks(rest + (self._newline or b"\n"))
        if rest:
            raise self._unclosed(rest)

    def _blocks(self, data: bytes) -> Generator[Block, None, bytes]:
        """Yield the whole rows in `data`; return what is left of it."""
        rest = data
        if self._canonical and self._newline != b"\r\n":
            rows, rest = self._canonical.split(rest)
            if rows:
                yield self._block(rows, data[: len(data) - len(rest)], True)
        data = rest
        rows, rest = self._format.rows.split(rest)
        if rows:
            yield self._block(rows, data[: len(data) - len(rest)], False)
        if not self._format.start_of_row.fullmatch(rest):
            raise self._malformed(rest)
        return rest

    def _block(
        self, rows: Sequence[bytes], data: bytes, canonical: bool
    ) -> Block:
        block = Block(self._line, rows, canonical)
        self._newline = self._newline or _newline(rows[0])
        self._check_text(data)
        if not canonical:
            self._check_newlines(block)
        self._line += data.count(b"\n")
        return block

    def _check_text(self, data: bytes) -> None:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise self._at(
                data,
                error.start,
                f"the byte 0x{data[error.start]:02X} is not UTF-8 text. "
                "Write the file in UTF-8.",
            ) from error
        if (place := data.find(b"\0")) >= 0:
            raise self._at(
                data, place, "a NUL character, which no database can store."
            )

    def _check_newlines(self, block: Block) -> None:
        for line, row in block.numbered():
            if _newline(row) != self._newline:
                raise bad_line(
                    self._path,
                    line,
                    f"the row ends with {_newline(row)!r}, the rows before "
                    f"it with {self._newline!r}.",
                )

    def _malformed(self, rest: bytes) -> InputError:
        start = self._format.end_of_values(rest)
        row = rest[start:].partition(b"\n")[0].decode(errors="replace")
        if row.startswith(self._format.quote):
            what = "text follows a closing quote"
        elif self._format.quote in row.partition("\r")[0]:
            what = "a quote stands inside a value that has none around it"
        else:
            what = "a carriage return stands outside quotes"
        shown = "" if self._secret else f": {cut(row)}"
        return self._at(rest, start, f"{what}{shown}.")

    def _unclosed(self, rest: bytes) -> InputError:
        start = self._format.end_of_values(rest)
        return self._at(
            rest, start, "a value begins with a quote that is never closed."
        )

    def _at(self, data: bytes, place: int, what: str) -> InputError:
        line = self._line + data.count(b"\n", 0, place)
        return bad_line(self._path, line, what)


def _newline(row: bytes) -> bytes:
    return b"\r\n" if row.endswith(b"\r\n") else b"\n"
