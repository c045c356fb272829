"""Programs that come as files of a Maven repository, and where they are.

A lock file beside this module lists every file with its size and sha256
(`maven_lock` makes one). The files go to a cache of this user's that all
checkouts share: one folder per lock.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from daybook.errors import StorageError
from daybook.services import lockfile, progress, service
from daybook.services.lockfile import Artifact, Lock

_LOCKS = Path(__file__).parent
_HASH_THREADS = 4


def read_lock(name: str) -> Lock:
    """Return the lock of the program `name`."""
    text = (_LOCKS / f"{name}.lock").read_text(encoding="utf-8")
    return lockfile.parse(name, text)


def install(lock: Lock) -> Path:
    """Return the folder that holds a program's files, all checked.

    What is missing or damaged is downloaded. A download that was broken
    off goes on where it stopped; of two at once, one waits for the other.

    Raises:
        InputError: A file that came is not the one it must be.
        StorageError: The cache cannot be written.
        UnreachableError: The repository does not answer, or lacks a file.
    """
    with _cached(lock) as place:
        if missing(lock, place):
            with service.locked(place):
                _complete(lock, place)
    return place


def unpacked(lock: Lock, programs: Collection[str]) -> Path:
    """Return a folder with the contents of a program's one archive.

    It is downloaded, checked and unpacked once, in one step: no reader
    sees half of it. Then the archive goes. Files in folders called as one
    of `programs` may be run. A file that is gone or cut later makes it
    come anew.

    Raises:
        InputError: The archive that came is not the one it must be.
        StorageError: The cache cannot be written.
        UnreachableError: The repository does not answer, or lacks it.
    """
    from daybook.services import unpack  # slow to import

    with _cached(lock) as place:
        if not unpack.is_whole(place):
            with service.locked(place):
                if not unpack.is_whole(place):  # we may have waited
                    _complete(lock, place)
                    archive = place / lock.artifacts[0].name
                    unpack.unpack(archive, place, programs)
                    archive.unlink()
    return unpack.folder(place)


def missing(lock: Lock, place: Path) -> list[Artifact]:
    """Return the files that `place` lacks or has damaged."""

    def is_right(artifact: Artifact) -> bool:
        return _is_right(place / artifact.name, artifact)

    with ThreadPoolExecutor(_HASH_THREADS) as pool:
        found = pool.map(is_right, lock.artifacts)
        pairs = zip(lock.artifacts, found, strict=True)
        return [artifact for artifact, right in pairs if not right]


def cache() -> Path:
    """Return this user's folder for what can be downloaded again."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named and Path(named).is_absolute():
        return Path(named) / "daybook"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "daybook"
    return Path.home() / ".cache" / "daybook"


@contextmanager
def _cached(lock: Lock) -> Iterator[Path]:
    """Give the program's folder; say it if that cannot be written."""
    place = cache() / f"{lock.name}-{lock.digest}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield place
    except OSError as error:
        raise StorageError(
            f"{lock.name} cannot be put into {place}: {error.strerror}.",
            "Make room or mend permissions, or set XDG_CACHE_HOME to "
            "another folder; then run the same command again.",
        ) from error


def _complete(lock: Lock, place: Path) -> None:
    from daybook.services import download  # slow to import

    for part in place.glob(f"*{download.PART}"):
        part.unlink()
    wanted = missing(lock, place)  # whoever we waited for may have been here
    size = sum(artifact.size for artifact in wanted)
    with progress.shown(lock.name, len(wanted), size) as advance:
        download.fetch(wanted, place, advance)


def _is_right(file: Path, artifact: Artifact) -> bool:
    try:
        with file.open("rb") as content:
            if os.fstat(content.fileno()).st_size != artifact.size:
                return False
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return False
    return digest == artifact.sha256
