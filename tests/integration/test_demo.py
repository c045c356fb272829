"""`make demo` shows what it promises, and works again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from daybook.services import neo4j, postgres
from demo import graph, northwind
from meltano import link_plugins, link_programs

ROOT = Path(__file__).parents[2]
DEMO_SECONDS = 300
pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * DEMO_SECONDS)]
CSV_DAY = "output/source=csv/extracted_at=2024-12-20/datapackage.json"


def run_demo(project: Path, **variables: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=project,
        env=harness.environment(
            {"COLUMNS": "150", "NO_COLOR": "1"} | variables
        ),
        capture_output=True,
        encoding="utf-8",
        timeout=DEMO_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def warehouse_of(project: Path) -> str:
    found = postgres.status(project)
    assert found
    return found.urls["WAREHOUSE_URL"]


def graph_of(project: Path) -> str:
    found = neo4j.status(project)
    assert found
    return found.urls[neo4j.VARIABLE]


@pytest.fixture(scope="module")
def project(root: Path) -> Iterator[Path]:
    """A checkout without a lake or servers, which has been set up."""
    for folder in ("demo", "extract"):
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "meltano.yml", root)
    (root / "output").mkdir()
    for name in ("plugins", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    link_plugins(root)
    link_programs(root)
    yield root
    if neo4j.status(root):
        neo4j.delete(root)


@pytest.fixture(scope="module")
def said(project: Path) -> str:
    """What the first run prints."""
    return run_demo(project)


def test_the_second_day_arrives_in_the_warehouse(
    said: str, project: Path
) -> None:
    url = warehouse_of(project)
    for name, rows in northwind.tables(2).items():
        count = harness.sql(url, f"SELECT count(*) FROM {name}")
        assert count == [(len(rows),)], name
    shipped = "SELECT count(*) FROM orders WHERE shipped_date IS NULL"
    assert harness.sql(url, shipped) == [(24,)]


def test_the_second_day_arrives_in_the_graph(
    neo4j_programs: None, said: str, project: Path
) -> None:
    url = graph_of(project)
    tables = northwind.tables(2)
    for table, pattern in {
        "orders": "MATCH (:Customer)-[:PURCHASED]->(x:Order)",
        "order_details": "MATCH (:Order)-[x:ORDERS]->(:Product)",
        "territories": "MATCH (x:Territory)-[:IN_REGION]->(:Region)",
        "us_states": "MATCH (x:UsState)",
    }.items():
        found = harness.cypher(url, f"{pattern} RETURN count(x) AS rows")
        assert found == [{"rows": len(tables[table])}], pattern
    open_orders = "MATCH (o:Order) WHERE o.shipped_date IS NULL "
    found = harness.cypher(url, open_orders + "RETURN count(o) AS rows")
    assert found == [{"rows": 24}]


def test_it_shows_the_graph_of_the_first_day(
    neo4j_programs: None, said: str
) -> None:
    first = said.partition("Day 1")[2].partition("Day 2")[0]
    assert "(:Customer)-[:PURCHASED]->(:Order)        830" in first
    assert "(order 11077)-[:ORDERS {quantity: 26}]->" in first


def test_it_prints_what_the_second_day_changed(said: str) -> None:
    lines = [line.split() for line in said.splitlines()]
    assert ["orders", "842", "12", "9", "·"] in lines
    assert ["order_details", "2,183", "31", "3", "3"] in lines


def test_it_prints_what_the_second_day_changed_in_the_graph(
    neo4j_programs: None, said: str
) -> None:
    lines = [line.split() for line in said.splitlines()]
    assert ["(:Order)", "842", "12", "9", "·"] in lines
    orders = "(:Order)-[:ORDERS]->(:Product)"
    assert [orders, "2,183", "31", "3", "3"] in lines


def test_it_says_that_the_third_run_changed_nothing(said: str) -> None:
    third = said.partition("once more")[2].partition("Orders with")[0]
    assert "files: unchanged" in third
    assert "tables: unchanged, all 14" in third


def test_it_says_that_the_third_run_left_the_graph_alone(
    neo4j_programs: None, said: str
) -> None:
    unchanged = "unchanged, all 1,171 nodes and 4,972 relationships"
    assert f"graph: {unchanged}" in said


def test_the_audit_finds_every_row_in_both_targets(
    neo4j_programs: None, said: str, project: Path
) -> None:
    assert "as on 2024-12-21, every row." in said
    log = (project / ".services/demo/meltano.log").read_text()
    audit = log.partition("$ daybook audit")[2]
    rows = [line for line in audit.splitlines() if "public-" in line]
    targets = {line.split()[0] for line in rows}
    assert targets == {"warehouse", "graph"}
    assert all(line.rstrip().endswith("equal") for line in rows)


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
    services = project / ".services"
    postgres_state, neo4j_state = (
        json.loads(path.read_text()) if path.exists() else {}
        for path in (
            services / "postgres/state.json",
            services / "neo4j/state.json",
        )
    )
    secrets = [*postgres_state["passwords"].values()]
    secrets += [neo4j_state["password"]] if neo4j_state else []
    log = (services / "demo/meltano.log").read_text()
    for password in secrets:
        assert password not in said + log


def test_it_leaves_the_graph_of_others_alone(
    neo4j_programs: None, said: str, project: Path, tmp_path: Path
) -> None:
    url = graph_of(project)
    harness.cypher(url, "CREATE (:Customer {customer_id: 'mine'})")
    count = "MATCH (n) RETURN count(n) AS nodes"
    before = harness.cypher(url, count)
    with graph.fresh(project, tmp_path) as (own, what):
        assert own != url
        assert what == "a Neo4j of the demo's own, deleted when it ends"
        assert harness.cypher(own, count) == [{"nodes": 0}]
    assert neo4j.status(tmp_path) is None
    assert harness.cypher(url, count) == before


def test_it_empties_a_graph_that_only_the_demo_has_filled(
    neo4j_programs: None, said: str, project: Path, tmp_path: Path
) -> None:
    url = graph_of(project)
    harness.cypher(url, "MATCH (n {customer_id: 'mine'}) DELETE n")
    with graph.fresh(project, tmp_path) as (own, _):
        assert own == url
    count = "MATCH (n) RETURN count(n) AS nodes"
    assert harness.cypher(url, count) == [{"nodes": 0}]


@pytest.fixture(scope="module")
def offline(
    said: str, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """What a run prints without a network, where others have been."""
    manifest = json.loads((project / CSV_DAY).read_text())
    manifest["daybook"]["run"] = "somebody else's"
    (project / CSV_DAY).write_text(json.dumps(manifest))
    url = warehouse_of(project)
    harness.sql(url, "UPDATE daybook.loads SET run_id = 'mine'")
    return run_demo(
        project,
        XDG_CACHE_HOME=str(tmp_path_factory.mktemp("cache")),
        DAYBOOK_MAVEN_URL="http://127.0.0.1:9/maven2",
        NEO4J_URL="bolt://not-to-be-used:7687",
    )


def test_without_a_network_it_leaves_the_graph_out_and_says_why(
    offline: str,
) -> None:
    assert "NEO4J_URL: none, so the graph is left out." in offline
    assert "http://127.0.0.1:9/maven2" in offline
    assert "target-neo4j" not in offline


def test_without_a_network_it_shows_the_warehouse_all_the_same(
    offline: str,
) -> None:
    assert "tables: unchanged, all 14" in offline
    assert "$ daybook audit --day 2024-12-21 --target warehouse" in offline
    assert "All 14 as on 2024-12-21, every row." in offline


def test_it_leaves_the_days_and_loads_of_others_alone(
    offline: str, project: Path
) -> None:
    assert "LAKE_ROOT: .services/demo/lake" in offline
    assert "the database warehouse_demo" in offline
    manifest = json.loads((project / CSV_DAY).read_text())
    assert manifest["daybook"]["run"] == "somebody else's"
    mine = "SELECT DISTINCT run_id FROM daybook.loads"
    assert harness.sql(warehouse_of(project), mine) == [("mine",)]
