"""Writes a new file of the lake, hashed while it is written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from daybook.singer.handover import HandedFile


class LakeFile:
    """A new file in the lake's dialect; its rows are given as written."""

    def __init__(self, path: Path, header: bytes) -> None:
        """Create the file.

        Raises:
            OSError: The file system refused.
        """
        self._path = path
        self._digest = hashlib.sha256()
        self._longest = 0
        self._rows = -1  # the header is none
        self._file = path.open("xb")
        self.write([header])

    def write(self, rows: Sequence[bytes]) -> int:
        """Write rows; return how many bytes they are.

        Raises:
            OSError: The file system refused.
        """
        data = b"".join(rows)
        self._file.write(data)
        self._digest.update(data)
        self._longest = max(self._longest, *map(len, rows), 0)
        self._rows += len(rows)
        return len(data)

    @property
    def rows(self) -> int:
        """How many rows were written."""
        return self._rows

    def handed(self) -> HandedFile:
        """Return the file with its figures, once it is closed."""
        return HandedFile(
            self._path, self._rows, self._digest.hexdigest(), self._longest
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()
