"""`make retail`, on servers of the user's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from retail_runs import DAY, NEXT, customer, write_lines

import harness
from demo.retail.rows import Shop
from demo.retail.source import delivery
from meltano import ROOT, link_plugins, link_programs

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout that has been set up, without deliveries."""
    root = tmp_path / "project"
    root.mkdir()
    for folder in ("demo", "transform", "orchestrate"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "meltano.yml", root)
    for name in ("plugins", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    link_plugins(root)
    link_programs(root)
    return root


def retail(
    project: Path, warehouse: str, graph: str, day: str
) -> harness.Result:
    return subprocess.run(
        [sys.executable, "-m", "demo.retail", "--day", day],
        cwd=project,
        env=harness.environment({"COLUMNS": "150", "NO_COLOR": "1"})
        | {"WAREHOUSE_URL": warehouse, "NEO4J_URL": graph},
        capture_output=True,
        encoding="utf-8",
        timeout=400,
        check=False,
    )


def test_generated_days_follow_each_other(
    project: Path, warehouse_url: str, graph_url: str
) -> None:
    first = retail(project, warehouse_url, graph_url, DAY)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"as on {DAY}, every row." in first.stdout
    assert "price_is_an_amount" in first.stdout
    second = retail(project, warehouse_url, graph_url, NEXT)
    assert second.returncode == 0, second.stdout + second.stderr
    days = [date.fromisoformat(day) for day in (DAY, NEXT)]
    expected = sum(
        delivery(day, Shop(), days[0]).broken["transactions", rule]
        for day in days
        for rule in ("products_exist",)
    )
    query = (
        "SELECT sum(rows)::int FROM retail.rejections "
        "WHERE rule = 'products_exist'"
    )
    assert harness.sql(warehouse_url, query) == [(expected,)]


def test_nothing_is_made_up_beside_real_deliveries(
    project: Path, warehouse_url: str, graph_url: str
) -> None:
    retailed = project / "extract" / "retail"
    write_lines(retailed / f"date={DAY}/hour=0/customers.json", customer())
    refused = retail(project, warehouse_url, graph_url, NEXT)
    assert refused.returncode == 1
    assert "there is no such file" in refused.stderr
    assert [path.name for path in retailed.iterdir()] == [f"date={DAY}"]
