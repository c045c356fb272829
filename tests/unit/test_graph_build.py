"""Which nodes and relationships tables become."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from daybook.neo4j.graph import Sourced, build
from daybook.neo4j.kinds import Base, Kind
from daybook.neo4j.mapping_settings import parse
from daybook.table import ForeignKey, Table
from graph_tables import FILMS, LIKES, USERS, drawn, graph, made, only


def test_a_table_becomes_nodes_with_all_its_columns() -> None:
    (node,) = graph(made("items", "b id a:date", "id b")).nodes
    assert node.label == "Item"
    assert [p.name for p in node.key] == ["id", "b"]
    assert [(p.name, p.place, str(p.kind)) for p in node.properties] == [
        ("b", 0, "integer"),
        ("id", 1, "integer"),
        ("a", 2, "date"),
    ]


def test_a_foreign_key_becomes_a_relationship_from_its_own_node() -> None:
    posts = made(
        "posts", "id text:text by_id", "id", {"by_id": ("users", "id")}
    )
    found = only(graph(USERS, posts))
    assert (found.owner, found.is_join, found.properties) == (
        "start",
        False,
        (),
    )
    assert (found.start.label, found.start.places) == ("Post", (0,))
    assert (found.end.label, found.end.places) == ("User", (2,))
    assert found.end.stream == "public-users"


def test_a_foreign_keys_columns_stay_properties() -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "id")})
    node = graph(USERS, posts).nodes[0]
    assert [p.name for p in node.properties] == ["id", "by_id"]


def test_reversed_the_own_node_is_the_end() -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "id")})
    found = only(graph(USERS, posts, relationships="posts.by_id=<WROTE"))
    assert (found.owner, found.type) == ("end", "WROTE")
    assert (found.start.places, found.end.places) == ((1,), (0,))


def test_a_join_table_becomes_relationships_with_properties() -> None:
    result = graph(USERS, FILMS, LIKES)
    assert drawn(result) == {"(User)-[:LIKES]->(Film)"}
    found = only(result)
    assert (found.start.places, found.end.places) == ((1,), (0,))
    assert found.key_places == (1, 0)
    assert [p.name for p in found.properties] == ["stars", "at"]
    assert (found.is_join, found.owner) == (True, None)
    assert [node.label for node in result.nodes] == ["Film", "User"]


def test_a_join_table_of_one_table_with_itself() -> None:
    keys = {"a_id": ("users", "id"), "b_id": ("users", "id")}
    follows = made("follows", "a_id b_id", "a_id b_id", keys)
    found = only(graph(USERS, follows))
    assert (found.start.places, found.end.places) == ((0,), (1,))


def test_a_join_table_that_is_referred_to_stays_nodes() -> None:
    flags = made(
        "flags", "id u f", "id", {"u f": ("likes", "user_id film_id")}
    )
    assert drawn(graph(USERS, FILMS, LIKES, flags)) == {
        "(Like)-[:HAS_USER]->(User)",
        "(Like)-[:HAS_FILM]->(Film)",
        "(Flag)-[:HAS_U_F]->(Like)",
    }


def test_a_join_table_that_only_a_left_out_table_refers_to() -> None:
    flags = made(
        "flags", "id u f", "id", {"u f": ("likes", "user_id film_id")}
    )
    found = graph(USERS, FILMS, LIKES, flags, exclude="flags")
    assert drawn(found) == {"(User)-[:LIKES]->(Film)"}
    assert found.left_out == ("public-flags",)


@pytest.mark.parametrize(
    ("columns", "key", "refers"),
    [
        ("id a b", "id", {"a": "users", "b": "films"}),
        ("a b c", "a b c", {"a": "users", "b": "films"}),
        ("a b c", "a b", {"a": "users", "b": "films", "c": "users"}),
        ("a b", "a", {"a": "users", "b": "films"}),
    ],
    ids=["own key", "wider key", "third key", "narrower key"],
)
def test_what_only_resembles_a_join_table_stays_nodes(
    columns: str, key: str, refers: dict[str, str]
) -> None:
    keys = {own: (other, "id") for own, other in refers.items()}
    found = graph(USERS, FILMS, made("links", columns, key, keys))
    assert "Link" in {node.label for node in found.nodes}
    assert not any(each.is_join for each in found.relationships)


def test_a_subtype_with_two_keys_on_its_own_key_stays_nodes() -> None:
    twice = made("links", "id", "id", {"id": ("users", "id")})
    key = twice.table.foreign_keys[0]
    other = ForeignKey("", key.columns, "public", "films", ("id",))
    table = Table(
        "public", "links", twice.table.columns, ("id",), (key, other)
    )
    found = graph(USERS, FILMS, Sourced(table.stream, "postgres", table))
    assert drawn(found) == {
        "(Link)-[:HAS_USER]->(User)",
        "(Link)-[:HAS_FILM]->(Film)",
    }


def test_a_self_reference() -> None:
    staff = made("staff", "id boss", "id", {"boss": ("staff", "id")})
    assert drawn(graph(staff)) == {"(Staff)-[:HAS_BOSS]->(Staff)"}


def test_two_keys_to_one_table_stay_apart() -> None:
    keys = {"home_id": ("users", "id"), "away_id": ("users", "id")}
    games = made("games", "id home_id away_id", "id", keys)
    assert drawn(graph(USERS, games)) == {
        "(Game)-[:HAS_HOME]->(User)",
        "(Game)-[:HAS_AWAY]->(User)",
    }


def test_keys_with_one_stem_take_the_columns_whole_names() -> None:
    keys = {"user_id": ("users", "id"), "user_code": ("users", "id")}
    games = made("games", "id user_id user_code", "id", keys)
    assert drawn(graph(USERS, games)) == {
        "(Game)-[:HAS_USER_ID]->(User)",
        "(Game)-[:HAS_USER_CODE]->(User)",
    }


def test_a_key_declared_twice_is_one_relationship() -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "id")})
    key = posts.table.foreign_keys[0]
    again = ForeignKey("again", key.columns, "public", "users", ("id",))
    table = Table(
        "public", "posts", posts.table.columns, ("id",), (key, again)
    )
    assert (
        len(graph(USERS, Sourced("s", "postgres", table)).relationships) == 1
    )


def test_a_composite_key_pairs_its_columns() -> None:
    lines = made("lines", "no order_id:bigint", "order_id no")
    notes = made(
        "notes",
        "id line ord:text",
        "id",
        {"ord line": ("lines", "order_id no")},
    )
    end = only(graph(lines, notes)).end
    assert end.properties == ("order_id", "no")
    assert end.places == (2, 1)
    assert [str(kind) for kind in end.kinds] == ["integer", "integer"]


def test_a_unique_key_that_is_referred_to_gets_an_index() -> None:
    users = made("users", "id email:text", "id")
    mails = made(
        "mails", "id to_whom:text", "id", {"to_whom": ("users", "email")}
    )
    found = graph(users, mails)
    assert {n.label: n.indexes for n in found.nodes} == {
        "User": (("email",),),
        "Mail": (),
    }
    assert only(found).end.properties == ("email",)


def test_a_key_into_another_source_finds_its_table() -> None:
    posts = made(
        "posts",
        "id by_id",
        "id",
        {"by_id": ("users", "id")},
        schema="",
        source="csv",
        to_source="postgres",
    )
    end = only(graph(USERS, posts)).end
    assert (end.stream, end.source, end.label) == (
        "public-users",
        "postgres",
        "User",
    )


def test_a_key_to_an_unknown_table_takes_its_label_from_the_name() -> None:
    posts = made("posts", "id by_id:uuid", "id", {"by_id": ("users", "id")})
    end = only(graph(posts)).end
    assert (end.stream, end.label, end.table) == (None, "User", "users")
    assert [str(kind) for kind in end.kinds] == ["string"]


def test_an_unknown_table_takes_the_label_of_the_settings() -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "id")})
    found = graph(posts, labels="public.users=Person")
    assert (only(found).end.label, found.warnings) == ("Person", ())


@pytest.mark.parametrize("exclude", ["users", "posts.by_id"])
@pytest.mark.parametrize("tables", [(), (USERS,)])
def test_a_key_to_or_of_what_is_left_out_is_dropped(
    exclude: str, tables: Sequence[Sourced]
) -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "id")})
    found = graph(posts, *tables, exclude=exclude)
    assert found.relationships == ()
    post = next(node for node in found.nodes if node.label == "Post")
    kept = ["id", "by_id"] if exclude == "users" else ["id"]
    assert [p.name for p in post.properties] == kept


def test_places_count_the_columns_that_are_left_out() -> None:
    (node,) = graph(made("items", "a id b"), exclude="items.a").nodes
    assert [(p.name, p.place) for p in node.properties] == [
        ("id", 1),
        ("b", 2),
    ]


def test_a_given_kind_wins_over_the_columns_type() -> None:
    items = made("items", "id tags:text[]")
    kind = Kind(Base.STRING).as_json
    found = build([items], parse({}), {("public-items", "tags"): kind})
    assert found.nodes[0].properties[1].kind == kind
