"""Two files of one table of the lake: the rows that they do not share.

Both are read side by side, and a row of one waits until it comes in the
other. So memory is taken only by what differs, and by as much as one file
is ahead of the other where rows were added, removed or moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import BinaryIO

from daybook import dialect

MOST_BYTES = 40_000_000
"""Rows that wait may take this much memory; beyond, nothing is gained."""

_ROW_BYTES = 120
"""What a row that waits takes beside its bytes."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows that only one of two files has, as they stand in it.

    Attributes:
        header: The first line of both.
        old: Rows of the old file, with those that changed.
        new: Rows of the new file, likewise.
    """

    header: bytes
    old: list[bytes]
    new: list[bytes]


def find(
    old: BinaryIO, new: BinaryIO, most_bytes: int = MOST_BYTES
) -> Changed | None:
    """Return what differs; None if too much does, or the columns do.

    Values that are written in another way count as different.
    """
    header = old.readline()
    if new.readline() != header:
        return None
    waiting: dict[bytes, int] = {}
    left = most_bytes
    for pair in zip_longest(dialect.rows(old), dialect.rows(new)):
        if pair[0] == pair[1]:
            continue
        for row, sign in zip(pair, (-1, 1), strict=True):
            if row is not None:
                left -= _meet(waiting, row, sign)
        if left < 0:
            return None
    return Changed(header, _of(waiting, -1), _of(waiting, 1))


def _meet(waiting: dict[bytes, int], row: bytes, sign: int) -> int:
    """Match a row with its like of the other file, or let it wait.

    Returns how much more memory that takes; less than 0 for less.
    """
    count = waiting.get(row, 0)
    size = len(row) + _ROW_BYTES
    if count + sign:
        waiting[row] = count + sign
        return 0 if count else size
    del waiting[row]
    return -size


def _of(waiting: dict[bytes, int], sign: int) -> list[bytes]:
    return [
        row
        for row, count in waiting.items()
        for _ in range(max(0, count * sign))
    ]
