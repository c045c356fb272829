"""Removes what runs that were killed have left: rows in temporary files."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from daybook.lake import files

_TEMPORARY = re.compile(
    r"(daybook|daybook-audit|daybook-diff|daybook-dbt|tap-csv)-[a-z0-9_]{8}"
)
"""What Daybook's programs call their folders in TMPDIR."""

_IDLE_SECONDS = 3600
"""A folder to which nobody wrote for so long is no longer used."""


def remove() -> None:
    """Remove temporary folders to which nobody wrote within the hour.

    Raises:
        StorageError: One could not be removed.
    """
    with files.storage_errors("Removing temporary folders"):
        for folder in _idle(Path(tempfile.gettempdir())):
            shutil.rmtree(folder)


def _idle(place: Path) -> Iterator[Path]:
    for folder in place.iterdir():
        if not _TEMPORARY.fullmatch(folder.name) or folder.is_symlink():
            continue
        try:
            is_ours = folder.stat().st_uid == os.geteuid()
            if is_ours and time.time() - _last_written(folder) > _IDLE_SECONDS:
                yield folder
        except FileNotFoundError:
            continue  # its program has ended just now


def _last_written(folder: Path) -> float:
    inside = (path.lstat().st_mtime for path in folder.rglob("*"))
    return max(inside, default=folder.stat().st_mtime)
