"""A large file for DuckDB, cut into pieces.

Of a file DuckDB keeps all values that hold a quote until it has read the
whole of it: 800 MB of JSON took 600 MB. Pieces it lets go of, and it reads
as many at once as it has threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from daybook import dialect
from daybook.lake.files import storage_errors

if TYPE_CHECKING:
    from daybook.lake.manifest import DataFile

LARGE_BYTES = 64_000_000
"""A smaller file is read as it is."""

_PIECE_BYTES = 16_000_000


def cut(path: Path, file: DataFile, folder: Path) -> Sequence[Path]:
    """Return the file's rows as files in `folder`, without its header.

    What was cut before is taken as it is.

    Raises:
        StorageError: The pieces cannot be written.
    """
    done = folder / file.sha256
    if not done.exists():
        making = folder / f"{file.sha256}.part"
        with storage_errors(f"Cutting {path} into pieces in {folder}"):
            making.mkdir()
            with path.open("rb") as whole:
                next(dialect.rows(whole), None)  # its header
                _write(whole, making)
            making.rename(done)
    return sorted(done.iterdir())


def _write(whole: BinaryIO, folder: Path) -> None:
    there, number = True, 0
    while there:
        piece = folder / f"{number:09}.csv"
        with piece.open("wb") as out:
            there = dialect.copy_rows(whole, out, _PIECE_BYTES)
        number += 1
    piece.unlink()  # it is empty
