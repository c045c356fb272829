"""Airflow's processes and all that they start: none is left in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

MARKER = "DAYBOOK_AIRFLOW"
"""Every process started here has this variable, and all its children."""

STOP_SECONDS = 15
_POLL_SECONDS = 0.2


class Processes:
    """Programs that run side by side, each in a session of its own.

    Tasks leave the session of the scheduler that started them, and when
    it is killed they lose their parent too. What they keep is their
    environment: by the marker in it they are found, even by the next
    launcher if this one is killed.

    Attributes:
        folder: Where each program's log goes; also the marker's value.
    """

    def __init__(self, folder: Path) -> None:
        """Start nothing yet."""
        self.folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        """Return where all that the program `name` says is written."""
        return self.folder / f"{name}.log"

    def start(
        self, name: str, command: Sequence[str | Path], env: Mapping[str, str]
    ) -> None:
        """Start a program that is to go on; its log begins anew."""
        self._started[name] = self._begin(name, command, env)

    def run(
        self, name: str, command: Sequence[str | Path], env: Mapping[str, str]
    ) -> int:
        """Run a program to its end; return its exit code."""
        return self._begin(name, command, env).wait()

    def ended(self) -> tuple[str, int] | None:
        """Return a program that has ended, and its exit code, if any."""
        for name, process in self._started.items():
            if (code := process.poll()) is not None:
                return name, code
        return None

    def stop(self) -> int:
        """End everything; return how many processes there were.

        What has not ended 15 s after SIGTERM, or when the user presses
        Ctrl-C once more, is killed.
        """
        told: set[psutil.Process] = set()
        with suppress(KeyboardInterrupt):
            self._signal(signal.SIGTERM, told, STOP_SECONDS)
        self._signal(signal.SIGKILL, set(), STOP_SECONDS)
        self.ended()
        return len(told)

    def _begin(
        self, name: str, command: Sequence[str | Path], env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with self.log(name).open("wb") as log:
            return subprocess.Popen(
                command,
                env={
                    **env,
                    MARKER: str(self.folder),
                    # A process that renames itself would else overwrite
                    # its environment, and the marker in it.
                    "SPT_NOENV": "1",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _signal(
        self, number: signal.Signals, told: set[psutil.Process], seconds: int
    ) -> None:
        """Send a signal once to each, until none is left or time is up."""
        deadline = time.monotonic() + seconds
        while (members := self._members()) and time.monotonic() < deadline:
            for process in members - told:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            told |= members
            time.sleep(_POLL_SECONDS)

    def _members(self) -> set[psutil.Process]:
        own = os.getpid()
        children = psutil.Process(own).children(recursive=True)
        found = {one for one in children if _is_alive(one)}
        for process in psutil.process_iter():
            if process.pid != own and self._has_marker(process):
                found.add(process)
        return found

    def _has_marker(self, process: psutil.Process) -> bool:
        try:
            marker = process.environ().get(MARKER)
        except psutil.Error:  # somebody else's, or it has just ended
            return False
        return marker == str(self.folder) and _is_alive(process)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def tail(log: Path, lines: int = 25) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
