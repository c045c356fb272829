"""How a server's process is started, awaited and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from daybook.services import service

_START_ATTEMPTS = 3
_POLL_SECONDS = 0.05


def spawn(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    stdin: Path = Path(os.devnull),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; it says what it says to `log`.

    Its environment is a plain one with `env`: JAVA_TOOL_OPTIONS, MYSQL_...
    and the like of the user's shell must not reach a server.
    """
    plain = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(cwd)}
    with log.open("wb") as said, stdin.open("rb") as told:
        return subprocess.Popen(
            [str(part) for part in command],
            env=plain | dict(env or {}),
            cwd=cwd,
            stdin=told,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start(
    wanted: int,
    launch: Callable[[int], subprocess.Popen[bytes]],
    is_ready: Callable[[psutil.Process, int], bool],
) -> int | None:
    """Start a server on the port `wanted`, or on another if that is taken.

    Returns its port, None if it did not get ready.
    """
    for _ in range(_START_ATTEMPTS):
        port = service.usable_port(wanted)
        process = launch(port)
        if is_ready(psutil.Process(process.pid), port):
            return port
        process.kill()
        process.wait()
        if service.usable_port(port) == port:
            return None  # nobody was faster to take it: something else
        wanted = 0
    return None


def working_in(folder: Path, program: str) -> Iterator[psutil.Process]:
    """Yield the processes of `program` whose folder is `folder`."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == program:
            found = service.find_process(process.pid, program, folder)
            if found is not None:
                yield found


def becomes_ready(
    process: psutil.Process, answers: Callable[[], bool], seconds: float
) -> bool:
    """Wait until a server answers; False if it ends before, or is late."""
    deadline = time.monotonic() + seconds
    while not service.has_ended(process, 0) and time.monotonic() < deadline:
        if answers():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def stop(
    process: psutil.Process,
    signals: Sequence[signal.Signals],
    seconds: float,
) -> None:
    """Send one signal after the other until the process has ended.

    Each has `seconds` to take effect.
    """
    for number in signals:
        process.send_signal(number)
        if service.has_ended(process, seconds):
            return
