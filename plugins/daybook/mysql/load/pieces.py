"""A file for DuckDB, in pieces where its rows are long.

DuckDB reads 2,048 rows at once, whatever they hold: 2,500 rows of 100 kB
took 1.1 GB, 95 MB in pieces of a few megabytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daybook import dialect
from daybook.duck.session import Session as Duck
from daybook.lake.manifest import DataFile

_LONG_LINE_BYTES = 8_000
_PIECE_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """A file in the lake's dialect.

    Attributes:
        duck: Reads it.
        path: Where it lies.
        file: Its columns and its longest line.
    """

    duck: Duck
    path: Path
    file: DataFile

    def __iter__(self) -> Iterator[str]:
        """Give SQL that reads a piece, one after the other.

        A piece is gone when the next one is asked for.
        """
        if self.file.longest_line <= _LONG_LINE_BYTES or not self.file.rows:
            yield self.duck.scan(self.path, self.file)
            return
        piece = self.duck.scratch / f"{uuid.uuid4().hex}.csv"
        with self.path.open("rb") as whole:
            header = next(dialect.rows(whole), b"")
            while _write(piece, header, whole):
                yield self.duck.scan(piece, self.file)
        piece.unlink()


def _write(piece: Path, header: bytes, file: BinaryIO) -> bool:
    """Write the next rows to a piece; return whether there were any."""
    with piece.open("wb") as out:
        out.write(header)
        return dialect.copy_rows(file, out, _PIECE_BYTES)
