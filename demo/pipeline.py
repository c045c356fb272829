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
from daybook.services import mariadb, neo4j, postgres
from demo import report
from demo.runs import Shell

ROOT = Path(__file__).parent.parent
_LOGS = ROOT / ".services" / "pipelines"
_SERVERS = {
    "WAREHOUSE_URL": postgres,
    "NEO4J_URL": neo4j,
    "MOVIELENS_URL": mariadb,
    "PEOPLE_URL": mariadb,
}
"""Where the URL of an embedded server goes."""

_SETTINGS = ("TAP_", "TARGET_")


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

    def start(self, *variables: str) -> None:
        """Start the embedded servers that these variables need."""
        needed: dict[str, None] = {}
        for variable in variables:
            if self.is_embedded(variable):
                needed[_SERVERS[variable].NAME] = None
            else:
                report.say(f"{variable}: a server of your own")
        if needed:
            self.run(f"daybook services up {' '.join(needed)}")

    def is_embedded(self, variable: str) -> bool:
        """Return whether a URL leads to an embedded server, or nowhere."""
        url = self.variables().get(variable)
        server = _SERVERS[variable].status(ROOT)
        return not url or (server is not None and url in server.urls.values())

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
        chosen = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(_SETTINGS)
        }
        return Shell(ROOT, chosen, log)
