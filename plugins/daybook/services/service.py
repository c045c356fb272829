"""What every embedded server has: a folder, a lock, a port, a process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from daybook.errors import StorageError

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Service:
    """An embedded server as it is now.

    Attributes:
        name: The server's short name, for example `postgres`.
        pid: Its process, None when it does not run.
        port: Its TCP port on loopback.
        data: The folder that holds its data.
        urls: Environment variable to connection URL, passwords in clear.
        started: Whether this very call started it.
    """

    name: str
    pid: int | None
    port: int
    data: Path
    urls: Mapping[str, str]
    started: bool = False

    @property
    def is_running(self) -> bool:
        """Whether the server runs."""
        return self.pid is not None


def folder(root: Path, name: str) -> Path:
    """Return the folder of the server `name` of the project at `root`."""
    return root / ".services" / name


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the server's lock: of two commands at once, one waits.

    Raises:
        StorageError: The folder cannot be created or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / ".lock").open("w")
    except OSError as error:
        raise StorageError(
            f"{home} cannot be written: {error.strerror}.",
            "Mend its permissions, then run the same command again.",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read_state(home: Path) -> dict[str, Any] | None:
    """Return what `write_state` kept, None when there is nothing yet."""
    try:
        state: dict[str, Any] = json.loads((home / "state.json").read_bytes())
    except FileNotFoundError:
        return None
    return state


def write_state(home: Path, state: Mapping[str, Any]) -> None:
    """Keep `state` (passwords among it) for this user's eyes only."""
    write_private(home / "state.json", json.dumps(state, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, readable by this user only."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def usable_port(wanted: int) -> int:
    """Return `wanted` if it is free on loopback, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StorageError(
        "No TCP port is free on loopback.",
        "End programs that hold connections, then run the command again.",
    )


def find_process(pid: int, program: str, cwd: Path) -> psutil.Process | None:
    """Return the process `pid` if it is `program`, working in `cwd`.

    After a crash or a reboot another program may have the same id.
    """
    try:
        process = psutil.Process(pid)
        here = Path(process.cwd()) == cwd.resolve()
        return process if here and process.name() == program else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def has_ended(process: psutil.Process, seconds: float) -> bool:
    """Wait up to `seconds` for a process to end; return whether it did.

    A zombie has ended: in a container nobody may ever collect it.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
