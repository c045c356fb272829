r"""How a row of CSV is written, as regular expressions on bytes. Pure.

All of them are possessive: they never go back, so that a hostile file
costs no more time than a good one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Rows:
    """Splits bytes into rows.

    Attributes:
        one: Matches one row, its line end included.
        tokens: Matches one row, or else all that is left.
    """

    one: re.Pattern[bytes]
    tokens: re.Pattern[bytes]

    @classmethod
    def of(cls, row: bytes) -> Rows:
        """Return the splitter for rows that the expression matches."""
        return cls(re.compile(row), re.compile(row + rb"|(?s:.+)"))

    def split(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Return the rows at the beginning of `data`, and what is left."""
        pieces = self.tokens.findall(data)
        if pieces and not self.one.fullmatch(pieces[-1]):
            return pieces[:-1], pieces[-1]
        return pieces, b""


@dataclass(frozen=True)
class Format:
    """How a file is written.

    Attributes:
        delimiter: One ASCII character between values.
        quote: One ASCII character around values, doubled inside them.
        header: Whether the first row holds the columns' names.
    """

    delimiter: str = ","
    quote: str = '"'
    header: bool = True

    @property
    def is_lake(self) -> bool:
        """Whether delimiter and quote are the lake's."""
        return self.delimiter == "," and self.quote == '"'

    @cached_property
    def rows(self) -> Rows:
        """Splits into rows of any number of values."""
        return Rows.of(rb"(?:%(f)s%(d)s)*+%(f)s\r?\n" % self._parts)

    @cached_property
    def start_of_row(self) -> re.Pattern[bytes]:
        """Matches what may be a row once more of the file is read."""
        return re.compile(
            rb"(?:%(f)s%(d)s)*+(?:%(o)s(?:%(q)s\r?)?|%(u)s\r?)" % self._parts
        )

    def end_of_values(self, row: bytes) -> int:
        """Return where in a row the first malformed value begins."""
        match = self._well_formed.match(row)
        return match.end() if match else 0

    def split(self, row: bytes) -> list[bytes]:
        """Return the values of a row as they are written, quotes on."""
        return self._values.findall(row)

    def value(self, written: bytes) -> bytes:
        """Return what is written: the same object if without quotes."""
        if not written.startswith(self._quote):
            return written
        return written[1:-1].replace(self._quote * 2, self._quote)

    @cached_property
    def _quote(self) -> bytes:
        return self.quote.encode()

    @cached_property
    def _values(self) -> re.Pattern[bytes]:
        return re.compile(rb"(%(f)s)(?:%(d)s|\r?\n)" % self._parts)

    @cached_property
    def _well_formed(self) -> re.Pattern[bytes]:
        return re.compile(rb"(?:%(f)s%(d)s)*+" % self._parts)

    @cached_property
    def _parts(self) -> dict[bytes, bytes]:
        quote = re.escape(self._quote)
        delimiter = re.escape(self.delimiter.encode())
        opened = rb"%b[^%b]*+(?:%b%b[^%b]*+)*+" % ((quote,) * 5)
        plain = rb"[^%b%b\r\n]*+" % (quote, delimiter)
        return {
            b"d": delimiter,
            b"q": quote,
            b"o": opened,
            b"u": plain,
            b"f": rb"(?:%b%b|%b)" % (opened, quote, plain),
        }


LAKE = Format()
"""The lake's own dialect, see `daybook.dialect`."""


def lake_rows(columns: int) -> Rows:
    r"""Return the splitter for rows that the lake takes as they stand.

    That is what `dialect.encode_row` writes: quotes only around `""`,
    `\.` and values that hold a quote, comma, CR or LF.
    """
    field = (
        rb'(?:(?!\\\.[,\n])[^",\r\n]*+'
        rb'|"[^",\r\n]*+(?:""|[,\r\n])[^"]*+(?:""[^"]*+)*+"'
        rb'|""|"\\\.")'
    )
    return Rows.of(rb"(?:%b,){%d}%b\n" % (field, columns - 1, field))
