"""What is to be known of a CSV file, found in one pass. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK_BYTES = 1 << 18
_NO_QUOTES = bytes(set(range(256)) - set(b'"\n'))


class Measure:
    """sha256, rows and longest row of a file that passes by in blocks."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._length = 0
        self._quoted = False
        self.longest = 0
        self.rows = -1  # the header

    @property
    def sha256(self) -> str:
        """The 64 hex digits over all that passed."""
        return self._digest.hexdigest()

    def read(self, file: BinaryIO) -> None:
        """Let the whole file pass."""
        while block := file.read(_BLOCK_BYTES):
            self._digest.update(block)
            lines = block.split(b"\n")
            if self._has_values_of_one_line(block, lines):
                self._lines(lines)
            else:
                self._lines_with_quotes(lines)

    def _has_values_of_one_line(
        self, block: bytes, lines: Sequence[bytes]
    ) -> bool:
        """Return whether newlines are in the block, and each ends a row."""
        if len(lines) == 1 or self._quoted ^ _is_open(lines[0]):
            return False
        quotes = block[len(lines[0]) : len(block) - len(lines[-1])]
        quotes = quotes.translate(None, _NO_QUOTES)
        return b'"' not in quotes.replace(b'""', b"")

    def _lines(self, lines: Sequence[bytes]) -> None:
        first = self._length + len(lines[0])
        inner = max(map(len, lines[1:-1]), default=0)
        self.longest = max(self.longest, first + 1, inner + 1)
        self.rows += len(lines) - 1
        self._length = len(lines[-1])
        self._quoted = _is_open(lines[-1])

    def _lines_with_quotes(self, lines: Sequence[bytes]) -> None:
        last = len(lines) - 1
        for place, line in enumerate(lines):
            self._length += len(line)
            # A newline between two quotes is a value's.
            self._quoted ^= _is_open(line)
            if place == last:
                return
            self._length += 1
            if not self._quoted:
                self.longest = max(self.longest, self._length)
                self.rows += 1
                self._length = 0


def _is_open(line: bytes) -> bool:
    return line.count(b'"') % 2 == 1
