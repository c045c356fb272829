"""People are erased from MySQL or MariaDB as target-mysql has loaded it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import people_days as shop
import pytest
from mysql_input import outcome
from people_days import CUSTOMERS, DAY, JANE_BY_ID, LINES, NEXT, OF, VISITS

import harness
from daybook.errors import (
    BusyError,
    ConfigError,
    InputError,
    RefusedError,
    UnreachableError,
)
from daybook.mysql import erase as erasing
from daybook.mysql.load.load import load_all
from daybook.mysql.load.plan import OFFERED, plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules
from daybook.table import Table


def load(url: str, lake: Path, day: str = DAY, **settings: Any) -> None:
    """Load a day of the lake as the target would."""
    rules = parse_rules(settings.pop("strategy", None), OFFERED)
    database = urlsplit(url).path.strip("/")
    loads = plan(shop.received(lake, day), rules, database)
    load_all(url, loads, Options(schema=database, **settings))


TARGET = shop.Loaded(load, erasing)
loaded = TARGET.loaded


def erase(url: str, *tables: Table) -> dict[str, int]:
    """Erase Jane; return rows by table."""
    found = TARGET.erase(url, *tables)
    return {where.rpartition(".")[2]: rows for where, rows in found.items()}


def rows(url: str, table: str = "customers") -> list[tuple[Any, ...]]:
    """Return all rows of a table, sorted."""
    return sorted(harness.mysql(url, f"SELECT * FROM `{table}`"), key=repr)


def everything(url: str) -> str:
    """Return all rows, and the log."""
    tables = [row[0] for row in harness.mysql(url, "SHOW TABLES")]
    return repr([rows(url, name) for name in tables])


def test_all_rows_of_a_person_get_pseudonyms(mariadb_url, lake):
    loaded(mariadb_url, lake)
    assert erase(mariadb_url) == {"customers": 1, "lines": 2, "visits": 2}
    [jane] = [row for row in rows(mariadb_url) if row[0] == "007"]
    assert [jane[1], jane[2], str(jane[3])] == [
        OF.of("name", "Jane"),
        OF.of("email", "jane@b.c"),
        OF.of("date", "1980-02-03"),
    ]
    assert "jane@b.c" not in everything(mariadb_url)


@pytest.mark.long
def test_other_peoples_rows_are_not_touched(mariadb_url, lake):
    loaded(mariadb_url, lake)
    before = {
        t: rows(mariadb_url, t) for t in ("customers", "visits", "lines")
    }
    erase(mariadb_url)
    kept = {
        name: [row for row in before[name] if row in rows(mariadb_url, name)]
        for name in before
    }
    assert [len(some) for some in kept.values()] == [2, 3, 2]


@pytest.mark.long
def test_erasing_again_changes_nothing(mariadb_url, lake):
    loaded(mariadb_url, lake)
    erase(mariadb_url)
    before = everything(mariadb_url)
    assert erase(mariadb_url) == {}
    assert everything(mariadb_url) == before


@pytest.mark.long
def test_a_search_finds_what_erasing_changes(mariadb_url, lake):
    loaded(mariadb_url, lake)
    TARGET.check_a_search(mariadb_url, everything)


def test_the_load_of_the_erased_day_changes_nothing(mariadb_url, lake):
    loaded(mariadb_url, lake)
    erase(mariadb_url)
    before = rows(mariadb_url), rows(mariadb_url, "lines")
    shop.erase_from_lake(lake)
    load(mariadb_url, lake)
    assert (rows(mariadb_url), rows(mariadb_url, "lines")) == before
    assert outcome(mariadb_url, "customers") == ("unchanged", 0, 0, 0)
    shop.publish(lake, day=NEXT)
    shop.erase_from_lake(lake, day=NEXT)
    load(mariadb_url, lake, NEXT)
    assert outcome(mariadb_url, "customers") == ("unchanged", 0, 0, 0)


@pytest.mark.long
def test_the_erased_day_can_be_upserted(mariadb_url, lake):
    loaded(mariadb_url, lake, {LINES: shop.LINES_READ}, strategy="upsert")
    erase(mariadb_url)
    shop.erase_from_lake(lake)
    load(mariadb_url, lake, strategy="upsert")
    assert outcome(mariadb_url, "lines") == ("unchanged", 0, 0, 0)


def test_a_table_is_what_loading_the_erased_day_makes(
    new_mariadb, mariadb_url, lake
):
    loaded(mariadb_url, lake, {shop.ODD: shop.odd_rows()})
    assert erasing.erase(mariadb_url, {}, shop.PERSON_42)
    shop.erase_from_lake(lake, shop.PERSON_42)
    fresh = new_mariadb("fresh")
    load(fresh, lake)
    assert rows(mariadb_url, "odd") == rows(fresh, "odd")
    load(mariadb_url, lake)
    assert outcome(mariadb_url, "odd") == ("unchanged", 0, 0, 0)


@pytest.mark.long
def test_an_audit_finds_that_lake_and_database_agree(mariadb_url, tmp_path):
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    loaded(mariadb_url, lake)
    erase(mariadb_url)
    shop.erase_from_lake(lake)
    env = {"PEOPLE_URL": mariadb_url}
    words = ("audit", "--day", DAY, "--target", "mysql")
    done = harness.run_daybook(*words, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_person_is_found_by_the_address_alone(mariadb_url, lake):
    loaded(mariadb_url, lake)
    by_email = shop.people(email=" JANE@B.C")
    found = erasing.erase(mariadb_url, shop.declared(), by_email)
    assert [one.rows for one in found] == [1, 2]


@pytest.mark.long
def test_what_was_declared_when_loaded_is_known_without_the_lake(
    mariadb_url, lake
):
    loaded(mariadb_url, lake)
    assert len(erasing.erase(mariadb_url, {}, JANE_BY_ID)) == 3


@pytest.mark.long
def test_an_older_load_log_is_understood(mariadb_url, lake):
    loaded(mariadb_url, lake, {shop.undeclared(CUSTOMERS): shop.PEOPLE})
    harness.mysql(mariadb_url, "ALTER TABLE daybook_loads DROP personal")
    assert not erasing.erase(mariadb_url, {}, JANE_BY_ID)
    assert erase(mariadb_url) == {"customers": 1}
    loaded(mariadb_url, lake, {CUSTOMERS: [shop.JANE]})
    assert len(erasing.erase(mariadb_url, {}, JANE_BY_ID)) == 1


@pytest.mark.long
def test_a_renamed_table_is_erased(mariadb_url, lake):
    loaded(mariadb_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.mysql(mariadb_url, "RENAME TABLE customers TO old")
    assert erase(mariadb_url) == {"old": 1}


@pytest.mark.long
def test_a_key_that_is_personal_becomes_a_pseudonym(mariadb_url, lake):
    table = dataclasses.replace(CUSTOMERS, primary_key=("email",))
    loaded(mariadb_url, lake, {table: [shop.JANE, shop.JOE]})
    assert erase(mariadb_url, table) == {"customers": 1}
    shop.erase_from_lake(lake)
    load(mariadb_url, lake)
    assert outcome(mariadb_url, "customers") == ("unchanged", 0, 0, 0)


@pytest.mark.long
def test_a_key_made_before_the_declaration_gets_room(mariadb_url, lake):
    table = dataclasses.replace(CUSTOMERS, primary_key=("email",))
    loaded(mariadb_url, lake, {shop.undeclared(table): [shop.JANE]})
    with pytest.raises(RefusedError, match="too short") as refused:
        erase(mariadb_url, table)
    assert "TARGET_MYSQL_RECHECK=true" in refused.value.instruction
    loaded(mariadb_url, lake, {table: [shop.JANE]}, recheck=True)
    assert erase(mariadb_url, table) == {"customers": 1}


def test_two_spellings_of_a_key_are_refused_without_the_values(
    mariadb_url, lake
):
    table = dataclasses.replace(CUSTOMERS, primary_key=("email",))
    spelled = ("008", "Jane", "JANE@B.C", *shop.JANE[3:])
    loaded(mariadb_url, lake, {table: [shop.JANE, spelled]})
    before = rows(mariadb_url)
    with pytest.raises(InputError) as refused:
        erase(mariadb_url, table)
    assert "jane" not in refused.value.reason.lower()
    assert rows(mariadb_url) == before


@pytest.mark.long
def test_a_trigger_that_keeps_rows_as_they_are_is_told(mariadb_url, lake):
    loaded(mariadb_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.mysql(
        mariadb_url,
        "CREATE TRIGGER keep BEFORE UPDATE ON customers FOR EACH ROW"
        " SET NEW.name = OLD.name, NEW.email = OLD.email, NEW.born = OLD.born",
    )
    with pytest.raises(BusyError, match="trigger"):
        erase(mariadb_url)


@pytest.mark.long
def test_the_least_and_most_of_columns_are_made_anew(
    mariadb_server_url, mariadb_url, lake
):
    loaded(mariadb_url, lake, {CUSTOMERS: [shop.JANE]})
    harness.mysql(mariadb_url, "ANALYZE TABLE customers PERSISTENT FOR ALL")
    database = urlsplit(mariadb_url).path.strip("/")
    query = (
        "SELECT min_value, max_value FROM mysql.column_stats "
        f"WHERE db_name = '{database}' AND column_name = 'born'"
    )
    born = OF.of("date", "1980-02-03").encode()
    erase(mariadb_url)
    assert harness.mysql(mariadb_server_url, query) == [(born, born)]


@pytest.mark.long
def test_only_tables_that_held_a_person_lose_the_hash_of_their_file(
    mariadb_url, lake
):
    loaded(mariadb_url, lake, {CUSTOMERS: [shop.JANE], VISITS: []})
    erase(mariadb_url)
    found = harness.mysql(
        mariadb_url,
        "SELECT `table`, sha256 = 'erased', table_checksum IS NULL"
        " FROM daybook_loads ORDER BY 1",
    )
    assert found == [("customers", 1, 1), ("visits", 0, 0)]


@pytest.mark.long
def test_records_are_the_personal_values_of_all_rows(mariadb_url, lake):
    loaded(mariadb_url, lake)
    found = list(erasing.records(mariadb_url, shop.declared()))
    assert len(found) == 3 + 3 + 5
    texts = {(one.kind, one.value) for record in found for one in record}
    assert {("subject", "007"), ("email", "jane@b.c")} <= texts


@pytest.mark.long
def test_a_database_that_nothing_was_loaded_into_holds_nobody(mariadb_url):
    assert erase(mariadb_url) == {}
    assert not erasing.search(mariadb_url, shop.declared(), JANE_BY_ID)


def test_a_missing_right_is_told(mariadb_server_url, mariadb_url, lake):
    loaded(mariadb_url, lake, {CUSTOMERS: shop.PEOPLE})
    name = urlsplit(mariadb_url).username
    for statement in (
        f"REVOKE ALL ON `{name}`.* FROM '{name}'@'127.0.0.1'",
        f"GRANT SELECT, CREATE TEMPORARY TABLES ON `{name}`.*"
        f" TO '{name}'@'127.0.0.1'",
    ):
        harness.mysql(mariadb_server_url, statement)
    with pytest.raises(UnreachableError, match="right") as refused:
        erase(mariadb_url)
    assert "GRANT" in refused.value.instruction


def test_an_unreachable_server_is_named_by_its_variable():
    with pytest.raises(UnreachableError, match="PEOPLE_URL"):
        erasing.search("mysql://a:b@127.0.0.1:1/c", {}, JANE_BY_ID)
    with pytest.raises(ConfigError, match="PEOPLE_URL"):
        erasing.erase("nonsense", {}, JANE_BY_ID)
