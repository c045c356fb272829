"""Values that relationships are found by, and that go to other nodes."""

from __future__ import annotations

from pathlib import Path

import neo4j_input as n
import pytest

pytestmark = pytest.mark.long

ITEM = "id code:text"
BEFORE: n.Rows = [["1", "x"], ["2", "y"]]
AFTER: n.Rows = [["1", "y"], ["2", "x"]]
SWAPPED = ["Use 7 HAS_ITEM Item 2", "Use 8 HAS_ITEM Item 1"]


@pytest.fixture
def uses(lake: Path) -> n.Source:
    """Rows of one source that refer to another's by `code`."""
    key = n.refers("item_code", "items", "code", source="shop")
    rows: n.Rows = [["7", "x"], ["8", "y"]]
    table = n.stream("uses", "id item_code:text", rows, "id", key)
    return n.publish(lake, n.DAY, table, name="other")


def items(lake: Path, day: str, rows: n.Rows) -> n.Source:
    return n.publish(lake, day, n.stream("items", ITEM, rows))


def test_another_source_is_to_be_loaded_again(
    lake: Path,
    graph_url: str,
    uses: n.Source,
    caplog: pytest.LogCaptureFixture,
) -> None:
    n.load(graph_url, items(lake, n.DAY, BEFORE), lake=lake)
    n.load(graph_url, uses, lake=lake)
    before = n.marker(graph_url, "other")
    n.load(graph_url, items(lake, n.NEXT, AFTER), lake=lake)
    assert "until other is loaded again" in caplog.text
    after = n.marker(graph_url, "other")
    assert (after["day"], after["state"]) == (before["day"], before["state"])
    n.load(graph_url, uses, lake=lake)
    assert n.drawn(graph_url) == SWAPPED


def test_nothing_is_asked_for_where_other_values_change(
    lake: Path,
    graph_url: str,
    uses: n.Source,
    caplog: pytest.LogCaptureFixture,
) -> None:
    columns = f"{ITEM} name:text"
    first = n.stream("items", columns, [["1", "x", "a"], ["2", "y", "b"]])
    second = n.stream("items", columns, [["1", "x", "b"], ["2", "y", "a"]])
    n.load(graph_url, n.publish(lake, n.DAY, first), lake=lake)
    n.load(graph_url, uses, lake=lake)
    before = n.marker(graph_url, "other")
    n.load(graph_url, n.publish(lake, n.NEXT, second), lake=lake)
    assert n.marker(graph_url, "other") == before
    assert "loaded again" not in caplog.text


def test_a_table_of_the_same_source_that_is_left_out_follows_later(
    lake: Path, graph_url: str
) -> None:
    key = n.refers("item_code", "items", "code")
    uses = n.stream(
        "uses", "id item_code:text", [["7", "x"], ["8", "y"]], "id", key
    )
    first = n.stream("items", ITEM, BEFORE)
    second = n.stream("items", ITEM, AFTER)
    n.load(graph_url, n.publish(lake, n.DAY, first, uses), lake=lake)
    n.load(graph_url, n.publish(lake, n.NEXT, second), lake=lake)
    n.load(graph_url, n.publish(lake, n.LAST, second, uses), lake=lake)
    assert n.drawn(graph_url) == SWAPPED


@pytest.mark.parametrize("rows", [50_000, 1])
def test_it_follows_both_in_one_transaction_and_in_many(
    lake: Path, graph_url: str, uses: n.Source, rows: int
) -> None:
    n.load(graph_url, items(lake, n.DAY, BEFORE), lake=lake)
    n.load(graph_url, uses, lake=lake)
    moved = items(lake, n.NEXT, AFTER)
    n.load(graph_url, moved, lake=lake, transaction_rows=rows)
    n.load(graph_url, uses, lake=lake)
    assert n.drawn(graph_url) == SWAPPED
