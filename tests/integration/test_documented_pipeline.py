"""docs/pipelines.md, followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import harness
from airflow_days import DAGS, empty_airflow, facts_of
from meltano import ROOT, link_plugins

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
TEXT = (ROOT / "docs" / "pipelines.md").read_text()
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.M | re.DOTALL)


def commands() -> list[str]:
    return [
        line
        for kind, body in FENCE.findall(TEXT)
        if not kind
        for line in body.splitlines()
    ]


def merge(into: Any, more: Any) -> None:
    """Add what the page says to what meltano.yml has, list by list."""
    for name, value in more.items():
        if name not in into:
            into[name] = value
        elif isinstance(value, dict):
            merge(into[name], value)
        elif isinstance(value, list):
            known = {one["name"]: one for one in into[name]}
            for one in value:
                if one["name"] in known:
                    merge(known[one["name"]], one)
                else:
                    into[name].append(one)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with what the page adds, plugins linked."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("extract", "transform", "orchestrate", "plugins"):
        shutil.copytree(ROOT / name, folder / name)
    link_plugins(folder)
    yaml = YAML(typ="safe")
    whole = yaml.load(ROOT / "meltano.yml")
    (added,) = [body for kind, body in FENCE.findall(TEXT) if kind == "yaml"][
        :1
    ]
    merge(whole, yaml.load(added))
    yaml.dump(whole, folder / "meltano.yml")
    for path, body in NAMED.findall(TEXT):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body)
    return folder


@pytest.fixture(scope="module")
def warehouse(server_url: str) -> Iterator[str]:
    url = harness.create_database(server_url, "weather")
    yield url
    harness.drop_database(server_url, url)


@pytest.fixture(scope="module")
def said(project: Path, warehouse: str) -> list[str]:
    """What each command of the page prints; all must succeed."""
    lines = []
    for command in commands():
        # The plugins are linked: they are not to be installed anew.
        line = command.replace("meltano run", "meltano run --no-install")
        result = subprocess.run(
            ["bash", "-c", line],
            cwd=project,
            env=harness.environment(
                {
                    "WAREHOUSE_URL": warehouse,
                    "MELTANO_RUN_FORCE": "1",
                    "NO_COLOR": "1",
                    "COLUMNS": "160",
                }
            ),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        lines.append(result.stdout)
    return lines


def test_the_day_can_be_asked(said: list[str]) -> None:
    assert "-7.0" in said[1]
    assert "11.5" in said[1]


def test_the_means_are_loaded_with_their_types(
    said: list[str], warehouse: str
) -> None:
    rows = "SELECT code, name, readings, celsius::text FROM weather.{}"
    found = harness.sql(warehouse, rows.format("daily_means"))
    assert sorted(found) == [
        ("ATH", "Αθήνα", 1, "11.5"),
        ("TRO", "Tromsø", 2, "-5.8"),
    ]


def test_the_audit_finds_every_row(said: list[str]) -> None:
    assert "All 3 as on 2024-12-20, every row." in said[-1]


def test_its_dag_runs_the_steps_in_order(
    said: list[str],
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    airflow = empty_airflow(tmp_path_factory.mktemp("airflow"))
    dags = project / DAGS.relative_to(ROOT)
    facts = facts_of("weather", airflow, dags)
    after = {name: task["after"] for name, task in facts["tasks"].items()}
    assert after == {
        "day": [],
        "extract.weather": ["day"],
        "transform.weather_means": ["extract.weather"],
        "load.postgres": ["transform.weather_means"],
        "audit": ["load.postgres"],
    }
