"""What a marker says, and what of it decides."""

from __future__ import annotations

from daybook.day import Day
from daybook.neo4j.graph import Graph
from daybook.neo4j.marker import COMPLETE, RUNNING, Held, Marker, held_of
from graph_tables import FILMS, LIKES, USERS, graph, made

PEOPLE = made(
    "people",
    "id boss friend",
    "id",
    {"boss": ("people", "id"), "friend": ("people", "id")},
)


def shapes(found: Graph) -> set[tuple[object, ...]]:
    return {one.shape for one in held_of(found, "postgres", {}, {})}


def test_what_is_written_is_what_is_read() -> None:
    held = held_of(graph(USERS, FILMS, LIKES), "postgres", {}, {})
    day = Day.parse("2024-12-20")
    files = {"b": "2", "a": "1"}
    settings = {"labels": {"a.b": "C"}, "exclude": None}
    marker = Marker(
        "s", day, RUNNING, "m", files, held, settings=settings, run="r"
    )
    properties = marker.to_properties()
    kept = {k: v for k, v in properties.items() if v is not None}
    assert Marker.from_properties(kept) == marker


def test_a_marker_without_a_day_is_read_too() -> None:
    marker = Marker("", None, COMPLETE, "m")
    kept = {k: v for k, v in marker.to_properties().items() if v is not None}
    assert Marker.from_properties(kept) == marker


def test_the_hash_is_of_the_files_in_any_order() -> None:
    one, other = (
        Marker("s", None, COMPLETE, "m", dict(pairs))
        for pairs in ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")])
    )
    assert one.to_properties()["hash"] == other.to_properties()["hash"]
    third = Marker("s", None, COMPLETE, "m", {"a": "2", "b": "1"})
    assert third.to_properties()["hash"] != one.to_properties()["hash"]


def test_labels_are_those_of_nodes() -> None:
    held = held_of(graph(USERS, FILMS, LIKES), "postgres", {}, {})
    marker = Marker("s", None, COMPLETE, "m", held=held)
    assert marker.labels == {"User", "Film"}


def test_only_what_is_of_the_source_is_held() -> None:
    assert held_of(graph(USERS, FILMS, LIKES), "csv", {}, {}) == ()


def test_numbers_are_no_part_of_a_shape() -> None:
    assert Held("s", "L", rows=1).shape == Held("s", "L", orphans=2).shape


def test_a_reversed_reference_to_the_same_table_has_another_shape() -> None:
    plain = graph(PEOPLE, relationships={"people.boss": "LEADS"})
    turned = graph(PEOPLE, relationships={"people.boss": "<LEADS"})
    assert shapes(plain) != shapes(turned)


def test_references_that_swap_their_names_have_other_shapes() -> None:
    one, other = (
        graph(
            PEOPLE,
            relationships={"people.boss": first, "people.friend": second},
        )
        for first, second in (("A", "B"), ("B", "A"))
    )
    assert shapes(one) != shapes(other)
