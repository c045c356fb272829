"""People are erased from PostgreSQL as target-postgres has loaded it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import people_days as shop
import psycopg
import pytest
from people_days import (
    CUSTOMERS,
    DAY,
    JANE_BY_ID,
    LAST,
    NEXT,
    OF,
    VISITS,
)

import harness
from daybook.erasure.found import Found
from daybook.errors import (
    ConfigError,
    RefusedError,
    UnreachableError,
)
from daybook.postgres import erase as erasing
from daybook.postgres.load.load import load_all
from daybook.postgres.load.plan import plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules

STRATEGIES = ("snapshot", "history", "upsert", "insert")
VALUES = {
    "name": OF.of("name", "Jane"),
    "email": OF.of("email", "jane@b.c"),
    "born": OF.of("date", "1980-02-03"),
}


def load(url: str, lake: Path, day: str = DAY, **settings: Any) -> None:
    """Load a day of the lake as the target would."""
    settings.setdefault("schema", "public")
    rules = parse_rules(settings.pop("strategy", None))
    loads = plan(shop.received(lake, day), rules, settings["schema"])
    load_all(url, loads, Options(**settings))


TARGET = shop.Loaded(load, erasing)
loaded, erase = TARGET.loaded, TARGET.erase


def rows(url: str, table: str = "customers") -> dict[str, Any]:
    """Return every row and where it stands, by its first column."""
    found = harness.sql(
        url, f"SELECT t.*, t.ctid::text, t.xmin::text FROM {table} AS t"
    )
    return {str(row[0]): row for row in found}


def outcome(url: str, table: str = "customers") -> tuple[Any, ...]:
    """Return what the newest load of a table did."""
    (row,) = harness.sql(
        url,
        "SELECT outcome, inserted, updated, deleted FROM daybook.loads"
        f" WHERE \"table\" = '{table}' ORDER BY id DESC LIMIT 1",
    )
    return row


def everything(url: str) -> str:
    """Return all rows, the log and all statistics, as text."""
    tables = harness.sql(
        url,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('public', 'daybook')",
    )
    found = [harness.sql(url, f"SELECT t::text FROM {n} t") for (n,) in tables]
    found.append(harness.sql(url, "SELECT s::text FROM pg_stats s"))
    return repr(found)


def test_all_rows_of_a_person_get_pseudonyms(warehouse_url, lake):
    loaded(warehouse_url, lake)
    assert erase(warehouse_url) == {
        "warehouse: public.customers": 1,
        "warehouse: public.lines": 2,
        "warehouse: public.visits": 2,
    }
    jane = rows(warehouse_url)["007"]
    assert [jane[1], jane[2], str(jane[3])] == list(VALUES.values())
    assert [jane[4], str(jane[5])] == ["Jane's tea", "1.50"]
    assert "jane@b.c" not in everything(warehouse_url)


def test_other_peoples_rows_are_not_touched(warehouse_url, lake):
    loaded(warehouse_url, lake)
    before = rows(warehouse_url), rows(warehouse_url, "lines")
    erase(warehouse_url)
    after = rows(warehouse_url), rows(warehouse_url, "lines")
    for old, new in zip(before, after, strict=True):
        changed = {key for key in old if old[key] != new[key]}
        assert changed in ({"007"}, {"1", "3"})


@pytest.mark.long
def test_erasing_again_changes_nothing(warehouse_url, lake):
    loaded(warehouse_url, lake)
    erase(warehouse_url)
    before = rows(warehouse_url), rows(warehouse_url, "visits")
    assert erase(warehouse_url) == {}
    assert (rows(warehouse_url), rows(warehouse_url, "visits")) == before


def test_a_search_finds_what_erasing_changes(warehouse_url, lake):
    loaded(warehouse_url, lake)
    TARGET.check_a_search(
        warehouse_url, lambda url: (everything(url), rows(url))
    )


def test_the_load_of_the_erased_day_changes_nothing(warehouse_url, lake):
    loaded(warehouse_url, lake)
    erase(warehouse_url)
    before = rows(warehouse_url), rows(warehouse_url, "lines")
    shop.erase_from_lake(lake)
    load(warehouse_url, lake)
    assert (rows(warehouse_url), rows(warehouse_url, "lines")) == before
    assert outcome(warehouse_url) == ("unchanged", 0, 0, 0)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.long
def test_the_erased_day_can_be_loaded_by_every_strategy(
    warehouse_url, lake, strategy
):
    tables = {CUSTOMERS: shop.PEOPLE}
    loaded(warehouse_url, lake, tables, strategy=strategy)
    erase(warehouse_url)
    query = "SELECT c::text FROM customers AS c ORDER BY id"
    before = harness.sql(warehouse_url, query)
    shop.erase_from_lake(lake)
    load(warehouse_url, lake, strategy=strategy)
    assert harness.sql(warehouse_url, query) == before
    assert "jane@b.c" not in everything(warehouse_url)


@pytest.mark.long
def test_an_inserted_day_without_a_key_is_known_when_erased(
    warehouse_url, lake
):
    tables = {VISITS: shop.VISITED}
    loaded(warehouse_url, lake, tables, strategy="insert")
    erase(warehouse_url)
    shop.erase_from_lake(lake)
    load(warehouse_url, lake, strategy="insert")
    assert outcome(warehouse_url, "visits")[0] == "unchanged"
    assert harness.sql(warehouse_url, "SELECT count(*) FROM visits") == [(5,)]


def test_all_days_of_a_history_are_erased(warehouse_url, lake):
    for day in (DAY, NEXT, LAST):
        shop.publish(lake, {CUSTOMERS: shop.PEOPLE}, day)
        load(warehouse_url, lake, day, strategy="history")
    assert erase(warehouse_url) == {"warehouse: public.customers": 3}
    assert "jane@b.c" not in everything(warehouse_url)


def test_a_table_is_what_loading_the_erased_day_makes(warehouse_url, lake):
    loaded(warehouse_url, lake, {shop.ODD: shop.odd_rows()})
    assert erasing.erase(warehouse_url, {}, shop.PERSON_42)
    shop.erase_from_lake(lake, shop.PERSON_42)
    load(warehouse_url, lake, schema="fresh")
    query = "SELECT o::text FROM {}.odd AS o ORDER BY number"
    erased, fresh = (
        harness.sql(warehouse_url, query.format(schema))
        for schema in ("public", "fresh")
    )
    assert erased == fresh
    load(warehouse_url, lake)
    assert outcome(warehouse_url, "odd") == ("unchanged", 0, 0, 0)


@pytest.mark.long
def test_an_audit_finds_that_lake_and_warehouse_agree(warehouse_url, tmp_path):
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    loaded(warehouse_url, lake)
    erase(warehouse_url)
    shop.erase_from_lake(lake)
    env = {"WAREHOUSE_URL": warehouse_url}
    words = ("audit", "--day", DAY)
    done = harness.run_daybook(*words, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_only_days_that_held_a_person_lose_the_hash_of_their_file(
    warehouse_url, lake
):
    for day, people in ((DAY, shop.PEOPLE), (NEXT, [shop.JOE])):
        shop.publish(lake, {CUSTOMERS: people}, day)
        load(warehouse_url, lake, day, strategy="history")
    erase(warehouse_url)
    found = harness.sql(
        warehouse_url,
        "SELECT day::text, sha256 = 'erased' FROM daybook.loads ORDER BY 1",
    )
    assert found == [(DAY, True), (NEXT, False)]


@pytest.mark.long
def test_a_person_is_found_by_the_address_alone(warehouse_url, lake):
    loaded(warehouse_url, lake)
    by_email = shop.people(email=" JANE@B.C")
    found = erasing.erase(warehouse_url, shop.declared(), by_email)
    assert found == [
        Found("warehouse: public.customers", 1),
        Found("warehouse: public.lines", 2),
    ]


def test_what_was_declared_when_loaded_is_known_without_the_lake(
    warehouse_url, lake
):
    loaded(warehouse_url, lake)
    found = erasing.erase(warehouse_url, {}, JANE_BY_ID)
    assert len(found) == 3


def test_a_table_loaded_before_the_declaration_is_erased(warehouse_url, lake):
    tables = {shop.undeclared(CUSTOMERS): shop.PEOPLE}
    loaded(warehouse_url, lake, tables)
    assert not erasing.erase(warehouse_url, {}, JANE_BY_ID)
    assert erase(warehouse_url) == {"warehouse: public.customers": 1}


def test_an_older_load_log_is_understood(warehouse_url, lake):
    loaded(warehouse_url, lake, {shop.undeclared(CUSTOMERS): shop.PEOPLE})
    harness.sql(warehouse_url, "ALTER TABLE daybook.loads DROP personal")
    assert erase(warehouse_url) == {"warehouse: public.customers": 1}
    loaded(warehouse_url, lake, {CUSTOMERS: [shop.JOE]})
    assert outcome(warehouse_url)[0] == "loaded"


@pytest.mark.long
def test_a_declaration_without_new_rows_is_remembered(warehouse_url, lake):
    loaded(warehouse_url, lake, {shop.undeclared(CUSTOMERS): shop.PEOPLE})
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    assert outcome(warehouse_url)[0] == "unchanged"
    assert len(erasing.erase(warehouse_url, {}, JANE_BY_ID)) == 1


@pytest.mark.long
def test_tables_in_all_schemas_are_erased(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE}, schema="two")
    load(warehouse_url, lake, schema="a schema")
    assert erase(warehouse_url) == {
        "warehouse: a schema.customers": 1,
        "warehouse: two.customers": 1,
    }


@pytest.mark.long
def test_a_renamed_table_is_erased(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(warehouse_url, "ALTER TABLE customers RENAME TO old")
    assert erase(warehouse_url) == {"warehouse: public.old": 1}


@pytest.mark.long
def test_a_warehouse_that_nothing_was_loaded_into_holds_nobody(warehouse_url):
    assert erase(warehouse_url) == {}
    assert not erasing.search(warehouse_url, shop.declared(), JANE_BY_ID)


@pytest.mark.long
def test_tables_that_were_not_loaded_are_left_alone(warehouse_url, lake):
    loaded(warehouse_url, lake, {VISITS: shop.VISITED})
    harness.sql(
        warehouse_url,
        "CREATE TABLE customers AS SELECT '007' AS id, 'jane@b.c' AS email",
    )
    erase(warehouse_url)
    assert harness.sql(warehouse_url, "TABLE customers") == [
        ("007", "jane@b.c")
    ]


@pytest.mark.long
def test_references_by_an_address_stay(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(
        warehouse_url,
        "ALTER TABLE customers ADD UNIQUE (email), ADD friend text"
        " REFERENCES customers (email) DEFERRABLE",
    )
    personal = CUSTOMERS.column("email")
    columns = (
        *CUSTOMERS.columns,
        dataclasses.replace(personal, name="friend"),
    )
    harness.sql(warehouse_url, "UPDATE customers SET friend = 'jane@b.c'")
    table = dataclasses.replace(CUSTOMERS, columns=columns)
    assert erase(warehouse_url, table) == {"warehouse: public.customers": 3}
    friends = harness.sql(warehouse_url, "SELECT friend FROM customers")
    assert friends == [(VALUES["email"],)] * 3


def test_two_spellings_under_one_key_are_refused_without_the_values(
    warehouse_url, lake
):
    spelled = ("008", "Jane", "JANE@B.C", None, None, None, None)
    loaded(warehouse_url, lake, {CUSTOMERS: [*shop.PEOPLE, spelled]})
    harness.sql(warehouse_url, "ALTER TABLE customers ADD UNIQUE (email)")
    before = rows(warehouse_url)
    with pytest.raises(RefusedError) as refused:
        erase(warehouse_url)
    assert "customers_email_key" in refused.value.reason
    assert "jane" not in refused.value.reason.lower()
    assert refused.value.__cause__ is None
    assert rows(warehouse_url) == before


@pytest.mark.long
def test_a_trigger_that_keeps_rows_as_they_are_is_told(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(
        warehouse_url,
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER keep BEFORE UPDATE ON customers"
        " FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    with pytest.raises(RefusedError, match="trigger"):
        erase(warehouse_url)


def test_materialized_views_are_made_anew(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(
        warehouse_url,
        "CREATE VIEW mails AS SELECT email FROM customers;"
        "CREATE MATERIALIZED VIEW first AS TABLE mails;"
        "CREATE MATERIALIZED VIEW second AS TABLE first; ANALYZE",
    )
    erase(warehouse_url)
    found = harness.sql(warehouse_url, "SELECT email FROM second ORDER BY 1")
    assert (VALUES["email"],) in found
    assert "jane@b.c" not in everything(warehouse_url)


@pytest.mark.long
def test_a_materialized_view_of_another_role_is_named(
    server_url, warehouse_url, lake
):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    database = str(psycopg.conninfo.conninfo_to_dict(warehouse_url)["dbname"])
    admin = psycopg.conninfo.make_conninfo(server_url, dbname=database)
    harness.sql(admin, "CREATE MATERIALIZED VIEW copy AS TABLE customers")
    with pytest.raises(UnreachableError, match=r"view public\.copy"):
        erase(warehouse_url)
    assert "jane@b.c" in everything(warehouse_url)


def test_statistics_of_indexes_and_column_groups_are_made_anew(
    warehouse_url, lake
):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE * 1})
    harness.sql(
        warehouse_url,
        "CREATE INDEX ON customers (lower(email));"
        "CREATE STATISTICS pairs (mcv) ON name, email FROM customers;"
        "INSERT INTO customers SELECT '1' || g, 'Jane', 'jane@b.c'"
        " FROM generate_series(100, 400) AS g; ANALYZE customers",
    )
    groups = "SELECT most_common_vals::text FROM pg_stats_ext"
    assert "jane@b.c" in everything(warehouse_url)
    assert "jane@b.c" in repr(harness.sql(warehouse_url, groups))
    assert erase(warehouse_url) == {"warehouse: public.customers": 302}
    assert "jane@b.c" not in everything(warehouse_url)
    assert "jane@b.c" not in repr(harness.sql(warehouse_url, groups))


@pytest.mark.long
def test_statistics_that_still_name_a_person_are_found(warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(warehouse_url, "ANALYZE customers; DELETE FROM customers")
    found = erasing.search(warehouse_url, shop.declared(), JANE_BY_ID)
    assert found == [Found("warehouse: public.customers, statistics", 1)]
    assert erase(warehouse_url) == {}
    assert not erasing.search(warehouse_url, shop.declared(), JANE_BY_ID)


@pytest.mark.long
def test_records_are_the_personal_values_of_all_rows(warehouse_url, lake):
    loaded(warehouse_url, lake)
    found = list(erasing.records(warehouse_url, shop.declared()))
    assert len(found) == 3 + 3 + 5
    texts = {(one.kind, one.value) for record in found for one in record}
    assert {("subject", "007"), ("email", "jane@b.c")} <= texts


def test_a_missing_right_is_named_as_its_grant(
    server_url, warehouse_url, lake
):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    database = str(psycopg.conninfo.conninfo_to_dict(warehouse_url)["dbname"])
    admin = psycopg.conninfo.make_conninfo(server_url, dbname=database)
    harness.sql(admin, "ALTER TABLE customers OWNER TO CURRENT_USER")
    harness.sql(admin, f'GRANT SELECT ON customers TO "{database}"')
    with pytest.raises(UnreachableError) as refused:
        erase(warehouse_url)
    grant = f"GRANT UPDATE ON TABLE public.customers TO {database};"
    assert grant in refused.value.instruction
    harness.sql(admin, f'GRANT UPDATE ON customers TO "{database}"')
    with pytest.raises(UnreachableError, match="statistics"):
        erase(warehouse_url)


@pytest.mark.long
def test_hidden_rows_are_an_error(server_url, warehouse_url, lake):
    loaded(warehouse_url, lake, {CUSTOMERS: shop.PEOPLE})
    harness.sql(
        warehouse_url,
        "ALTER TABLE customers ENABLE ROW LEVEL SECURITY,"
        " FORCE ROW LEVEL SECURITY",
    )
    with pytest.raises(UnreachableError, match="row-level security"):
        erasing.search(warehouse_url, shop.declared(), JANE_BY_ID)


def test_an_unreachable_server_is_named_by_its_variable():
    url = "postgresql://a:b@127.0.0.1:1/c"
    with pytest.raises(UnreachableError, match="WAREHOUSE_URL"):
        erasing.search(url, {}, JANE_BY_ID)
    with pytest.raises(ConfigError, match="WAREHOUSE_URL"):
        erasing.erase("nonsense", {}, JANE_BY_ID)
