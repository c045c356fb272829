"""Runs `make airflow`'s launcher as a terminal does, in a scratch folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

import harness
from airflow_processes import Rest, free_port, program, wait_for
from meltano import ROOT

DAG = "ELT_with_meltano"
RUNS = f"dags/{DAG}/dagRuns"
START_SECONDS = 200
STOP_SECONDS = 60
_OVER = {"success", "failed"}


class Launcher:
    """The launcher with a folder of its own, in the real project.

    Attributes:
        home: Airflow's folder.
        output: Where what the launcher prints goes.
        rest: Airflow's REST interface, once it runs.
    """

    def __init__(
        self, home: Path, database: str, variables: Mapping[str, str]
    ) -> None:
        """Start nothing yet.

        `database` is the URL of the one that Airflow keeps its runs in;
        `variables` are those of the user's shell.
        """
        program()  # skips where Airflow is not installed
        self.home = home
        self.output = home / "launcher.out"
        self.variables = {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database.replace(
                "://", "+psycopg://", 1
            ),
            "AIRFLOW_PASSWORDS_FILE": str(home / "passwords.json"),
            "AIRFLOW_PORT": str(free_port()),
            "MELTANO_RUN_FORCE": "1",
            **variables,
        }
        self._process: subprocess.Popen[str] | None = None
        self.rest = Rest(
            {
                "AIRFLOW__API__PORT": self.variables["AIRFLOW_PORT"],
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": (
                    self.variables["AIRFLOW_PASSWORDS_FILE"]
                ),
            }
        )

    def start(self) -> None:
        """Start Airflow; return when it says that it runs."""
        self.begin()
        wait_for(self._is_up, "running Airflow", seconds=START_SECONDS)
        self.rest.log_in()

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start the launcher, and wait for nothing."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.output.open("w") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestrate.airflow.local", *words],
                cwd=ROOT,
                env=harness.environment(self.variables),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                start_new_session=True,
            )
        return self._process

    @property
    def password(self) -> str:
        """The admin's password, which the launcher has made."""
        return (self.home / "password").read_text()

    @property
    def said(self) -> str:
        """What the launcher has printed."""
        return self.output.read_text()

    def press_ctrl_c(self) -> int:
        """Interrupt as a terminal does; return the exit code."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait for the launcher to end; return its exit code."""
        assert self._process
        return self._process.wait(STOP_SECONDS)

    def members(self) -> list[psutil.Process]:
        """Return all processes of this Airflow, orphans and tasks too."""
        return [p for p in psutil.process_iter() if self._is_ours(p)]

    def close(self) -> None:
        """Stop Airflow if it runs, and what a failed test has left."""
        if self._process and self._process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.press_ctrl_c()
        for process in self.members():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def trigger(self, conf: Mapping[str, Any]) -> str:
        """Start a run; return its id."""
        body = {"logical_date": None, "conf": conf}
        return str(self.rest.post(RUNS, body)["dag_run_id"])

    def finish(self, run: str, seconds: float = 240) -> str:
        """Wait for a run to end; return its state."""
        return wait_for(
            lambda: self._end_of(run), f"end of {run}", seconds=seconds
        )

    def run_day(self, day: str) -> str:
        """Run a day to its good end; return the run's id."""
        run = self.trigger({"date": day})
        assert self.finish(run) == "success", self.states(run)
        return run

    def states(self, run: str) -> dict[str, str]:
        """Return the state of each task of a run."""
        tasks = self.rest.get(f"{RUNS}/{run}/taskInstances")
        return {
            one["task_id"]: one["state"] for one in tasks["task_instances"]
        }

    def tries(self, run: str, task: str) -> int:
        """Return how many times a task of a run was tried."""
        found = self.rest.get(f"{RUNS}/{run}/taskInstances/{task}")
        return int(found["try_number"])

    def log(self, run: str, task: str, attempt: int = 1) -> str:
        """Return what a task has said, as the user interface shows it."""
        found = self.rest.get(
            f"{RUNS}/{run}/taskInstances/{task}/logs/{attempt}"
        )
        return "\n".join(str(line["event"]) for line in found["content"])

    def _is_up(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.said
        return "Ctrl-C stops it." in self.said

    def _end_of(self, run: str) -> str | None:
        state = str(self.rest.get(f"{RUNS}/{run}")["state"])
        return state if state in _OVER else None

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            home = process.environ().get("AIRFLOW_HOME")
            ended = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
        return home == str(self.home) and not ended


def wait_until_gone(launcher: Launcher, seconds: float = 5) -> list[str]:
    """Return the command lines of what still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while launcher.members() and time.monotonic() < deadline:
        time.sleep(0.2)
    return [" ".join(one.cmdline()) for one in launcher.members()]
