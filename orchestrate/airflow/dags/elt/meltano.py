"""Tasks that run Meltano and Daybook, and know when a retry may help."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

PROJECT = Path(__file__).parents[4]
"""The Meltano project that these DAGs belong to."""


class ProjectOperator(BashOperator):
    """Runs one command line in the project.

    The command text is fixed. What a run brings, its day above all, goes
    into the environment and nowhere else. Where Daybook says that a retry
    cannot help (its exit code 2, which `meltano run` makes a 1), the task
    fails for good.
    """

    def __init__(
        self,
        *,
        command: str,
        variables: Mapping[str, str],
        skip_absent: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take a command of a shell, and templates of its variables.

        With `skip_absent` the task is skipped if nothing was delivered
        that it could read.
        """
        self.skip_absent = skip_absent
        super().__init__(
            bash_command=f"exec {command}",
            env=dict(variables),
            append_env=True,
            cwd=str(PROJECT),
            **kwargs,
        )

    def execute(self, context: Context) -> None:
        """Run the command.

        Raises:
            AirflowFailException: It failed, and would again.
            AirflowException: It failed; a retry may help.
            AirflowSkipException: There is nothing for it to do yet.
        """
        with TemporaryDirectory(prefix="daybook-") as folder:
            said = Path(folder) / "failures.jsonl"
            self.env = _programs() | self.env | {"DAYBOOK_FAILURES": str(said)}
            try:
                super().execute(context)
            except AirflowException as error:
                if self.skip_absent:
                    _skip_if_absent(said, error)
                _give_up_if_hopeless(said, error)
                raise


def meltano_run(blocks: str) -> str:
    """Return the command for `meltano run`.

    Nothing is installed: two tasks that install one plugin at once would
    spoil it for each other. `make airflow` and the image have done it.
    """
    return f'"$MELTANO_BIN" run --no-install {blocks}'


def _programs() -> dict[str, str]:
    programs = PROJECT / ".venv" / "bin"
    default = str(programs / "meltano")
    return {
        "MELTANO_BIN": os.environ.get("MELTANO_BIN") or default,
        "DAYBOOK_BIN": str(programs / "daybook"),
        "PYTHON_BIN": str(programs / "python"),
        # Locks of Daybook's own do the work of Meltano's, which would
        # keep a day closed for five minutes after a crash.
        "MELTANO_RUN_FORCE": "1",
    }


def _skip_if_absent(said: Path, error: AirflowException) -> None:
    """Raise what skips a task if there was nothing to read."""
    for one in _failures(said):
        if one["kind"] == "absent":
            raise AirflowSkipException(one["reason"]) from error


def _give_up_if_hopeless(said: Path, error: AirflowException) -> None:
    """Raise an error without retries if a plugin said that none helps."""
    for one in _failures(said):
        if not one["retry"]:
            raise AirflowFailException(
                f"{one['program']}: {one['reason']} -> {one['instruction']}"
            ) from error


def _failures(said: Path) -> Iterator[dict[str, Any]]:
    """Yield what failed, if it could say so; a full disk may cut a line."""
    if said.exists():
        for line in said.read_text().splitlines():
            with suppress(json.JSONDecodeError):
                yield json.loads(line)
