"""Rows and longest row of a file, however it falls into blocks."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from daybook.duckdb.measure import Measure

VALUES = st.text('a",\n', max_size=8)


class Blocks(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size)


@given(st.lists(st.tuples(VALUES, VALUES)), st.integers(1, 40))
def test_rows_and_the_longest_are_counted_across_blocks(rows, size):
    lines = []
    for row in [("h", "h"), *rows]:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(row)
        lines.append(line.getvalue())
    measure = Measure()
    measure.read(Blocks("".join(lines).encode(), size))
    assert measure.rows == len(rows)
    assert measure.longest == max(map(len, lines))
