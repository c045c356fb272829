"""Careful file work: no symlinks, durable writes, hashes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from daybook.errors import InputError, StorageError

_CHUNK = 1 << 20


@contextlib.contextmanager
def storage_errors(step: str) -> Iterator[None]:
    """Turn what the file system refuses in `step` into `StorageError`.

    Raises:
        StorageError: Disk full, read-only, no permission and the like.
    """
    try:
        yield
    except OSError as error:
        raise refused(step, error) from error


def refused(step: str, error: OSError) -> StorageError:
    """Return what to say when the file system refused in `step`."""
    place = f" ({error.filename})" if error.filename else ""
    return StorageError(
        f"{step}: the file system refused: {error.strerror or error}{place}. "
        "What was published before is as it was.",
        "Make room or mend the permissions, then run the same command "
        "again; `daybook doctor` checks the lake's folder.",
    )


def inside(root: Path, relative: PurePosixPath) -> Path:
    """Return `root/relative`, having looked at every step on the way.

    The root itself may be a symlink, nothing below it. What does not
    exist yet is fine.

    Raises:
        InputError: A symlink is on the way, or the path leaves `root`.
    """
    path = root
    for part in relative.parts:
        if part in {"..", "/", ""}:
            raise InputError(
                f"{relative} would lie outside the lake {root}.",
                "Give the source or stream another name.",
            )
        path = path / part
        if path.is_symlink():
            raise InputError(
                f"{path} is a symbolic link; the lake holds none.",
                "Remove the link, then run the same command again.",
            )
    return path


def is_plain(path: Path) -> bool:
    """Return whether `path` is a regular file, not a symlink to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def open_plain(path: Path) -> io.BufferedReader:
    """Open a regular file for reading, never through a symlink.

    Raises:
        OSError: It is not there, or is a symlink.
    """
    # O_NONBLOCK: a FIFO put in a file's place must not hang the reader.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    return os.fdopen(os.open(path, flags), "rb")


def sha256_of(path: Path) -> str:
    """Return the 64 hex digits of a regular file's sha256.

    Raises:
        OSError: As `open_plain`.
    """
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_hashed(source: Path, target: Path) -> str:
    """Copy to the new file `target`; return the sha256 of what was read.

    Raises:
        OSError: As `open_plain`; also if `target` exists.
    """
    digest = hashlib.sha256()
    with open_plain(source) as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's entries, survive a power cut.

    Raises:
        OSError: The disk is full or gone.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_durably(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path` in one atomic, durable step.

    Raises:
        OSError: The old file then stands as it was.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with fresh.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)
