"""`daybook audit` of a graph that several sources were loaded into."""

from __future__ import annotations

from pathlib import Path

import neo4j_input as n
import pytest

from daybook.day import Day
from daybook.lake import partition
from daybook.neo4j.audit import audit

pytestmark = pytest.mark.long


def found(url: str, lake: Path, *sources: n.Source) -> dict[str, bool]:
    """Return what each part of the graph is, equal or not."""
    day = Day.parse(n.DAY, variable="DAY")
    days = [partition.read(lake, one.source, day) for one in sources]
    chosen = {(d.source, f.table.stream) for d in days for f in d.files}
    return {one.where: one.is_equal for one in audit(url, lake, days, chosen)}


def test_a_source_is_not_mapped_by_the_settings_of_another(
    lake: Path, graph_url: str
) -> None:
    customers = n.stream("customers", "id", [["1"]])
    shop = n.publish(lake, n.DAY, customers)
    other = n.publish(lake, n.DAY, customers, name="other")
    n.load(graph_url, shop, lake=lake)
    n.load(graph_url, other, lake=lake, labels={"customers": "Client"})
    assert found(graph_url, lake, shop, other) == {
        "(:Customer)": True,
        "(:Client)": True,
    }


def test_relationships_to_another_source_are_looked_up_there(
    lake: Path, graph_url: str
) -> None:
    customers = n.stream("customers", "id", [["1"]])
    key = n.refers("customer_id", "customers", source="shop")
    orders = n.stream(
        "orders", "id customer_id", [["1", "1"], ["2", "9"]], "id", key
    )
    shop = n.publish(lake, n.DAY, customers)
    other = n.publish(lake, n.DAY, orders, name="other")
    n.load(graph_url, shop, other, lake=lake)
    assert found(graph_url, lake, shop, other) == {
        "(:Customer)": True,
        "(:Order)": True,
        "(:Order)-[:HAS_CUSTOMER]->(:Customer)": True,
    }
