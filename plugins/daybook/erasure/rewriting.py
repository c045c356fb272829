"""Writes a delivered file anew, in one atomic step."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from daybook.errors import UnfinishedError
from daybook.lake import files

TEMPORARY = ".daybook-erasing-"
"""Begins the names of files that are being written."""


@contextmanager
def rewriting(path: Path) -> Iterator[BinaryIO]:
    """Give a new file, which at the end takes the place of `path`.

    Rights and times stay. After an error the old file stands as it was.

    Raises:
        UnfinishedError: The old file changed meanwhile; it stays.
        OSError: The file system refused.
    """
    before = _version(path)
    fresh = path.with_name(f"{TEMPORARY}{uuid.uuid4().hex}")
    try:
        with fresh.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        shutil.copystat(path, fresh)
        if _version(path) != before:
            raise UnfinishedError(
                f"{path} changed while people were erased from it; it was "
                "left as it is.",
                "Wait until it is complete, then run the same command again.",
            )
        fresh.replace(path)
        files.sync(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _version(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
