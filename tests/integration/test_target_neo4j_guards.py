"""What a load into Neo4j refuses to touch, and what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from neo4j_input import (
    DAY,
    LAST,
    NEXT,
    Source,
    Stream,
    as_if_loaded_first,
    drawn,
    graph_as_rows,
    labels,
    load,
    marker,
    publish,
    refers,
    stored,
    stream,
)

import harness
from daybook.errors import InputError, RefusedError

pytestmark = pytest.mark.long


def orders(*rows: tuple[str, str]) -> Stream:
    return stream("orders", "id note:text", rows)


def lines(*rows: tuple[str, str | None], source: str = "") -> Stream:
    key = refers("order_id", "orders", source=source)
    return stream("lines", "id order_id", rows, "id", key)


def test_an_older_day_changes_nothing_and_says_so(
    graph_url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(graph_url, publish(lake, NEXT, orders(("1", "new"))))
    before = stored(graph_url)
    load(graph_url, publish(lake, DAY, orders(("2", "old"))), lake=lake)
    assert stored(graph_url) == before
    assert f"holds the newer day {NEXT}" in caplog.text
    assert "TARGET_NEO4J_ALLOW_OLDER_DAY=true" in caplog.text


def test_a_graph_can_be_turned_back(graph_url: str, lake: Path) -> None:
    older = publish(lake, DAY, orders(("2", "old")), lines(("1", "2")))
    newer = publish(lake, NEXT, orders(("1", "new"), ("2", "x")), lines())
    load(graph_url, newer, lake=lake)
    load(graph_url, older, lake=lake, allow_older_day=True)
    found = graph_as_rows(graph_url)
    assert marker(graph_url)["day"] == DAY
    assert found == as_if_loaded_first(graph_url, older)


def test_a_running_day_counts_for_the_guard(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, NEXT, orders(("1", "new"))))
    harness.cypher(graph_url, "MATCH (m:DaybookLoad) SET m.state = 'running'")
    before = stored(graph_url)
    load(graph_url, publish(lake, DAY, orders(("2", "old"))), lake=lake)
    assert stored(graph_url) == before


def test_nodes_of_others_are_not_touched(graph_url: str, lake: Path) -> None:
    harness.cypher(graph_url, "CREATE (:Order {id: 7})")
    day = publish(lake, DAY, orders(("1", "x")))
    with pytest.raises(
        RefusedError, match=r":Order \(orders of shop\) has 1 node that"
    ) as caught:
        load(graph_url, day)
    assert "TARGET_NEO4J_ADOPT=true" in caught.value.instruction
    assert labels(graph_url) == {"Order": 1}


def test_adopt_takes_over_the_nodes_of_others(
    graph_url: str, lake: Path
) -> None:
    harness.cypher(
        graph_url,
        "CREATE (:Order {id: 7})-[:X]->(:Mine {id: 1}), (:Order {id: 2}),"
        " (:Order {note: 'no key'}), (:Order {id: '1'})",
    )
    day = publish(lake, DAY, orders(("1", "x"), ("7", "y")))
    load(graph_url, day, adopt=True)
    assert labels(graph_url) == {"Order": 2, "Mine": 1}
    assert drawn(graph_url) == ["Order 7 X Mine 1"]
    load(graph_url, publish(lake, NEXT, orders(("7", "z"))), lake=lake)
    assert labels(graph_url) == {"Order": 1, "Mine": 1}


def test_a_label_of_another_source_is_refused(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, orders(("1", "x"))))
    other = publish(lake, DAY, orders(("2", "y")), name="crm")
    with pytest.raises(RefusedError, match="is the label of the source shop"):
        load(graph_url, other)
    assert labels(graph_url) == {"Order": 1}


def test_a_label_adopted_from_another_source_has_one_owner(
    graph_url: str, lake: Path
) -> None:
    mine = publish(lake, DAY, orders(("1", "x")))
    load(graph_url, mine)
    load(
        graph_url,
        publish(lake, DAY, orders(("2", "y")), name="crm"),
        adopt=True,
    )
    again = publish(lake, NEXT, orders(("3", "z")), name="crm")
    load(graph_url, again, lake=lake)
    rows = harness.cypher(graph_url, "MATCH (o:Order) RETURN o.id AS id")
    assert rows == [{"id": 3}]
    with pytest.raises(RefusedError, match="is the label of the source crm"):
        load(graph_url, mine, recheck=True)


def test_relationships_of_others_keep_a_node_from_going(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, orders(("1", "x"), ("2", "y"))))
    harness.cypher(
        graph_url, "MATCH (o {id: 2}) CREATE (o)<-[:MINE]-(:Mine {id: 9})"
    )
    before = stored(graph_url)
    newer = publish(lake, NEXT, orders(("1", "x")))
    with pytest.raises(
        RefusedError, match=r"1 \[:MINE\] between :Order \('\[2\]'\) and :Mine"
    ) as caught:
        load(graph_url, newer, lake=lake)
    assert "TARGET_NEO4J_DETACH=true" in caught.value.instruction
    assert stored(graph_url) == before
    load(graph_url, newer, lake=lake, detach=True)
    assert labels(graph_url) == {"Order": 1, "Mine": 1}


def test_a_relationship_of_our_type_but_of_others_keeps_a_node_too(
    graph_url: str, lake: Path
) -> None:
    days = [orders(("1", "x"), ("2", "y")), lines(("5", "1"))]
    load(graph_url, publish(lake, DAY, *days))
    harness.cypher(
        graph_url,
        "MATCH (o {id: 2}) CREATE (o)<-[:HAS_ORDER]-(:Mine {id: 9})",
    )
    newer = publish(lake, NEXT, orders(("1", "x")), lines(("5", "1")))
    with pytest.raises(RefusedError, match=r"1 \[:HAS_ORDER\] between"):
        load(graph_url, newer, lake=lake)


def crm(lake: Path, day: str, *rows: tuple[str, str | None]) -> Source:
    return publish(lake, day, lines(*rows, source="shop"), name="crm")


def test_rows_that_refer_to_another_source_wait_for_it(
    graph_url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    child = crm(lake, DAY, ("5", "1"), ("6", "2"))
    load(graph_url, publish(lake, DAY, orders(("1", "x"))))
    load(graph_url, child)
    assert drawn(graph_url) == ["Line 5 HAS_ORDER Order 1"]
    assert "lines of crm: 1 row" in caplog.text
    before = stored(graph_url)
    load(graph_url, child, run="again")
    assert stored(graph_url) == before
    load(graph_url, publish(lake, NEXT, orders(("1", "x"), ("2", "y"))))
    load(graph_url, child)
    assert drawn(graph_url) == [
        "Line 5 HAS_ORDER Order 1",
        "Line 6 HAS_ORDER Order 2",
    ]


def test_a_parent_of_another_source_is_kept_by_its_children(
    graph_url: str, lake: Path
) -> None:
    parents = publish(lake, DAY, orders(("1", "x"), ("2", "y")))
    child = crm(lake, DAY, ("5", "1"), ("6", "2"))
    load(graph_url, parents, child)
    fewer = publish(lake, NEXT, orders(("1", "x")))
    with pytest.raises(RefusedError, match=r"1 \[:HAS_ORDER\] between"):
        load(graph_url, fewer, lake=lake)
    load(graph_url, fewer, lake=lake, detach=True)
    assert drawn(graph_url) == ["Line 5 HAS_ORDER Order 1"]
    load(graph_url, publish(lake, LAST, orders(("1", "x"), ("2", "y"))))
    load(graph_url, child)
    assert len(drawn(graph_url)) == 2


def test_sources_of_one_load_are_judged_apart(
    graph_url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(graph_url, publish(lake, NEXT, orders(("1", "x"))))
    older = publish(lake, DAY, orders(("9", "y")))
    load(graph_url, older, crm(lake, DAY, ("5", "1"), ("6", "9")))
    assert drawn(graph_url) == ["Line 5 HAS_ORDER Order 1"]
    assert labels(graph_url) == {"Order": 1, "Line": 2}
    assert f"holds the newer day {NEXT} of shop" in caplog.text


def test_a_truncated_file_changes_nothing(graph_url: str, lake: Path) -> None:
    load(graph_url, publish(lake, DAY, orders(("1", "x"))))
    before = stored(graph_url)
    newer = publish(lake, NEXT, orders(("1", "y"), ("2", "z")))
    path = newer.streams[0][1].path
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(InputError, match="was edited or is damaged"):
        load(graph_url, newer, lake=lake)
    assert stored(graph_url) == before


@pytest.mark.parametrize("day", [NEXT, LAST])
@pytest.mark.parametrize(
    "harm",
    [
        "MATCH (o:Order {id: 1}) DETACH DELETE o",
        "MATCH (:Line {id: 5})-[r]->() DELETE r",
    ],
)
def test_what_was_removed_by_hand_comes_back(
    graph_url: str, lake: Path, harm: str, day: str
) -> None:
    tables = [orders(("1", "x"), ("2", "y")), lines(("5", "1"), ("6", "2"))]
    load(graph_url, publish(lake, NEXT, *tables), lake=lake)
    before = graph_as_rows(graph_url)
    harness.cypher(graph_url, harm)  # type: ignore[arg-type]
    load(graph_url, publish(lake, day, *tables), lake=lake)
    assert graph_as_rows(graph_url) == before


@pytest.mark.parametrize(
    "harm",
    [
        "MATCH (o:Order {id: 1}) SET o.note = 'edited'",
        "MATCH (o:Order {id: 1}) SET o.note = 5",
        "MATCH (o:Order {id: 1}) SET o.id = 'one'",
        "MATCH (o:Order {id: 1}) REMOVE o.id",
        "MATCH (o:Order {id: 1}) SET o.id = 99",
        "MATCH (l:Line {id: 5}) SET l.order_id = 'x'",
        "MATCH (l {id: 5})-[r]->(), (o {id: 2})"
        " CREATE (l)-[:HAS_ORDER {_daybook_hash: 0}]->(o) DELETE r",
        "CREATE (:Order {id: 3})",
        "CREATE (:Order)",
    ],
)
def test_recheck_mends_what_was_edited(
    graph_url: str, lake: Path, harm: str
) -> None:
    tables = [orders(("1", "x"), ("2", "y")), lines(("5", "1"), ("6", "2"))]
    day = publish(lake, DAY, *tables)
    load(graph_url, day, lake=lake)
    before = graph_as_rows(graph_url)
    harness.cypher(graph_url, harm)  # type: ignore[arg-type]
    load(graph_url, day, lake=lake, recheck=True)
    assert graph_as_rows(graph_url) == before
