"""Runs a pipeline's day through the commands that its users type."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import typer

from daybook.cli import project
from daybook.errors import DaybookError
from demo import report
from demo.runs import Shell

ROOT = Path(__file__).parent.parent
_LOGS = ROOT / ".services" / "pipelines"


def main(run: Callable[..., None]) -> None:
    """Run a command line; a user's mistake ends with exit code 1."""
    try:
        typer.run(run)
    except DaybookError as error:
        print(f"\n{error.reason}\n-> {error.instruction}", file=sys.stderr)
        sys.exit(1)


class Pipeline:
    """One pipeline of this project; its logs are in `.services`."""

    def __init__(self, name: str) -> None:
        """Begin a new log."""
        self._log = _LOGS / f"{name}.log"
        _LOGS.mkdir(parents=True, exist_ok=True)
        for old in _LOGS.glob(f"{name}*.log"):
            old.unlink()
        self._label = os.environ.get("DAYBOOK_RUN_ID", "")

    def start(self, *servers: str) -> None:
        """Start embedded servers, as `daybook services up` does."""
        self.run(f"daybook services up {' '.join(servers)}")

    def run(self, command: str) -> str:
        """Run a command; return what it said.

        Raises:
            UnfinishedError: It failed; the end of its log is shown.
        """
        with report.running(command):
            return self._shell(self._log).run(self._label, command)

    def together(self, commands: Sequence[str]) -> None:
        """Run several commands side by side; all end before this returns.

        Raises:
            UnfinishedError: At least one failed; the first is shown.
        """
        for command in commands:
            report.console.print(f"[cyan]$ {command} &[/]", soft_wrap=True)
        with report.running("wait"), ThreadPoolExecutor() as pool:
            shells = [
                self._shell(self._log.with_stem(f"{self._log.stem}-{number}"))
                for number in range(len(commands))
            ]
            jobs = [
                pool.submit(shell.run, self._label, command)
                for shell, command in zip(shells, commands, strict=True)
            ]
        for job in jobs:
            job.result()

    def variables(self) -> dict[str, str]:
        """Return the environment with `.env` below it."""
        return dict(project.find(ROOT).env)

    def _shell(self, log: Path) -> Shell:
        return Shell(ROOT, {}, log)
