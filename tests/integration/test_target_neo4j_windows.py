"""target-neo4j: a graph of tables that come part by part."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from increments import D1, D2, D3, SOURCE, extract_day, published
from neo4j_input import graph_as_rows, stored

from daybook.day import Day
from daybook.duck.audit_result import TableAudit
from daybook.errors import RefusedError
from daybook.lake import partition
from daybook.neo4j.audit import audit
from daybook.neo4j.load.load import load_all
from daybook.neo4j.load.plan import Options
from daybook.neo4j.load.whole import whole
from harness import cypher, pipe, sql

pytestmark = pytest.mark.long

_number = itertools.count()
CURSOR = {"ratings": ["at", "id"]}


@pytest.fixture
def url(source_url: str) -> str:
    """A source with an incremental table, and what it refers to."""
    sql(
        source_url,
        "CREATE TABLE movies (id int PRIMARY KEY, title text);"
        "CREATE TABLE ratings (id int PRIMARY KEY, at int NOT NULL,"
        " movie int REFERENCES movies);"
        "INSERT INTO movies VALUES (1, 'Ran'), (2, 'Ikiru')",
    )
    return source_url


def rate(url: str, id_: int, at: int, movie: int = 1) -> None:
    """Add a rating, or change it."""
    sql(
        url,
        "INSERT INTO ratings VALUES (%s, %s, %s) ON CONFLICT (id)"
        " DO UPDATE SET at = excluded.at, movie = excluded.movie",
        [id_, at, movie],
    )


def load(url: str, lake: Path, day: str) -> None:
    """Load a published day as tap-csv and target-neo4j do."""
    scratch = lake.parent / f"scratch{next(_number)}"
    scratch.mkdir()
    options = Options(lake=lake)
    streams = whole(published(lake, day), options, lambda s: scratch / s)
    load_all(url, streams, options)


def audited(url: str, lake: Path, day: str) -> list[TableAudit]:
    manifest = partition.read(lake, SOURCE, Day.parse(day))
    chosen = [(SOURCE, f.table.stream) for f in manifest.files]
    return list(audit(url, lake, [manifest], chosen))


def three_days(url: str, lake: Path) -> None:
    """Publish three days; on the last one the first rating moves."""
    rate(url, 1, 1)
    extract_day(url, lake, D1)
    rate(url, 2, 2)
    extract_day(url, lake, D2)
    rate(url, 1, 3, movie=2)
    extract_day(url, lake, D3)


def ties(url: str) -> list[tuple[int, int]]:
    found = cypher(
        url,
        "MATCH (r:Rating)-->(m:Movie) RETURN r.id AS r, m.id AS m ORDER BY r",
    )
    return [(row["r"], row["m"]) for row in found]


def test_days_are_laid_over_each_other(
    url: str, lake: Path, graph_url: str
) -> None:
    three_days(url, lake)
    load(graph_url, lake, D1)
    load(graph_url, lake, D2)
    assert ties(graph_url) == [(1, 1), (2, 1)]
    load(graph_url, lake, D3)
    assert ties(graph_url) == [(1, 2), (2, 1)]
    assert all(one.is_equal for one in audited(graph_url, lake, D3))
    before = stored(graph_url)
    load(graph_url, lake, D3)
    assert stored(graph_url) == before


def test_the_last_day_alone_gives_the_same_graph(
    url: str, lake: Path, graph_url: str
) -> None:
    """What an interrupted or missed load left out comes with the next."""
    three_days(url, lake)
    load(graph_url, lake, D3)
    assert ties(graph_url) == [(1, 2), (2, 1)]
    once = graph_as_rows(graph_url)
    load(graph_url, lake, D1)  # superseded
    assert graph_as_rows(graph_url) == once


def test_a_day_that_is_missing_is_said(
    url: str, lake: Path, graph_url: str
) -> None:
    three_days(url, lake)
    shutil.rmtree(lake / "source=postgres" / f"extracted_at={D2}")
    with pytest.raises(RefusedError, match="leads up to 2, 2"):
        load(graph_url, lake, D3)


def test_what_a_row_refers_to_may_be_gone_at_the_source(
    url: str, lake: Path, graph_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    rate(url, 1, 1, movie=2)
    extract_day(url, lake, D1)
    sql(url, "DELETE FROM ratings; DELETE FROM movies WHERE id = 2")
    rate(url, 2, 2)
    extract_day(url, lake, D2)
    load(graph_url, lake, D1)
    load(graph_url, lake, D2)
    assert ties(graph_url) == [(2, 1)]
    assert "1 row without both ends" in caplog.text
    assert all(one.is_equal for one in audited(graph_url, lake, D2))


def test_the_plugins_do_the_same(
    url: str, lake: Path, graph_url: str, tmp_path: Path
) -> None:
    three_days(url, lake)
    day = {"lake": str(lake), "sources": SOURCE, "day": D3}
    target = {"url": graph_url, "lake": str(lake), "spool": str(tmp_path)}
    _, loaded = pipe(
        "tap-csv", {**day, "handover": "files"}, "target-neo4j", target
    )
    assert loaded.returncode == 0, loaded.stderr
    assert ties(graph_url) == [(1, 2), (2, 1)]
    assert not list(tmp_path.glob(".staging/*"))


def test_the_audit_sees_what_was_changed_in_the_graph(
    url: str, lake: Path, graph_url: str
) -> None:
    three_days(url, lake)
    load(graph_url, lake, D3)
    cypher(graph_url, "MATCH (r:Rating {id: 1}) SET r.at = 99")
    cypher(graph_url, "MATCH (r:Rating {id: 2}) DETACH DELETE r")
    cypher(graph_url, "CREATE (r:Rating {id: 3})")
    (ratings,) = [
        one
        for one in audited(graph_url, lake, D3)
        if one.table == "public-ratings" and "->" not in one.where
    ]
    found = (ratings.missing, ratings.extra, ratings.different)
    assert found == (1, 1, 1)
    assert ratings.rows_lake == 2


def test_the_audit_says_what_the_lake_lacks(
    url: str, lake: Path, graph_url: str
) -> None:
    three_days(url, lake)
    load(graph_url, lake, D3)
    shutil.rmtree(lake / "source=postgres" / f"extracted_at={D1}")
    problems = [one.problem for one in audited(graph_url, lake, D3)]
    assert any("leads up to 1, 1" in problem for problem in problems)
