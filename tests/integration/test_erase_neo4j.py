"""People are erased from the graph as target-neo4j has loaded it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import people_days as shop
import pytest
from neo4j_input import Written, marker, stored
from people_days import CUSTOMERS, DAY, JANE_BY_ID, LINES, NEXT, OF

import harness
from daybook.erasure.found import Found
from daybook.errors import ConfigError, InputError, UnreachableError
from daybook.neo4j import erase as erasing
from daybook.neo4j.load.load import load_all
from daybook.neo4j.load.plan import Options
from daybook.neo4j.mapping_settings import parse
from daybook.personal import Personal
from daybook.table import Column, ForeignKey, Table
from days import Row

pytestmark = pytest.mark.long

KEYED = {CUSTOMERS: shop.PEOPLE, LINES: shop.LINES_READ}
SHOPS = Table("", "shops", (Column("id", "text", nullable=False),), ("id",))
LIKES = Table(
    "",
    "likes",
    (
        Column("customer", "text", personal=Personal("subject")),
        Column("shop", "text"),
        Column("why", "text", personal=Personal("text")),
        Column("stars", "integer"),
    ),
    ("customer", "shop"),
    (
        ForeignKey("", ("customer",), "", "customers", ("id",)),
        ForeignKey("", ("shop",), "", "shops", ("id",)),
    ),
)
LIKED: list[Row] = [("007", "a", "Jane", "5"), ("7", "a", "Jane", "4")]
JOINED = {CUSTOMERS: shop.PEOPLE, SHOPS: [("a",)], LIKES: LIKED}


def load(url: str, lake: Path, day: str = DAY, **settings: Any) -> None:
    """Load a day of the lake as the target would."""
    options = Options(
        naming=parse(settings), settings=settings, lake=lake, run="a test"
    )
    load_all(url, list(shop.received(lake, day)), options)


TARGET = shop.Loaded(load, erasing, KEYED)
loaded, erase = TARGET.loaded, TARGET.erase


def one(url: str, id_: str) -> Mapping[str, Any]:
    """Return a customer's properties."""
    (row,) = harness.cypher(
        url, "MATCH (n:Customer {id: $id}) RETURN n", id=id_
    )
    return dict(row["n"])


def test_nodes_of_a_person_get_pseudonyms(graph_url, lake):
    loaded(graph_url, lake)
    assert erase(graph_url) == {"graph: (:Customer)": 1, "graph: (:Line)": 2}
    jane = one(graph_url, "007")
    assert jane["name"] == OF.of("name", "Jane")
    assert jane["email"] == OF.of("email", "jane@b.c")
    assert str(jane["born"]) == OF.of("date", "1980-02-03")
    assert (jane["likes"], jane["spent"]) == ("Jane's tea", 1.5)
    assert "jane@b.c" not in repr(stored(graph_url))


def test_other_peoples_nodes_are_not_touched(graph_url, lake):
    loaded(graph_url, lake)
    before = one(graph_url, "7"), one(graph_url, "8")
    erase(graph_url)
    assert (one(graph_url, "7"), one(graph_url, "8")) == before


@pytest.mark.long
def test_erasing_again_writes_nothing(graph_url, lake):
    loaded(graph_url, lake)
    erase(graph_url)
    before = stored(graph_url)
    assert erase(graph_url) == {}
    assert stored(graph_url) == before


@pytest.mark.long
def test_a_search_finds_what_erasing_changes(graph_url, lake):
    loaded(graph_url, lake)
    TARGET.check_a_search(graph_url, stored)


def test_the_load_of_the_erased_day_writes_nothing(
    graph_url, lake, monkeypatch
):
    loaded(graph_url, lake, {**JOINED, LINES: shop.LINES_READ})
    erase(graph_url, CUSTOMERS, LIKES, LINES)
    before = stored(graph_url)
    shop.erase_from_lake(lake)
    written = Written(monkeypatch)
    load(graph_url, lake)
    assert not written.counts.get("properties_set", 0)
    unmarked = [text for text in before if "DaybookLoad" not in text]
    assert [n for n in stored(graph_url) if "DaybookLoad" not in n] == unmarked


