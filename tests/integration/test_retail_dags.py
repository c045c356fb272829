"""A shop's deliveries by their DAGs, from files to both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from retail_runs import (
    DAY,
    NEXT,
    Row,
    customer,
    product,
    sale,
    write_lines,
)

import harness
from airflow_days import empty_airflow, facts_of, run_days
from meltano import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DAGS = ("retail", "retail_hourly")
VALID = "SELECT transaction_id FROM retail.transactions ORDER BY 1"
REJECTED = "SELECT line FROM retail.transactions__rejected ORDER BY 1"
MADE = """
    MATCH (c:RetailCustomer)-[:MADE]->(t:RetailTransaction)
          -[:HAS_ITEM]->(i:RetailItem)-[:OF_PRODUCT]->(p:RetailProduct)
    RETURN c.id AS customer, t.transaction_id AS sale, i.quantity AS pieces,
           p.sku AS sku ORDER BY sale
"""


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lake = tmp_path_factory.mktemp("lake")
    airflow = empty_airflow(tmp_path_factory.mktemp("airflow"))
    return airflow | {"LAKE_ROOT": str(lake)}


@pytest.fixture
def urls(server_url: str, graph_url: str) -> Iterator[dict[str, str]]:
    warehouse = harness.create_database(server_url, "retail")
    # What is in this checkout's .env is no affair of this test.
    yield {
        "WAREHOUSE_URL": warehouse,
        "NEO4J_URL": graph_url,
        "PEOPLE_URL": "",
    }
    harness.drop_database(server_url, warehouse)


def lines_of(folder: Path, day: str) -> dict[str, str]:
    """Return the setting of tap-retail for deliveries in another folder."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    (extract,) = (e for e in project["environments"] if e["name"] == "extract")
    (tap,) = (
        plugin["config"]
        for plugin in extract["config"]["plugins"]["extractors"]
        if plugin["name"] == "tap-retail"
    )
    path = tap["lines"][0]["path"]
    assert path.startswith("extract/retail/date=$DATESTAMP/")
    path = path.replace("extract/retail", str(folder))
    lines = [tap["lines"][0] | {"path": path.replace("$DATESTAMP", day)}]
    return {"TAP_RETAIL_LINES": json.dumps(lines)}


@pytest.mark.parametrize("name", DAGS)
def test_it_is_paused_at_first(variables: dict[str, str], name: str) -> None:
    facts = facts_of(name, variables)
    assert facts["paused"] is True
    assert facts["did"] == []
    assert "less" in facts["doc"]


@pytest.mark.parametrize(
    ("name", "schedule", "loads_after"),
    [
        ("retail", "0 2 * * *", ["erase"]),
        ("retail_hourly", "10 * * * *", ["extract.retail"]),
    ],
)
def test_the_steps_follow_each_other(
    variables: dict[str, str],
    name: str,
    schedule: str,
    loads_after: list[str],
) -> None:
    facts = facts_of(name, variables)
    after = {name: task["after"] for name, task in facts["tasks"].items()}
    assert after.pop("erase", ["extract.retail"]) == ["extract.retail"]
    assert after == {
        "day": [],
        "extract.retail": ["day"],
        "load.neo4j": loads_after,
        "load.postgres": loads_after,
        "audit": ["load.neo4j", "load.postgres"],
    }
    assert schedule in facts["schedule"]


def test_a_day_grows_hour_by_hour(
    variables: dict[str, str], urls: dict[str, str], tmp_path: Path
) -> None:
    shell = variables | urls

    def deliver(day: str, hour: str, dataset: str, *rows: Row) -> None:
        folder = tmp_path / f"date={day}" / f"hour={hour}"
        write_lines(folder / f"{dataset}.json.gz", *rows)

    def run(day: str) -> None:
        where = lines_of(tmp_path, day)
        (states,), said = run_days(
            "retail_hourly", shell | where, {"date": day}
        )
        assert set(states.values()) == {"success"}, said

    def ask(sql: Any) -> list[Any]:
        found = harness.sql(urls["WAREHOUSE_URL"], sql)
        return [row[0] for row in found]

    (states,), _ = run_days(
        "retail_hourly", shell | lines_of(tmp_path, DAY), {"date": DAY}
    )
    assert states.pop("day") == "success"
    assert set(states.values()) == {"skipped"}
    deliver(DAY, "00", "products", product(price="1.00"))
    deliver(DAY, "1", "transactions", sale("t1"), sale("t2", customer_id="8"))
    run(DAY)
    assert (ask(VALID), ask(REJECTED)) == ([], [1, 2])
    deliver(DAY, "2", "customers", customer())
    run(DAY)
    assert (ask(VALID), ask(REJECTED)) == (["t1"], [2])
    deliver(NEXT, "00", "customers", customer("8"))
    deliver(NEXT, "00", "products", product(price="2.00"))
    run(NEXT)
    assert (ask(VALID), ask(REJECTED)) == (["t1", "t2"], [])
    prices = "SELECT price::text FROM retail.product_history ORDER BY version"
    assert ask(prices) == ["1.00", "2.00"]
    assert harness.cypher(urls["NEO4J_URL"], MADE) == [
        {"customer": "007", "sale": "t1", "pieces": 2, "sku": 1},
        {"customer": "8", "sale": "t2", "pieces": 2, "sku": 1},
    ]
