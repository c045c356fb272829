r"""Rows of any dialect -> rows of the lake. Pure.

Written for speed: the two ways in which whole files are usually written
otherwise, another line end or delimiter and quotes around everything,
need no look at single values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from daybook.csv.grammar import Format
from daybook.csv.nulls import Nulls

_SPECIAL = re.compile(rb'["\r\n]')
_PLAIN = re.compile(rb'(?!\\\.\Z)[^",\r\n]*+\Z')
_NEEDS_QUOTES = re.compile(rb'[",\r\n]|\A\Z|\A\\\.\Z')


class RowEncoder:
    """Writes rows as `dialect.encode_row` would."""

    def __init__(self, format_: Format, nulls: Sequence[Nulls]) -> None:
        """Rows are of `format_`, with one of `nulls` per value."""
        self._format = format_
        self._nulls = nulls
        self._plain = all(null.is_plain for null in nulls)
        self._delimiter = format_.delimiter.encode()
        self._quote = format_.quote.encode()
        self._empties = [b'""' if null.text else b"" for null in nulls]
        self._between = self._quote + self._delimiter + self._quote

    def encode(self, row: bytes) -> bytes:
        """Return the row; b"" if it has not one value per column."""
        row = row.removesuffix(b"\n").removesuffix(b"\r")
        quick = self._quick(row) if self._plain and b"\\." not in row else b""
        return quick or self._value_by_value(row)

    def _quick(self, row: bytes) -> bytes:
        """Return the row if no value needs quotes, else b""."""
        empties: Sequence[bytes] = ()
        if self._quote not in row:
            values = row.split(self._delimiter)
        else:
            values = row[1:-1].split(self._between)
            empties = self._empties if b"" in values else ()
        joined = b",".join(values)
        if (
            len(values) != len(self._nulls)
            or joined.count(b",") != len(values) - 1
            or self._quote in joined
            or _SPECIAL.search(joined)
        ):
            return b""
        if empties:
            pairs = zip(values, empties, strict=True)
            joined = b",".join([value or empty for value, empty in pairs])
        return joined + b"\n"

    def _value_by_value(self, row: bytes) -> bytes:
        written = self._format.split(row + b"\n")
        if len(written) != len(self._nulls):
            return b""
        as_it_stands = _PLAIN.match if self._plain else _never
        values = [
            value
            if as_it_stands(value) and not value.startswith(self._quote)
            else _lake_value(null.read(value, self._format))
            for null, value in zip(self._nulls, written, strict=True)
        ]
        return b",".join(values) + b"\n"


def _never(_: bytes) -> None:
    return None


def _lake_value(value: bytes | None) -> bytes:
    if value is None:
        return b""
    if _NEEDS_QUOTES.search(value):
        return b'"' + value.replace(b'"', b'""') + b'"'
    return value
