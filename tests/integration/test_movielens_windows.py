"""Film ratings part by part: from MySQL through models to the warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import harness
from daybook.day import Day
from daybook.lake import partition
from demo.movielens import source
from demo.movielens.rows import Site
from meltano import ROOT, Meltano

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
D1, D2 = "2024-12-20", "2024-12-21"
SITE = Site(1, 0.01)
LATER = 2_000_000_000


@pytest.fixture
def url(mariadb_url: str) -> Iterator[str]:
    """A small site."""
    source.fill(mariadb_url, SITE)
    yield mariadb_url


@pytest.fixture
def shell(url: str, lake: Path, warehouse_url: str) -> Meltano:
    return Meltano(
        {
            "LAKE_ROOT": str(lake),
            "MOVIELENS_URL": url,
            "WAREHOUSE_URL": warehouse_url,
            "TAP_MYSQL_INCREMENTAL": "ratings=timestamp+userId+movieId",
        }
    )


def done(result: harness.Result) -> None:
    assert result.returncode == 0, result.stderr


def extract(shell: Meltano, day: str) -> None:
    variables = {"SOURCE": "movielens", "DATESTAMP": day}
    done(shell.extract("extract_movielens", **variables))


def load(shell: Meltano, name: str, day: str) -> None:
    variables = {"TAP_CSV_SOURCES": name, "SCHEMA": name}
    done(shell.load(day=day, **variables))


def rate(
    url: str, user: int, movie: int, at: int, rating: str = "5.0"
) -> None:
    harness.mysql(
        url, f"REPLACE INTO ratings VALUES ({user}, {movie}, {rating}, {at})"
    )


def ratings(url: str) -> list[tuple[Any, ...]]:
    query = "SELECT userId, movieId, rating, timestamp FROM ratings"
    found = harness.mysql(url, query)
    return sorted((u, m, float(r), at) for u, m, r, at in found)


def loaded(url: str, schema: str) -> list[tuple[Any, ...]]:
    found = harness.sql(
        url,
        'SELECT "userId", "movieId", rating::float8, timestamp'
        f" FROM {schema}.ratings",
    )
    return sorted(found)


def at_source(shell: Meltano, day: str) -> dict[str, Any]:
    result = harness.run_daybook(
        "audit",
        "--day",
        day,
        "--source",
        "movielens",
        "--at-source",
        "--json",
        cwd=ROOT,
        env=shell.variables,
    )
    assert result.stdout, result.stderr
    (found,) = json.loads(result.stdout)["tables"]
    return dict(found)


def test_ratings_come_part_by_part_and_models_see_all_of_them(
    url: str, shell: Meltano, lake: Path, warehouse_url: str
) -> None:
    extract(shell, D1)
    rate(url, 1, 1, LATER)
    extract(shell, D2)
    manifest = partition.read(lake, "movielens", Day.parse(D2))
    rows = {file.table.name: file.rows for file in manifest.files}
    assert rows == {"movies": len(list(SITE.movies())), "ratings": 1}
    for day in (D1, D2):
        load(shell, "movielens", day)
    assert loaded(warehouse_url, "movielens") == ratings(url)
    done(
        shell.run(
            "transform_movielens",
            MELTANO_ENVIRONMENT="transform",
            SOURCE="movielens_graph",
            DATESTAMP=D2,
        )
    )
    load(shell, "movielens_graph", D2)
    assert loaded(warehouse_url, "movielens_graph") == ratings(url)


def test_the_audit_finds_what_the_cursor_did_not_see(
    url: str, shell: Meltano
) -> None:
    extract(shell, D1)
    assert at_source(shell, D1)["equal"]
    changed, removed, moved, *_ = SITE.ratings()
    rate(url, *changed[:2], changed[3], "0.5")
    user, movie, *_ = removed
    harness.mysql(
        url,
        f"DELETE FROM ratings WHERE userId = {user} AND movieId = {movie}",
    )
    rate(url, 9999, 1, 1)  # late
    rate(url, *moved[:2], LATER)  # comes with the next day
    found = at_source(shell, D1)
    counts = [found[k] for k in ("missing", "extra", "different", "kept")]
    assert counts == [1, 1, 1, 1]
    assert found["extra_keys"] == [{"userId": "9999", "movieId": "1"}]
