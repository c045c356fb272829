"""Runs the commands a user would type; Meltano's log goes to a file."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from daybook.errors import UnfinishedError

LABEL = "demo-"
"""What the demo made has a DAYBOOK_RUN_ID that begins so."""

_LAST_LINES = 25
_STEERING = ("MELTANO_", "TAP_", "TARGET_", "DAYBOOK_")


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in the project.

    Attributes:
        root: The project's root.
        exported: Variables that every command gets.
        log: The file that what Meltano says is added to.
    """

    root: Path
    exported: Mapping[str, str]
    log: Path

    def run(self, label: str, command: str) -> str:
        """Run `VARIABLE=value ... program ...`; return what it said.

        Raises:
            UnfinishedError: It failed; the end of its log is shown.
        """
        words = shlex.split(command)
        variables = dict(self.exported)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        with self.log.open("ab") as log:
            before = log.tell()
            log.write(f"\n$ {command}\n".encode())
            log.flush()
            code = subprocess.call(
                words,
                cwd=self.root,
                env=self._environment()
                | variables
                | {"DAYBOOK_RUN_ID": label},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        said = self._said(before)
        if code:
            raise self._failed(command, said)
        return said

    def _environment(self) -> dict[str, str]:
        """Return the user's environment without what steers plugins."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_STEERING)
        }
        programs = f"{self.root / '.venv' / 'bin'}{os.pathsep}"
        return kept | {
            "PATH": programs + os.environ.get("PATH", os.defpath),
            "MELTANO_RUN_FORCE": "1",
            "NO_COLOR": "1",
            "COLUMNS": "160",
        }

    def _said(self, start: int) -> str:
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def _failed(self, command: str, said: str) -> UnfinishedError:
        tail = "\n".join(said.splitlines()[-_LAST_LINES:])
        return UnfinishedError(
            f"{tail}\n\n`{command}` failed; above is the end of its log.",
            f"All of it is in {self.log}. `daybook doctor` looks for causes.",
        )
