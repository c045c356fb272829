"""Runs a DAG of the project in Airflow's own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import harness
from airflow_processes import free_port, program, settings
from meltano import ROOT

DAGS = ROOT / "orchestrate" / "airflow" / "dags"
_SCRIPTS = ROOT / "tests" / "airflow_scripts"


def empty_airflow(home: Path) -> dict[str, str]:
    """Return the settings of an Airflow with a database; nothing runs."""
    found = settings(home, free_port())
    subprocess.run(
        [program(), "db", "migrate"],
        env=harness.environment(found),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return found


def run_script(
    script: str, *words: str, variables: Mapping[str, str], dags: Path = DAGS
) -> harness.Result:
    """Run a script of `airflow_scripts`; `words` begin with a DAG's file."""
    return subprocess.run(
        [program("python"), str(_SCRIPTS / script), str(dags), *words],
        cwd=ROOT,
        env=harness.environment(variables),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def facts_of(
    name: str, variables: Mapping[str, str], dags: Path = DAGS
) -> dict[str, Any]:
    """Return what the DAG file `name` makes."""
    result = run_script("facts.py", name, variables=variables, dags=dags)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def run_days(
    name: str, variables: Mapping[str, str], *confs: Any
) -> tuple[list[dict[str, str]], str]:
    """Return the states of each run's tasks, and all that was logged."""
    result = run_script(
        "run_days.py", name, json.dumps(confs), variables=variables
    )
    said = result.stdout + result.stderr
    found = [
        json.loads(line.removeprefix("STATES "))[1]
        for line in result.stdout.splitlines()
        if line.startswith("STATES ")
    ]
    return found, said