@pytest.mark.long
def test_the_next_day_is_loaded_upon_the_erased_one(graph_url, lake):
    loaded(graph_url, lake)
    erase(graph_url)
    shop.erase_from_lake(lake)
    older = (*shop.JOE[:4], "coffee", *shop.JOE[5:])
    tables = {**KEYED, CUSTOMERS: [shop.JANE, older]}
    shop.publish(lake, tables, NEXT)
    shop.erase_from_lake(lake, day=NEXT)
    jane = one(graph_url, "007")
    load(graph_url, lake, NEXT)
    assert one(graph_url, "007") == jane
    assert one(graph_url, "7")["likes"] == "coffee"


def test_properties_of_relationships_are_erased_by_their_ends(graph_url, lake):
    loaded(graph_url, lake, JOINED)
    assert erase(graph_url, CUSTOMERS, LIKES) == {
        "graph: (:Customer)": 1,
        "graph: (:Customer)-[:LIKES]->(:Shop)": 1,
    }
    rows = harness.cypher(
        graph_url,
        "MATCH (c)-[l:LIKES]->() RETURN c.id AS id, l.why AS why,"
        " l.stars AS stars ORDER BY id",
    )
    assert [tuple(row.values()) for row in rows] == [
        ("007", OF.of("text", "Jane"), 5),
        ("7", "Jane", 4),
    ]


def test_a_graph_is_what_loading_the_erased_day_makes(graph_url, lake):
    loaded(graph_url, lake, {shop.ODD: shop.odd_rows()})
    tables = shop.declared(shop.ODD)
    assert erasing.erase(graph_url, tables, shop.PERSON_42)
    query = "MATCH (n:Odd) RETURN properties(n) AS n ORDER BY n.number"
    erased = [sorted(r["n"].items()) for r in harness.cypher(graph_url, query)]
    shop.erase_from_lake(lake, shop.PERSON_42)
    harness.empty_graph(graph_url)
    load(graph_url, lake)
    fresh = [sorted(r["n"].items()) for r in harness.cypher(graph_url, query)]
    assert erased == fresh


