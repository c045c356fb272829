"""`make movielens`, on servers of the user's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from demo.movielens import source
from demo.movielens.rows import Site
from meltano import ROOT, link_plugins, link_programs

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
DAY, NEXT = "2024-12-20", "2024-12-21"
SCALE = 0.01


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout that has been set up."""
    root = tmp_path / "project"
    root.mkdir()
    for folder in ("demo", "transform"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "meltano.yml", root)
    for name in ("plugins", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    link_plugins(root)
    link_programs(root)
    return root


@pytest.fixture
def urls(
    mariadb_url: str, warehouse_url: str, graph_url: str
) -> dict[str, str]:
    """A small site, and empty targets."""
    source.fill(mariadb_url, Site(1, SCALE))
    return {
        source.VARIABLE: mariadb_url,
        "WAREHOUSE_URL": warehouse_url,
        "NEO4J_URL": graph_url,
    }


def movielens(
    project: Path, variables: dict[str, str], *words: str
) -> harness.Result:
    return subprocess.run(
        [sys.executable, "-m", "demo.movielens", "--day", *words],
        cwd=project,
        env=harness.environment({"COLUMNS": "150", "NO_COLOR": "1"})
        | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )


def ratings(urls: dict[str, str]) -> list[tuple[object, ...]]:
    query = (
        'SELECT "userId", "movieId", rating, timestamp FROM movielens.ratings'
    )
    return sorted(harness.sql(urls["WAREHOUSE_URL"], query))


def given(site: Site) -> list[tuple[object, ...]]:
    return sorted((u, m, float(r), at) for u, m, r, at in site.ratings())


def test_the_second_day_of_the_site_follows_the_first(
    project: Path, urls: dict[str, str]
) -> None:
    first = movielens(project, urls, DAY)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"All 14 as on {DAY}, every row." in first.stdout
    assert ratings(urls) == given(Site(1, SCALE))
    second = movielens(project, urls, NEXT, "--changed")
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"All 14 as on {NEXT}, every row." in second.stdout
    assert ratings(urls) == given(Site(2, SCALE))


def test_no_server_is_started_where_the_user_has_all(
    project: Path, urls: dict[str, str]
) -> None:
    harness.mysql(urls[source.VARIABLE], "ALTER TABLE ratings COMMENT 'mine'")
    result = movielens(project, urls, DAY, "--changed")
    assert "NEO4J_URL: a server of your own" in result.stdout
    assert [p.name for p in (project / ".services").iterdir()] == ["pipelines"]


def test_tables_that_were_not_generated_do_not_go_to_a_second_day(
    project: Path, urls: dict[str, str]
) -> None:
    url = urls[source.VARIABLE]
    harness.mysql(url, "ALTER TABLE ratings COMMENT 'mine'")
    result = movielens(project, urls, DAY, "--changed")
    assert result.returncode == 1
    assert "were not generated" in result.stderr
    rows = harness.mysql(url, "SELECT count(*) FROM ratings")
    assert rows == [(len(given(Site(1, SCALE))),)]


def test_a_plugins_setting_reaches_it_from_the_shell(
    project: Path, urls: dict[str, str]
) -> None:
    url = urls[source.VARIABLE]
    harness.mysql(url, "ALTER TABLE ratings ENGINE = MyISAM")
    refused = movielens(project, urls, DAY)
    assert refused.returncode == 1
    assert "lock_tables" in refused.stderr
    locked = movielens(project, urls | {"TAP_MYSQL_LOCK_TABLES": "true"}, DAY)
    assert locked.returncode == 0, locked.stdout + locked.stderr
    assert ratings(urls) == given(Site(1, SCALE))


def test_a_site_that_was_half_filled_is_filled_again(
    mariadb_url: str,
) -> None:
    source.fill(mariadb_url, Site(1, SCALE))
    assert not source.is_empty(mariadb_url)
    for statement in ("DELETE FROM ratings", "DROP TABLE movies"):
        harness.mysql(mariadb_url, statement)
    assert source.is_empty(mariadb_url)
    source.fill(mariadb_url, Site(1, SCALE))
    rows = harness.mysql(mariadb_url, "SELECT count(*) FROM ratings")
    assert rows == [(len(given(Site(1, SCALE))),)]
