"""Staging: unfinished work in `<root>/.staging/<run>/`, seen by no load.

Tap and target of one run share a folder. Each holds a shared flock on
its `.alive`, which the system drops when the process ends, however it
ends. Who wants to remove a folder takes that flock exclusively first.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from daybook.lake import files, layout

_ALIVE = ".alive"
_GONE = ".gone-"
"""Begins the names of folders that are being removed."""

_POLL_SECONDS = 0.01

Spare = Callable[[Path], bool]
"""Asked for a folder under its lock; those for which it says yes stay."""


@dataclass(slots=True)
class Staging:
    """A folder of unfinished work, held while this process lives.

    Attributes:
        path: The folder, absolute.
    """

    path: Path
    _descriptor: int

    def new_file(self, stem: str) -> Path:
        """Return a path in the folder that nothing uses; not created."""
        name = f"{layout.encode_name(stem)}-{uuid.uuid4().hex[:12]}.csv"
        return self.path / name

    def wait_for_company(self, *, patience: float) -> None:
        """Wait until another process holds the folder too.

        Between the end of a quick tap and the start of its target nobody
        would hold the folder, and another run's sweep would take it.
        `patience` is in seconds.
        """
        deadline = time.monotonic() + patience
        while self._is_alone() and time.monotonic() < deadline:
            time.sleep(5 * _POLL_SECONDS)

    def _is_alone(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        return True

    def release(self) -> None:
        """Hold the folder no longer; it stays. Safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def discard(self, *, patience: float = 0.0) -> None:
        """Remove the folder, unless another process holds it too.

        It also stays if a finished set in it waits to be published.
        `patience` is in seconds, see `remove`.
        """
        self.release()
        remove(self.path, spare=is_parked, patience=patience)


def hold(root: Path, run: str) -> Staging:
    """Create and hold the staging folder of a run.

    `run` is the id that tap and target share; what is not the text of a
    UUID is never made into a path, a new id is taken instead.

    Raises:
        InputError: `.staging` or the folder is a symlink.
        OSError: The lake cannot be written.
    """
    name = run if is_run_id(run) else str(uuid.uuid4())
    folder = _folder(root, name)
    if not root.exists():
        root.mkdir(parents=True, exist_ok=True)
        files.sync(root.parent)
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = _lock(folder, fcntl.LOCK_SH)
        except FileNotFoundError:
            continue  # a sweeper was quicker: begin again
        except FileExistsError:
            if folder.is_file():
                raise
            continue
        if descriptor is not None:
            return Staging(folder, descriptor)


def reopen(root: Path, run: str) -> Staging | None:
    """Hold the folder that a run left behind; None if there is none.

    Raises:
        InputError: `.staging` or the folder is a symlink.
        OSError: The lake cannot be written.
    """
    if not is_run_id(run) or not _folder(root, run).is_dir():
        return None
    return hold(root, run)


def is_run_id(run: str) -> bool:
    """Return whether `run` is a UUID in its usual spelling."""
    try:
        return str(uuid.UUID(run)) == run
    except ValueError:
        return False


def is_parked(folder: Path) -> bool:
    """Return whether a finished set in it waits to be published."""
    return (folder / layout.PENDING).exists()


def remove(folder: Path, *, spare: Spare, patience: float = 0.0) -> None:
    """Remove a staging folder, unless somebody holds it or it is spared.

    `patience` is in seconds: so long a process that is just ending may
    still hold it.

    Raises:
        OSError: The lake cannot be written.
    """
    deadline = time.monotonic() + patience
    while not _remove_now(folder, spare) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def abandon(root: Path, run: str) -> None:
    """Remove a failed run's folder, even while its tap still holds it.

    Meltano kills the tap when the target has failed, so nobody else
    would. A finished set that waits to be published stays.

    Raises:
        InputError: `.staging` or the folder is a symlink.
        OSError: The lake cannot be written.
    """
    if not is_run_id(run):
        return
    folder = _folder(root, run)
    if folder.is_dir() and not is_parked(folder):
        _take_away(folder)


def sweep(root: Path, *, spare: Spare) -> None:
    """Remove every staging folder that nobody holds and none spares.

    Raises:
        OSError: The lake cannot be written.
    """
    place = files.inside(root, PurePosixPath(layout.STAGING))
    if not place.is_dir():
        return
    for folder in place.iterdir():
        if folder.is_symlink() or folder.is_file():
            folder.unlink(missing_ok=True)
        elif folder.name.startswith(_GONE):
            _delete(folder)
        else:
            _remove_now(folder, spare)


def hold_folder_of(root: Path, path: Path) -> Staging | None:
    """Hold the staging folder of `root` that `path` is directly in.

    None if it is in no staging folder.

    Raises:
        InputError, OSError: As `hold`.
    """
    if path.parent.parent != root / layout.STAGING:
        return None
    return reopen(root, path.parent.name)


def _folder(root: Path, name: str) -> Path:
    return files.inside(root, PurePosixPath(layout.STAGING) / name)


def _remove_now(folder: Path, spare: Spare) -> bool:
    """Return False while somebody holds the folder."""
    if not folder.is_dir():
        return True
    try:
        descriptor = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    if descriptor is None:
        return True
    try:
        if not spare(folder):
            _take_away(folder)
        return True
    finally:
        os.close(descriptor)


def _take_away(folder: Path) -> None:
    """Rename, then remove: who comes meanwhile makes a folder of its own."""
    gone = folder.with_name(f"{_GONE}{uuid.uuid4().hex}")
    folder.rename(gone)
    _delete(gone)


def _delete(gone: Path) -> None:
    while gone.exists():
        try:
            shutil.rmtree(gone)
        except FileNotFoundError:
            continue  # a sweeper removes it too: see what is left


def _lock(folder: Path, operation: int) -> int | None:
    """Return a locked descriptor; None if the file was removed meanwhile."""
    alive = folder / _ALIVE
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(alive, flags, 0o644)
    try:
        fcntl.flock(descriptor, operation)
        if os.path.samestat(os.fstat(descriptor), alive.stat()):
            return descriptor
    except FileNotFoundError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
