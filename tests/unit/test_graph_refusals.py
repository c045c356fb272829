"""Tables and settings of which no graph can be made."""

from __future__ import annotations

import pytest

from daybook.errors import ConfigError, InputError, RefusedError
from daybook.neo4j.graph import Sourced
from daybook.table import Column, Table
from graph_tables import FILMS, LIKES, USERS, graph, made


def test_a_table_without_a_key_is_refused_with_the_setting() -> None:
    with pytest.raises(RefusedError, match="no primary key") as caught:
        graph(USERS, made("logs", "at:date", ""))
    assert "TARGET_NEO4J_EXCLUDE='logs'" in caught.value.instruction


@pytest.mark.parametrize(
    "other",
    [
        made("users", "id", source="csv", schema=""),
        made("users", "id", schema="audit"),
        made("user", "id"),
        made("posts", "id u", "id", {"u": ("old.users", "id")}),
    ],
    ids=["source", "schema", "singular", "unknown"],
)
def test_two_tables_with_one_label_are_refused(other: Sourced) -> None:
    with pytest.raises(RefusedError, match="the label User") as caught:
        graph(USERS, other)
    assert "TARGET_NEO4J_LABELS=" in caught.value.instruction


def test_the_advice_for_one_label_separates_the_two() -> None:
    other = made("users", "id", source="csv", schema="")
    with pytest.raises(RefusedError) as caught:
        graph(USERS, other)
    assert "LABELS='public.users=User2'" in caught.value.instruction
    found = graph(USERS, other, labels="public.users=User2")
    assert {node.label for node in found.nodes} == {"User", "User2"}


def test_two_relationships_that_are_one_to_the_graph_are_refused() -> None:
    keys = {"a_id": ("users", "id"), "b_id": ("users", "id")}
    games = made("games", "id a_id b_id", "id", keys)
    renames = "games.a_id=X,games.b_id=X"
    with pytest.raises(RefusedError) as caught:
        graph(USERS, games, relationships=renames)
    assert "(:Game)-[:X]->(:User)" in caught.value.reason
    assert "'games.b_id=X_2'" in caught.value.instruction


@pytest.mark.parametrize("exclude", ["users.id", "users.email"])
def test_a_column_that_is_needed_cannot_be_left_out(exclude: str) -> None:
    users = made("users", "id email:text")
    mails = made("mails", "id who:text", "id", {"who": ("users", "email")})
    with pytest.raises(ConfigError, match="exclude"):
        graph(users, mails, exclude=exclude)


@pytest.mark.parametrize("name", ["_daybook_hash", "a\0b"])
def test_a_property_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"exclude|Leave it out"):
        graph(made("items", f"id {name}"))


def test_an_empty_column_name_is_refused() -> None:
    table = Table("", "x", (Column("id", "text"), Column("", "text")), ("id",))
    with pytest.raises(InputError, match="no name is empty"):
        graph(Sourced("x", "csv", table))


def test_daybooks_own_labels_are_refused() -> None:
    with pytest.raises(RefusedError, match="Daybook's own"):
        graph(made("daybook_loads", "id"))


def test_a_key_that_does_not_fit_its_table_is_refused() -> None:
    posts = made("posts", "id by_id", "id", {"by_id": ("users", "gone")})
    with pytest.raises(InputError, match=r"posts\.by_id .* no 'gone'"):
        graph(USERS, posts)


def test_settings_that_name_nothing_are_said() -> None:
    found = graph(
        USERS,
        FILMS,
        LIKES,
        labels="user=Person",
        relationships="likes=LIKED,likes.film_id=OF,users.name=X",
    )
    assert found.warnings == (
        "The setting `labels` names user: no table of this load is called so.",
        "The setting `relationships` names users.name: no foreign key or "
        "join table of this load is called so.",
    )


def test_the_order_of_the_tables_does_not_matter() -> None:
    tables = [USERS, FILMS, LIKES]
    assert graph(*tables) == graph(*reversed(tables))