@pytest.mark.long
def test_an_audit_finds_that_lake_and_graph_agree(graph_url, tmp_path):
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    loaded(graph_url, lake, JOINED)
    erase(graph_url, CUSTOMERS, LIKES)
    shop.erase_from_lake(lake)
    env = {"NEO4J_URL": graph_url}
    words = ("audit", "--day", DAY)
    done = harness.run_daybook(*words, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_labels_of_the_settings_are_found(graph_url, lake):
    loaded(graph_url, lake, labels="customers=Client")
    assert "graph: (:Client)" in erase(graph_url)


@pytest.mark.long
def test_what_was_declared_when_loaded_is_known_without_the_lake(
    graph_url, lake
):
    loaded(graph_url, lake)
    found = erasing.erase(graph_url, {}, JANE_BY_ID)
    assert [one.rows for one in found] == [1, 2]


@pytest.mark.long
def test_a_graph_loaded_before_the_declaration_is_erased(graph_url, lake):
    loaded(graph_url, lake, {shop.undeclared(CUSTOMERS): shop.PEOPLE})
    assert not erasing.erase(graph_url, {}, JANE_BY_ID)
    assert erase(graph_url) == {"graph: (:Customer)": 1}


@pytest.mark.long
def test_a_declaration_without_new_rows_is_remembered(graph_url, lake):
    loaded(graph_url, lake, {shop.undeclared(CUSTOMERS): shop.PEOPLE})
    loaded(graph_url, lake, {CUSTOMERS: shop.PEOPLE})
    assert len(erasing.erase(graph_url, {}, JANE_BY_ID)) == 1


@pytest.mark.long
def test_hashes_of_rows_that_cannot_be_known_are_dropped(graph_url, lake):
    columns = (*CUSTOMERS.columns, Column("many", "integer[]"))
    table = dataclasses.replace(CUSTOMERS, columns=columns)
    loaded(graph_url, lake, {table: [(*shop.JANE, "{1,2}")]})
    erase(graph_url, table)
    assert one(graph_url, "007")["_daybook_hash"] == 0
    shop.erase_from_lake(lake)
    load(graph_url, lake)
    assert one(graph_url, "007")["_daybook_hash"] != 0


@pytest.mark.long
def test_the_hashes_of_files_that_held_a_person_are_forgotten(graph_url, lake):
    loaded(graph_url, lake, JOINED)
    before = marker(graph_url)["files"]
    erase(graph_url, CUSTOMERS)
    after = marker(graph_url)["files"]
    assert '"customers": "erased"' in after
    assert '"shops": "erased"' not in after
    assert before != after


@pytest.mark.long
def test_a_key_that_is_personal_becomes_a_pseudonym(graph_url, lake):
    table = dataclasses.replace(CUSTOMERS, primary_key=("email",))
    loaded(graph_url, lake, {table: [shop.JANE, shop.JOE]})
    erase(graph_url, table)
    jane = one(graph_url, "007")
    assert jane["email"] == OF.of("email", "jane@b.c")
    shop.erase_from_lake(lake)
    load(graph_url, lake)
    assert one(graph_url, "007") == jane


@pytest.mark.long
def test_two_spellings_of_a_key_are_refused(graph_url, lake):
    table = dataclasses.replace(CUSTOMERS, primary_key=("email",))
    spelled = ("008", "Jane", "JANE@B.C", *shop.JANE[3:])
    loaded(graph_url, lake, {table: [shop.JANE, spelled]})
    with pytest.raises(InputError) as refused:
        erase(graph_url, table)
    assert "jane" not in refused.value.reason.lower()


@pytest.mark.long
def test_records_are_the_personal_values_of_all(graph_url, lake):
    loaded(graph_url, lake, {**JOINED, LINES: shop.LINES_READ})
    tables = shop.declared(CUSTOMERS, LIKES, LINES)
    found = list(erasing.records(graph_url, tables))
    assert len(found) == 3 + 2 + 3
    texts = {(one.kind, one.value) for record in found for one in record}
    assert {("subject", "007"), ("email", "jane@b.c")} <= texts


def test_a_graph_that_nothing_was_loaded_into_holds_nobody(graph_url):
    assert erase(graph_url) == {}
    assert not erasing.search(graph_url, shop.declared(), JANE_BY_ID)


@pytest.mark.long
def test_more_than_a_batch_is_erased(graph_url, lake):
    line = '{"id": "007", "name": "Jane"}'
    rows = [(str(n), line) for n in range(2_500)]
    loaded(graph_url, lake, {LINES: rows})
    assert erase(graph_url) == {"graph: (:Line)": 2_500}
    assert erasing.search(graph_url, shop.declared(), JANE_BY_ID) == []


def test_an_unreachable_server_is_named_by_its_variable():
    with pytest.raises(UnreachableError, match="NEO4J_URL"):
        erasing.search("bolt://a:b@127.0.0.1:1/neo4j", {}, JANE_BY_ID)
    with pytest.raises(ConfigError, match="NEO4J_URL"):
        erasing.erase("nonsense", {}, JANE_BY_ID)


@pytest.mark.long
def test_what_was_found_says_no_more_than_where(graph_url, lake):
    loaded(graph_url, lake, {CUSTOMERS: shop.PEOPLE})
    found = erasing.erase(graph_url, {}, JANE_BY_ID)
    assert found == [Found("graph: (:Customer)", 1)]
