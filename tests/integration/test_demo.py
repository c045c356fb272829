"""`make demo` shows what it promises, and works again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from daybook.services import postgres
from demo import northwind

ROOT = Path(__file__).parents[2]


def run_demo(project: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=project,
        env=harness.environment({"COLUMNS": "150", "NO_COLOR": "1"}),
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def project(root: Path) -> Path:
    """A checkout without a lake or servers, which has been set up."""
    for folder in ("demo", "extract"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "meltano.yml", root)
    (root / "output").mkdir()
    for name in (".venv", ".meltano", "plugins", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    return root


@pytest.fixture(scope="module")
def said(project: Path) -> str:
    """What the first run prints."""
    return run_demo(project)


def test_the_second_day_arrives_in_the_warehouse(
    said: str, project: Path
) -> None:
    found = postgres.status(project)
    assert found
    url = found.urls["WAREHOUSE_URL"]
    for name, rows in northwind.tables(2).items():
        count = harness.sql(url, f"SELECT count(*) FROM {name}")
        assert count == [(len(rows),)], name
    shipped = "SELECT count(*) FROM orders WHERE shipped_date IS NULL"
    assert harness.sql(url, shipped) == [(24,)]


def test_it_prints_what_the_second_day_changed(said: str) -> None:
    lines = [line.split() for line in said.splitlines()]
    assert ["orders", "842", "12", "9", "·"] in lines
    assert ["order_details", "2,183", "31", "3", "3"] in lines


def test_it_says_that_the_third_run_changed_nothing(said: str) -> None:
    third = said.partition("once more")[2].partition("Orders with")[0]
    assert "files: unchanged" in third
    assert "tables: unchanged, all 14" in third


def test_the_evidence_is_written_as_csv_and_json(
    said: str, project: Path
) -> None:
    stem = project / "output" / "orders_with_details-2024-12-21"
    rows = json.loads(stem.with_suffix(".json").read_text())
    assert len(rows) == 2183
    lines = stem.with_suffix(".csv").read_text().splitlines()
    assert len(lines) == 2184
    assert f"output/{stem.name}.csv" in said


def test_it_prints_no_password(said: str, project: Path) -> None:
    state = (project / ".services/postgres/state.json").read_text()
    log = (project / ".services/demo/meltano.log").read_text()
    for password in json.loads(state)["passwords"].values():
        assert password not in said + log


def test_it_leaves_the_days_and_loads_of_others_alone(
    said: str, project: Path
) -> None:
    path = "output/source=csv/extracted_at=2024-12-20/datapackage.json"
    manifest = json.loads((project / path).read_text())
    manifest["daybook"]["run"] = "somebody else's"
    (project / path).write_text(json.dumps(manifest))
    found = postgres.status(project)
    assert found
    url = found.urls["WAREHOUSE_URL"]
    harness.sql(url, "UPDATE daybook.loads SET run_id = 'mine'")
    again = run_demo(project)
    assert "LAKE_ROOT: .services/demo/lake" in again
    assert "the database warehouse_demo" in again
    assert json.loads((project / path).read_text()) == manifest
    mine = "SELECT DISTINCT run_id FROM daybook.loads"
    assert harness.sql(url, mine) == [("mine",)]
