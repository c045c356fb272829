"""Statements for a graph: what they say, and that names stay names."""

from __future__ import annotations

import pytest

from daybook.neo4j import cypher, cypher_read
from daybook.neo4j.names import quote
from graph_tables import FILMS, LIKES, USERS, graph, made, only

HOSTILE = "a`b\\u0060) DETACH DELETE n //"


def test_a_key_is_named_by_label_and_properties() -> None:
    assert cypher.unique("User", ["id", "part"]) == (
        "CREATE CONSTRAINT IF NOT EXISTS FOR (n:`User`) "
        "REQUIRE (n.`id`, n.`part`) IS UNIQUE"
    )


def test_indexes_of_other_properties_have_other_names() -> None:
    pairs = [("A", ["b"]), ("A", ["c"]), ("A", ["b", "c"]), ("B", ["b"])]
    names = {cypher.index(*pair).split()[2] for pair in pairs}
    assert len(names) == len(pairs)
    assert all(f"`{name}`".startswith("`daybook_") for name in names)


@pytest.mark.parametrize("values", [True, False])
def test_names_are_quoted_wherever_they_stand(values: bool) -> None:
    table = made("t", "id", "id")
    found = graph(
        made("u", "id", "id", {"id": ("t", "id")}),
        table,
        labels={"t": HOSTILE, "u": f"{HOSTILE}2"},
        relationships={"u.id": f"{HOSTILE}3"},
    )
    one, node = only(found), found.nodes[0]
    for text in (
        cypher.create_nodes(node),
        cypher.update_nodes(node, [HOSTILE]),
        cypher.delete_nodes(node, detach=values),
        cypher.delete_keyless_nodes(node, detach=values),
        cypher.create_relationships(one),
        cypher.update_relationships(one, [HOSTILE]),
        cypher.delete_relationships(one),
        cypher.clear_nodes(HOSTILE, detach=values),
        cypher.clear_relationships(HOSTILE, HOSTILE, HOSTILE),
        cypher_read.read_nodes(node, values=values),
        cypher_read.read_relationships(one, values=values),
        cypher_read.missing_ends(one),
        cypher_read.foreign_relationships(node),
        cypher_read.foreign_relationships_of_all(HOSTILE, [HOSTILE]),
    ):
        assert HOSTILE not in text
        rest = text
        for end in ("3", "2", ""):
            rest = rest.replace(quote(f"{HOSTILE}{end}"), "")
        assert "DETACH DELETE n //" not in rest


def test_nodes_are_created_from_places_of_a_row() -> None:
    found = graph(made("users", "id name:text at:date"))
    assert cypher.create_nodes(found.nodes[0]) == (
        "UNWIND $rows AS row "
        "WITH row, [row[0], row[1], date(row[2])] + row[3..] AS v "
        "CREATE (:`User` {`id`: v[0], `name`: v[1], `at`: v[2], "
        "`_daybook_hash`: v[3]})"
    )


def test_a_join_is_created_between_both_ends() -> None:
    found = graph(USERS, FILMS, LIKES)
    text = cypher.create_relationships(only(found))
    assert text.endswith(
        "MATCH (a:`User` {`id`: v[0]}) MATCH (b:`Film` {`id`: v[1]}) "
        "CREATE (a)-[:`LIKES` {`stars`: v[2], `at`: v[3], "
        "`_daybook_hash`: v[4]}]->(b) RETURN count(*)"
    )


def test_relationships_that_are_not_ours_are_never_deleted() -> None:
    one = only(graph(USERS, FILMS, LIKES))
    ours = "WHERE r.`_daybook_hash` IS NOT NULL"
    assert f"{ours} DELETE r" in cypher.delete_relationships(one)
    assert ours in cypher.clear_relationships("LIKES", "User", "Film")
    assert ours in cypher.update_relationships(one, [])
