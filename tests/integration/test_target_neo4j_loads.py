"""What a load makes of a day, and of the day after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from neo4j_input import (
    DAY,
    LAST,
    NEXT,
    Source,
    Stream,
    Written,
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
from daybook.errors import InputError

pytestmark = pytest.mark.long

HOSTILE = "a`b\\u0060 \"'{}$🙂) DETACH DELETE (n) //"


def people(*rows: tuple[str | None, ...]) -> Stream:
    return stream(
        "people", "id name:text boss", rows, "id", refers("boss", "people")
    )


def films(*ids: str) -> Stream:
    return stream("films", "id title:text", [(one, f"f{one}") for one in ids])


def likes(*rows: tuple[str | None, ...]) -> Stream:
    return stream(
        "likes",
        "person film stars at:date",
        rows,
        "person film",
        refers("person", "people"),
        refers("film", "films"),
    )


def shop(
    folder: Path, day: str, people_: Stream, films_: Stream, likes_: Stream
) -> Source:
    return publish(folder, day, people_, films_, likes_)


@pytest.fixture
def first(lake: Path) -> Source:
    return shop(
        lake,
        DAY,
        people(("1", "Ann", None), ("2", None, "1"), ("3", "", "3")),
        films("1", "2"),
        likes(("1", "1", "5", "2024-01-02"), ("2", "1", None, None)),
    )


def test_rows_become_nodes_and_keys_become_relationships(
    graph_url: str, first: Source
) -> None:
    load(graph_url, first)
    assert labels(graph_url) == {"Person": 3, "Film": 2}
    assert drawn(graph_url) == [
        "Person 1 LIKES Film 1",
        "Person 2 HAS_BOSS Person 1",
        "Person 2 LIKES Film 1",
        "Person 3 HAS_BOSS Person 3",
    ]


def test_null_is_no_property_and_an_empty_text_is_one(
    graph_url: str, first: Source
) -> None:
    load(graph_url, first)
    rows = harness.cypher(
        graph_url, "MATCH (p:Person) RETURN properties(p) AS p ORDER BY p.id"
    )
    found = [sorted(row["p"].items())[1:] for row in rows]
    assert found == [
        [("id", 1), ("name", "Ann")],
        [("boss", 1), ("id", 2)],
        [("boss", 3), ("id", 3), ("name", "")],
    ]


def test_a_join_table_becomes_relationships_with_properties(
    graph_url: str, first: Source
) -> None:
    load(graph_url, first)
    rows = harness.cypher(
        graph_url,
        "MATCH (p)-[l:LIKES]->() RETURN p.id AS id, l.stars AS stars,"
        " toString(l.at) AS at, size(keys(l)) AS keys ORDER BY id",
    )
    assert [tuple(row.values()) for row in rows] == [
        (1, 5, "2024-01-02", 3),
        (2, None, None, 1),
    ]


def test_keys_become_constraints(graph_url: str, lake: Path) -> None:
    lines = stream(
        "lines", "id part:text size:real", [("1", "a", "2")], "id part"
    )
    load(graph_url, publish(lake, DAY, lines))
    rows = harness.cypher(
        graph_url,
        "SHOW CONSTRAINTS YIELD labelsOrTypes AS labels, properties, type",
    )
    assert {
        "labels": ["Line"],
        "properties": ["id", "part"],
        "type": "UNIQUENESS",
    } in rows


def test_composite_keys_and_two_keys_to_one_table(
    graph_url: str, lake: Path
) -> None:
    days = stream("days", "id part:text", [("1", "a"), ("1", "b")], "id part")
    trips = stream(
        "trips",
        "id from_id from_part:text to_id to_part:text",
        [("7", "1", "a", "1", "b"), ("8", "1", "b", "1", None)],
        "id",
        refers("from_id from_part", "days", "id part"),
        refers("to_part to_id", "days", "part id"),
    )
    load(graph_url, publish(lake, DAY, days, trips))
    rows = harness.cypher(
        graph_url,
        "MATCH (t:Trip)-[r]->(d:Day) RETURN t.id + type(r) + d.part AS text"
        " ORDER BY text",
    )
    assert [row["text"] for row in rows] == [
        "7FROM_FROMa",
        "7TO_TOb",
        "8FROM_FROMb",
    ]


def test_hostile_names_and_values_are_only_names_and_values(
    graph_url: str, lake: Path
) -> None:
    types = {HOSTILE: "text", "` x": "text", "\\u0060": "integer"}
    rows = [(HOSTILE, "$rows", "1"), ("'; //", HOSTILE, "2")]
    table = Stream(
        HOSTILE,
        {**types, "up": "text"},
        [(*row, HOSTILE) for row in rows],
        (HOSTILE, "\\u0060"),
    )
    join = Stream(
        "j`", {"k`": "text", "n": "integer"}, [(HOSTILE, "1")], ("k`",)
    )
    day = publish(lake, DAY, table, join)
    settings = {
        "labels": {HOSTILE: HOSTILE, "j`": "J`) DELETE n //"},
    }
    load(graph_url, day, **settings)
    found = harness.cypher(
        graph_url,
        "MATCH (n) WHERE n.source IS NULL RETURN labels(n) AS l, keys(n) AS k",
    )
    assert {row["l"][0] for row in found} == {HOSTILE, "J`) DELETE n //"}
    assert {*types, "up", "_daybook_hash"} in [set(row["k"]) for row in found]
    newer = [(HOSTILE, HOSTILE, "1", "$rows")]
    table = Stream(HOSTILE, table.types, newer, table.key)
    load(graph_url, publish(lake, NEXT, table, join), lake=lake, **settings)
    assert labels(graph_url) == {HOSTILE: 1, "J`) DELETE n //": 1}


def test_hostile_relationship_types_are_only_names(
    graph_url: str, lake: Path
) -> None:
    settings = {"relationships": {"people.boss": f"<{HOSTILE}"}}
    for day, boss in ((DAY, "1"), (NEXT, "2")):
        rows = [("1", "", None), ("2", "", boss)]
        load(graph_url, publish(lake, day, people(*rows)), **settings)
        assert drawn(graph_url) == [f"Person {boss} {HOSTILE} Person 2"]


def test_a_second_load_writes_nothing(
    graph_url: str, first: Source, caplog: pytest.LogCaptureFixture
) -> None:
    load(graph_url, first, run="one")
    before = stored(graph_url)
    caplog.set_level("INFO")
    load(graph_url, first, run="two")
    assert stored(graph_url) == before
    assert "unchanged" in caplog.text


def test_a_newer_day_of_the_same_content_moves_the_marker_only(
    graph_url: str, lake: Path, first: Source
) -> None:
    load(graph_url, first, lake=lake)
    before = stored(graph_url)
    same = publish(lake, NEXT, *(one for one, _ in first.streams))
    load(graph_url, same, lake=lake)
    assert marker(graph_url)["day"] == NEXT
    after = stored(graph_url)
    assert len(set(before) ^ set(after)) == 2


@pytest.mark.parametrize("by_lake", [True, False])
def test_only_what_differs_is_written(
    graph_url: str,
    lake: Path,
    first: Source,
    by_lake: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(graph_url, first)
    newer = shop(
        lake,
        NEXT,
        people(("1", "Bob", None), ("2", None, "1"), ("3", "", None)),
        films("1", "2"),
        likes(("1", "1", "4", "2024-01-02"), ("2", "1", None, None)),
    )
    written = Written(monkeypatch)
    load(graph_url, newer, lake=lake if by_lake else None)
    assert {k: v for k, v in written.counts.items() if v} == {
        "properties_set": 6,  # three values and three hashes
        "relationships_deleted": 1,
    }


@pytest.mark.parametrize("by_lake", [True, False])
def test_all_that_can_change_arrives(
    graph_url: str, lake: Path, first: Source, by_lake: bool
) -> None:
    load(graph_url, first)
    newer = shop(
        lake,
        NEXT,
        people(("1", None, "2"), ("2", "Bea", None), ("4", "Dan", "1")),
        films("2", "3"),
        likes(("1", "3", "1", None), ("4", "2", "5", "2024-01-02")),
    )
    load(graph_url, newer, lake=lake if by_lake else None)
    found = graph_as_rows(graph_url)
    assert drawn(graph_url) == [
        "Person 1 HAS_BOSS Person 2",
        "Person 1 LIKES Film 3",
        "Person 4 HAS_BOSS Person 1",
        "Person 4 LIKES Film 2",
    ]
    assert found == as_if_loaded_first(graph_url, newer)


@pytest.mark.parametrize("by_lake", [True, False])
def test_a_value_referred_to_that_moves_to_another_row_takes_keys_along(
    graph_url: str, lake: Path, by_lake: bool
) -> None:
    homes = stream(
        "homes", "id town:text", [("1", "x")], "id",
        refers("town", "towns", "name"),
    )  # fmt: skip

    def day(day: str, *names: str) -> Source:
        towns = [(str(at), name) for at, name in enumerate(names)]
        return publish(
            lake, day, stream("towns", "id name:text", towns), homes
        )

    load(graph_url, day(DAY, "x", "y"))
    load(graph_url, day(NEXT, "y", "x"), lake=lake if by_lake else None)
    assert drawn(graph_url) == ["Home 1 HAS_TOWN Town 1"]


def test_relationships_and_properties_of_others_survive(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, people(("1", "Ann", None))))
    harness.cypher(
        graph_url,
        "MATCH (p:Person) SET p.mine = 1 CREATE (p)-[:MINE]->(:Mine {id: 9})",
    )
    rows = [("1", "Bob", None), ("2", "Cy", "1")]
    load(graph_url, publish(lake, NEXT, people(*rows)))
    assert drawn(graph_url) == [
        "Person 1 MINE Mine 9",
        "Person 2 HAS_BOSS Person 1",
    ]
    (row,) = harness.cypher(
        graph_url, "MATCH (p {id: 1}) RETURN p.mine AS mine, p.name AS name"
    )
    assert row == {"mine": 1, "name": "Bob"}


def test_a_table_that_the_newer_day_lacks_stays_and_is_named(
    graph_url: str,
    lake: Path,
    first: Source,
    caplog: pytest.LogCaptureFixture,
) -> None:
    load(graph_url, first, lake=lake)
    load(graph_url, publish(lake, NEXT, films("2", "1")), lake=lake)
    assert labels(graph_url) == {"Person": 3, "Film": 2}
    assert "its nodes stay as they were: public-people" in caplog.text
    assert len(drawn(graph_url)) == 4
    again = publish(lake, LAST, *(one for one, _ in first.streams))
    load(graph_url, again, lake=lake)
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, again)


def test_rows_that_refer_to_nothing_fail_with_their_keys(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, people(("1", "Ann", None))))
    before = stored(graph_url)
    broken = publish(lake, NEXT, people(("2", "Bob", "77")))
    with pytest.raises(InputError, match=r"people of shop: 1 row.*'2, 77'"):
        load(graph_url, broken, lake=lake)
    assert stored(graph_url) == before


def test_rows_that_refer_to_nothing_can_be_skipped(
    graph_url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = publish(lake, DAY, people(("2", "Bob", "77"), ("3", "", "2")))
    load(graph_url, broken, skip_orphans=True)
    assert drawn(graph_url) == ["Person 3 HAS_BOSS Person 2"]
    assert "left out" in caplog.text
    before = stored(graph_url)
    load(graph_url, broken, skip_orphans=True, run="two")
    assert stored(graph_url) == before


def test_many_transactions_give_the_same_graph(
    graph_url: str, lake: Path, first: Source
) -> None:
    load(graph_url, first, transaction_rows=1)
    assert marker(graph_url)["state"] == "complete"
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, first)
