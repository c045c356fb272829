"""The day's lock: one writer per day of a source, others side by side.

An flock on a file that is never unlinked; the system drops it when the
process ends, however it ends. Who holds it is written into the file.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from daybook.day import Day
from daybook.errors import BusyError
from daybook.lake import files, layout
from daybook.lake.partition import check_source

_MAX_HOLDER_BYTES = 4096


@contextlib.contextmanager
def day_lock(
    root: Path, source: str, day: Day, holder: str, run: str = ""
) -> Iterator[None]:
    """Hold the lock of a day for as long as the context lasts.

    `holder` names the program and `run` its run, both for the message
    that a second one gets.

    Raises:
        BusyError: Somebody else holds it; says who, at once.
        ConfigError: `source` cannot name a source.
        InputError: A symlink is on the way.
        StorageError: The lake cannot be written.
    """
    name = layout.lock_file(check_source(source), day)
    with files.storage_errors(f"Locking the day {day} of {source}"):
        path = files.inside(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o644)
    try:
        _take(descriptor, source, day)
        try:
            with files.storage_errors(f"Locking the day {day} of {source}"):
                _write(descriptor, _describe(holder, run))
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, source: str, day: Day) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError(
            f"The day {day} of {source} is being written by "
            f"{_read_holder(descriptor)}. Nothing was changed.",
            "Wait until that run has ended, then run the same command again.",
        ) from error


def _describe(holder: str, run: str) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    facts = {
        "holder": holder,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": now.isoformat(timespec="seconds"),
        "run": run,
    }
    return json.dumps(facts).encode()


def _write(descriptor: int, data: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, data, 0)


def _read_holder(descriptor: int) -> str:
    try:
        facts = json.loads(os.pread(descriptor, _MAX_HOLDER_BYTES, 0))
        run = f", run {facts['run']}" if facts["run"] else ""
        return (
            f"{facts['holder']} (process {facts['pid']} on {facts['host']}, "
            f"since {facts['since']}{run})"
        )
    except (ValueError, KeyError, TypeError):
        return "another run that is just starting"
