"""`daybook audit` of a real Neo4j, loaded by target-neo4j."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, LiteralString

import pytest

import harness
from daybook.personal import Personal
from daybook.table import Column, ForeignKey
from days import Row, publish_day, table

pytestmark = pytest.mark.long

DAY, NEXT = "2024-12-20", "2024-12-21"
CUSTOMERS = table("customers", [("id", "integer"), ("name", "text")], ["id"])
ORDERS = dataclasses.replace(
    table("orders", [("id", "integer"), ("customer_id", "integer")], ["id"]),
    foreign_keys=(
        ForeignKey("", ("customer_id",), "public", "customers", ("id",)),
    ),
)
NAMES: list[Row] = [["1", "a"], ["2", None], ["10", ""]]
BOUGHT: list[Row] = [["1", "1"], ["2", "1"], ["3", "2"], ["4", None]]
MOVE = """
    MATCH (o:Order {id: 2})-[r]-(:Customer), (c:Customer {id: 10})
    CREATE (o)-[s:HAS_CUSTOMER]->(c) SET s = properties(r) DELETE r
"""


@pytest.fixture
def project(tmp_path: Path, graph_url: str) -> Path:
    """Two tables, published and loaded into the graph."""
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    publish_day(lake, "csv", DAY, [(CUSTOMERS, NAMES), (ORDERS, BOUGHT)])
    tap = {"lake": str(lake), "sources": "csv", "day": DAY}
    target = {"url": graph_url, "lake": str(lake)}
    files = {"handover": "files"}
    for end in harness.pipe("tap-csv", tap | files, "target-neo4j", target):
        assert end.returncode == 0, end.stderr
    return tmp_path


def audit(
    project: Path, url: str, day: str = DAY
) -> dict[str, dict[str, Any]]:
    """Return what is found, by label or relationship."""
    result = harness.run_daybook(
        "audit", "--day", day, "--json", cwd=project, env={"NEO4J_URL": url}
    )
    found = json.loads(result.stdout)
    assert result.returncode == (0 if found["equal"] else 1)
    assert found["targets"] == ["graph"]
    return {one["where"]: one for one in found["tables"]}


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["missing"], found["extra"], found["different"]


def wrong(project: Path, url: str) -> dict[str, tuple[int, int, int]]:
    return {
        where: counts(one)
        for where, one in audit(project, url).items()
        if not one["equal"]
    }


def test_a_loaded_day_is_equal(project: Path, graph_url: str) -> None:
    found = audit(project, graph_url)
    assert {where: one["rows"] for where, one in found.items()} == {
        "(:Customer)": {"lake": 3, "target": 3},
        "(:Order)": {"lake": 4, "target": 4},
        "(:Order)-[:HAS_CUSTOMER]->(:Customer)": {"lake": 3, "target": 3},
    }
    assert all(one["equal"] for one in found.values())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("SET c.name = 'b'", (0, 0, 1)),
        ("REMOVE c.name", (0, 0, 1)),
        ("SET c.id = 3", (1, 1, 0)),
        ("CREATE (:Customer {id: 3})", (0, 1, 0)),
    ],
)
def test_one_change_of_a_node_is_found(
    project: Path,
    graph_url: str,
    change: LiteralString,
    expected: tuple[int, int, int],
) -> None:
    harness.cypher(graph_url, "MATCH (c:Customer {id: 10}) " + change)
    assert wrong(project, graph_url) == {"(:Customer)": expected}


def test_values_of_personal_columns_are_not_shown(
    tmp_path: Path, graph_url: str
) -> None:
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    mail = Column("name", "text", personal=Personal("email"))
    people = dataclasses.replace(
        CUSTOMERS, columns=(CUSTOMERS.columns[0], mail)
    )
    publish_day(lake, "csv", DAY, [(people, [["1", "a@b.c"]])])
    tap = {"lake": str(lake), "sources": "csv", "day": DAY}
    target = {"url": graph_url, "lake": str(lake)}
    files = {"handover": "files"}
    for end in harness.pipe("tap-csv", tap | files, "target-neo4j", target):
        assert end.returncode == 0, end.stderr
    harness.cypher(graph_url, "MATCH (c:Customer) SET c.name = 'x@y.z'")
    (one,) = audit(tmp_path, graph_url)["(:Customer)"]["differing"]
    assert one["key"] == {"id": "1"}
    assert one["columns"]["name"] == {"lake": "***", "target": "***"}


def test_a_missing_node_is_found(project: Path, graph_url: str) -> None:
    harness.cypher(graph_url, "MATCH (c:Customer {id: 10}) DELETE c")
    found = audit(project, graph_url)["(:Customer)"]
    assert counts(found) == (1, 0, 0)
    assert found["missing_keys"] == [{"id": "10"}]


def test_a_moved_relationship_is_found(project: Path, graph_url: str) -> None:
    harness.cypher(graph_url, MOVE)
    ((where, found),) = wrong(project, graph_url).items()
    assert where == "(:Order)-[:HAS_CUSTOMER]->(:Customer)"
    assert found in {(0, 0, 1), (1, 1, 0)}


def test_a_relationship_that_is_there_twice_is_found(
    project: Path, graph_url: str
) -> None:
    harness.cypher(
        graph_url,
        "MATCH (o:Order {id: 1})-[r]->(c) CREATE (o)-[:HAS_CUSTOMER]->(c)",
    )
    assert list(wrong(project, graph_url).values()) == [(0, 1, 0)]


def test_a_day_that_was_not_loaded_is_a_difference(
    project: Path, graph_url: str
) -> None:
    lake = project / "output"
    publish_day(lake, "csv", NEXT, [(CUSTOMERS, NAMES[:1])])
    (found,) = audit(project, graph_url, NEXT).values()
    assert not found["equal"]
    assert DAY in found["problem"]


def test_both_targets_are_audited(
    project: Path, graph_url: str, warehouse_url: str
) -> None:
    env = {"NEO4J_URL": graph_url, "WAREHOUSE_URL": warehouse_url}
    result = harness.run_daybook("audit", "--day", DAY, cwd=project, env=env)
    assert result.returncode == 1
    assert "not loaded" in result.stdout
    assert "tap-csv target-postgres" in result.stderr
    assert "tap-csv target-neo4j" not in result.stderr
