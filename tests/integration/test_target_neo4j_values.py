"""Values at the edge of what Neo4j can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from neo4j_input import (
    DAY,
    NEXT,
    Stream,
    Written,
    as_if_loaded_first,
    graph_as_rows,
    labels,
    load,
    publish,
    refers,
    stored,
    stream,
)

import harness
from daybook.errors import InputError


def value(url: str, name: str = "v") -> Any:
    """Return a property of the only thing there is."""
    (row,) = harness.cypher(url, "MATCH (t:Thing) RETURN properties(t) AS p")
    return row["p"].get(name)


@pytest.mark.parametrize(
    ("sql_type", "text"),
    [
        ("date", "infinity"),
        ("time_without_time_zone", "24:00:00"),
        ("timestamp_with_time_zone", "-infinity"),
        ("integer", "99999999999999999999"),
    ],
)
def test_a_value_that_its_type_cannot_hold_fails_with_its_key(
    graph_url: str, lake: Path, sql_type: str, text: str
) -> None:
    table = stream("things", f"id v:{sql_type}", [("1", None), ("2", text)])
    day = publish(lake, DAY, table)
    with pytest.raises(InputError, match=rf"id='2'.*'v' holds '{text}'"):
        load(graph_url, day)
    assert labels(graph_url) == {}
    load(graph_url, day, unrepresentable="string", text_for_others=True)
    found = harness.cypher(graph_url, "MATCH (t {id: 2}) RETURN t.v AS v")
    assert found == [{"v": text}]


def test_a_column_is_text_only_while_a_value_needs_it(
    graph_url: str, lake: Path
) -> None:
    settings = {"unrepresentable": "string", "text_for_others": True}
    for day, text in ((DAY, "infinity"), (NEXT, "2024-12-20")):
        rows = [("1", "2024-01-01"), ("2", text)]
        made = publish(lake, day, stream("things", "id v:date", rows))
        load(graph_url, made, lake=lake, **settings)
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, made, **settings)
    types = harness.cypher(graph_url, "MATCH (t:Thing) RETURN valueType(t.v)")
    assert {next(iter(row.values())) for row in types} == {"DATE NOT NULL"}


def test_an_array_with_a_null_makes_the_column_json(
    graph_url: str, lake: Path
) -> None:
    days = (DAY, "{1,2}", [1, 2]), (NEXT, "{1,NULL}", "[1,null]")
    for day, text, expected in days:
        table = stream("things", "id v:integer[]", [("1", text)])
        load(graph_url, publish(lake, day, table), lake=lake)
        assert value(graph_url) == expected


def test_a_value_of_20_mb_arrives(graph_url: str, lake: Path) -> None:
    text = "xü\n" * 5_000_000
    table = stream("things", "id v:text", [("1", text)])
    load(graph_url, publish(lake, DAY, table))
    (row,) = harness.cypher(graph_url, "MATCH (t:Thing) RETURN size(t.v) AS n")
    assert row == {"n": len(text)}


def test_a_key_that_is_too_long_is_refused_with_its_table(
    graph_url: str, lake: Path
) -> None:
    table = stream("things", "id:text", [("short",), ("k" * 9_000,)])
    with pytest.raises(InputError, match=r"things: the key .*8,160 bytes"):
        load(graph_url, publish(lake, DAY, table))
    assert labels(graph_url) == {}


def test_a_reference_to_a_value_that_no_index_takes_is_refused(
    graph_url: str, lake: Path
) -> None:
    codes = stream("codes", "id v:text", [("1", "k" * 9_000)])
    uses = stream(
        "uses", "id v:text", [("1", "k" * 9_000)], "id",
        refers("v", "codes", "v"),
    )  # fmt: skip
    with pytest.raises(InputError, match="too long for an index"):
        load(graph_url, publish(lake, DAY, codes, uses))
    assert labels(graph_url) == {}


def wide(*values: str) -> Stream:
    types = {"id": "integer"} | {f"c{n}": "text" for n in range(999)}
    return Stream("things", types, [("1", *values)], ("id",))


@pytest.mark.long
def test_a_thousand_columns_are_loaded_and_one_is_changed(
    graph_url: str, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [f"v{n}" for n in range(999)]
    load(graph_url, publish(lake, DAY, wide(*values)))
    values[500] = "new"
    written = Written(monkeypatch)
    load(graph_url, publish(lake, NEXT, wide(*values)), lake=lake)
    assert {k: v for k, v in written.counts.items() if v} == {
        "properties_set": 2
    }
    assert value(graph_url, "c500") == "new"


HARD = [
    ("double precision", "0", "-0"),
    ("double precision", "NaN", "1"),
    ("double precision[]", "{0}", "{-0}"),
    ("double precision[]", "{NaN,1}", "{1,NaN}"),
    ("bytea", "\\x00", "\\x01"),
    ("interval", "1 mon", "30 days"),
    ("text", "", None),
    ("text[]", "{}", None),
    ("timestamp with time zone", "2024-12-20 00:00:00+00", None),
    ("numeric", "1.0", "1.00"),
]
"""Types with two values that are easily taken for the same."""


def hard(other: str, *values: str | None) -> Stream:
    types = {f"v{at}": sql_type for at, (sql_type, _, _) in enumerate(HARD)}
    types |= {"id": "integer", "other": "text"}
    return Stream("things", types, [(*values, "1", other)], ("id",))


@pytest.mark.parametrize("by_lake", [True, False])
def test_changes_that_are_easily_missed_arrive(
    graph_url: str, lake: Path, by_lake: bool
) -> None:
    old = hard("", *(one for _, one, _ in HARD))
    load(graph_url, publish(lake, DAY, old))
    newer = publish(lake, NEXT, hard("", *(one for _, _, one in HARD)))
    load(graph_url, newer, lake=lake if by_lake else None)
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, newer)


def test_what_is_equal_is_not_written_again(
    graph_url: str, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [one for _, one, _ in HARD]
    load(graph_url, publish(lake, DAY, hard("a", *values)))
    written = Written(monkeypatch)
    newer = publish(lake, NEXT, hard("b", *values))
    load(graph_url, newer)
    assert written.counts["properties_set"] == 2
    before = stored(graph_url)
    load(graph_url, newer, recheck=True)
    assert stored(graph_url) == before
