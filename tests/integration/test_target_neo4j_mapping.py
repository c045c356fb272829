"""The graph follows its settings and the source's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from neo4j_input import (
    DAY,
    NEXT,
    Stream,
    as_if_loaded_first,
    drawn,
    graph_as_rows,
    load,
    publish,
    refers,
    stream,
)

import harness
from daybook.errors import RefusedError

pytestmark = pytest.mark.long

People = list[tuple[str | None, ...]]

PEOPLE: People = [
    ("1", "a", "Ann", None, "7"),
    ("2", "b", "Bob", "1", "8"),
    ("3", "c", None, "1", None),
]


def people(key: str = "id", **types: str) -> Stream:
    columns = {"id": "integer", "code": "text", "name": "text"}
    columns |= {"boss": "integer", "age": "integer"} | types
    keys = [refers("boss", "people")] if key == "id" else []
    made = stream("people", "id", PEOPLE, key, *keys)
    return Stream("people", columns, made.rows, made.key, made.foreign_keys)


def likes(*columns: str, key: str = "person film") -> Stream:
    given = {"person": "1", "film": "9", "stars": "5", "note": "x"}
    row = [given[one] for one in columns]
    other = [given[one] if one != "person" else "2" for one in columns]
    return stream(
        "likes",
        " ".join("note:text" if c == "note" else c for c in columns),
        [row, other],
        key,
        refers("person", "people"),
        refers("film", "films"),
    )


FILMS = stream("films", "id title:text", [("9", "Up")])
FULL = ("person", "film", "stars", "note")
TABLES = (people(), FILMS, likes(*FULL))


def names_of_schema(url: str) -> list[str]:
    """Return what constraints and indexes there are, without their names."""
    rows = harness.cypher(
        url,
        "SHOW INDEXES YIELD labelsOrTypes AS l, properties AS p, type AS t"
        " RETURN l, p, t",
    )
    return sorted(repr(list(row.values())) for row in rows)


@pytest.mark.parametrize(
    "settings",
    [
        {"labels": {"people": "Human", "films": "Person"}},
        {"relationships": {"people.boss": "OBEYS", "likes": "SAW"}},
        {"relationships": {"people.boss": "<HAS_BOSS", "likes": "<LIKES"}},
        {"exclude": "people.name,likes.note,films.title"},
        {"exclude": "likes"},
        {"exclude": "films"},
        {"exclude": "people.boss"},
    ],
)
def test_other_settings_give_another_graph(
    graph_url: str, lake: Path, settings: Mapping[str, Any]
) -> None:
    day = publish(lake, DAY, *TABLES)
    load(graph_url, day, lake=lake)
    load(graph_url, day, lake=lake, transaction_rows=2, **settings)
    found, schema = graph_as_rows(graph_url), names_of_schema(graph_url)
    assert found == as_if_loaded_first(graph_url, day, **settings)
    assert schema == names_of_schema(graph_url)


def without(name: str) -> Stream:
    """Return the people without one column."""
    full = people()
    place = list(full.types).index(name)
    rows = [(*row[:place], *row[place + 1 :]) for row in PEOPLE]
    types = {n: t for n, t in full.types.items() if n != name}
    keys = full.foreign_keys if name != "boss" else ()
    return Stream("people", types, rows, full.key, keys)


def coded() -> Stream:
    """Return films that refer to people by their code."""
    return stream(
        "films", "id title:text", [("9", "b")], "id",
        refers("title", "people", "code"),
    )  # fmt: skip


CHANGES: Mapping[str, Callable[[], tuple[Stream, ...]]] = {
    "a column dropped": lambda: (without("age"), FILMS, likes(*FULL)),
    "a join's column dropped": lambda: (people(), FILMS, likes(*FULL[:3])),
    "a key dropped": lambda: (without("boss"), FILMS, likes(*FULL)),
    "another primary key": lambda: (people("code"), FILMS),
    "a wider primary key": lambda: (people("id code"), FILMS),
    "a key of another type": lambda: (people(id="text"), FILMS),
    "a column of another type": lambda: (people(age="text"), FILMS),
    "a reference to a code": lambda: (people(), coded(), likes(*FULL)),
    "a join with nodes": lambda: (
        people(), FILMS, likes(*FULL, key="person film stars"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_other_tables_give_another_graph(
    graph_url: str, lake: Path, change: str, back: bool
) -> None:
    tables = [TABLES, CHANGES[change]()]
    if len(tables[1]) == 2:
        tables[0] = (people(), FILMS)
    first, second = reversed(tables) if back else tables
    load(graph_url, publish(lake, DAY, *first), lake=lake)
    newer = publish(lake, NEXT, *second)
    load(graph_url, newer, lake=lake)
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, newer)


def test_a_code_that_was_referred_to_can_become_the_key(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, people(), coded()))
    newer = publish(lake, NEXT, people("code"), coded())
    load(graph_url, newer, lake=lake)
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, newer)


def test_a_label_is_not_given_up_while_others_are_tied_to_it(
    graph_url: str, lake: Path
) -> None:
    day = publish(lake, DAY, *TABLES)
    load(graph_url, day)
    harness.cypher(
        graph_url,
        "MATCH (p:Person {id: 1}) CREATE (p)-[:MINE]->(:Mine {id: 1})",
    )
    before = graph_as_rows(graph_url)
    renamed = {"labels": {"people": "Human"}}
    with pytest.raises(RefusedError, match=r"1 \[:MINE\] between :Person"):
        load(graph_url, day, **renamed)
    assert graph_as_rows(graph_url) == before
    load(graph_url, day, detach=True, **renamed)
    assert "Human 2 HAS_BOSS Human 1" in drawn(graph_url)


def test_a_renamed_relationship_does_not_keep_a_node_from_going(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, people(), FILMS))
    full = people()
    first = Stream(
        "people", full.types, PEOPLE[:1], ("id",), full.foreign_keys
    )
    newer = publish(lake, NEXT, first, FILMS)
    load(graph_url, newer, lake=lake, relationships={"people.boss": "OBEYS"})
    assert len(graph_as_rows(graph_url)) == 2
