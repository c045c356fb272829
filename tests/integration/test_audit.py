"""`daybook audit` of a real PostgreSQL, loaded by target-postgres."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

import harness
from daybook.day import Day
from daybook.lake import partition
from daybook.personal import Personal
from daybook.postgres.load.load import load_all
from daybook.postgres.load.plan import plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules
from daybook.singer.handover import HandedFile
from daybook.singer.received import Received
from daybook.singer.schema import Origin
from daybook.table import Column
from days import Row, publish_day, table

DAY, NEXT, LATER = "2024-12-20", "2024-12-21", "2024-12-22"
ORDERS = table(
    "orders",
    [("id", "integer"), ("name", "text"), ("price", "numeric")],
    ["id"],
)
ROWS: list[Row] = [
    ["1", "a", "1.0"],
    ["2", None, "2.50"],
    ["10", "", None],
]
LINES = table("lines", [("a", "integer"), ("b", "text")])
LINE_ROWS: list[Row] = [["1", "x"], ["1", "x"], ["2", None]]


@dataclass(frozen=True)
class Shop:
    """A project, its lake and its warehouse."""

    folder: Path
    url: str

    @property
    def lake(self) -> Path:
        return self.folder / "output"

    def publish(
        self, day: str, *tables: tuple[Any, Sequence[Row]], source: str = "csv"
    ) -> None:
        publish_day(self.lake, source, day, tables)

    def load(self, day: str, source: str = "csv", **settings: Any) -> None:
        """Load a published day as target-postgres does."""
        settings.setdefault("schema", "public")
        rules = parse_rules(settings.pop("strategy", None))
        loads = plan(self._received(source, day), rules, settings["schema"])
        load_all(self.url, loads, Options(**settings))

    def _received(self, source: str, day: str) -> Iterator[Received]:
        origin = Origin(source, Day.parse(day))
        folder = partition.folder(self.lake, source, origin.day)
        for file in partition.read(self.lake, source, origin.day).files:
            path = folder / file.path
            handed = HandedFile(
                path, file.rows, file.sha256, file.longest_line
            )
            yield Received(file.table.stream, file.table, origin, handed)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return harness.sql(self.url, statement)

    def run(self, *words: str, day: str = DAY, **env: str) -> harness.Result:
        variables: dict[str, str | None] = {"WAREHOUSE_URL": self.url, **env}
        return harness.run_daybook(
            "audit", "--day", day, *words, cwd=self.folder, env=variables
        )

    def audit(self, *words: str, day: str = DAY) -> list[dict[str, Any]]:
        """Return what is found per table; the exit code must agree."""
        result = self.run("--json", *words, day=day)
        found = json.loads(result.stdout)
        assert result.returncode == (0 if found["equal"] else 1)
        assert found["equal"] == all(t["equal"] for t in found["tables"])
        return list(found["tables"])

    def only(self, *words: str, day: str = DAY) -> dict[str, Any]:
        (found,) = self.audit(*words, day=day)
        return found


@pytest.fixture
def shop(tmp_path: Path, warehouse_url: str) -> Shop:
    """An empty project."""
    (tmp_path / "meltano.yml").touch()
    return Shop(tmp_path, warehouse_url)


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    """Orders and lines, published and loaded."""
    shop.publish(DAY, (ORDERS, ROWS), (LINES, LINE_ROWS))
    shop.load(DAY)
    return shop


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["missing"], found["extra"], found["different"]


def test_values_of_personal_columns_are_not_shown(shop: Shop) -> None:
    email = Column("name", "text", personal=Personal("email"))
    people = replace(
        ORDERS, columns=(ORDERS.columns[0], email, ORDERS.columns[2])
    )
    shop.publish(DAY, (people, [["1", "a@b.c", "1"], ["2", None, "2"]]))
    shop.load(DAY)
    shop.sql("UPDATE orders SET name = 'x@y.z', price = 3")
    (one, two) = shop.only()["differing"]
    assert one["columns"] == {
        "name": {"lake": "***", "target": "***"},
        "price": {"lake": "1", "target": "3"},
    }
    assert two["columns"]["name"] == {"lake": None, "target": "***"}


def test_a_loaded_day_is_equal(loaded: Shop) -> None:
    lines, orders = loaded.audit()
    assert lines["where"] == "public.lines"
    assert orders == {
        "target": "warehouse",
        "source": "csv",
        "table": "public-orders",
        "where": "public.orders",
        "equal": True,
        "right": True,
        "problem": "",
        "note": "",
        "rows": {"lake": 3, "target": 3},
        "missing": 0,
        "extra": 0,
        "different": 0,
        "kept": 0,
        "missing_keys": [],
        "extra_keys": [],
        "differing": [],
    }


def test_one_changed_cell_is_found(loaded: Shop) -> None:
    loaded.sql("UPDATE orders SET name = 'b' WHERE id = 1")
    _, orders = loaded.audit()
    assert counts(orders) == (0, 0, 1)
    assert orders["differing"] == [
        {"key": {"id": "1"}, "columns": {"name": {"lake": "a", "target": "b"}}}
    ]


@pytest.mark.parametrize(
    ("change", "column", "lake", "target"),
    [
        ("name = '' WHERE id = 2", "name", None, ""),
        ("name = NULL WHERE id = 10", "name", "", None),
        ("name = 'NULL' WHERE id = 2", "name", None, "NULL"),
        ("price = 1.00 WHERE id = 1", "price", "1.0", "1.00"),
    ],
)
def test_values_are_compared_as_their_text(
    loaded: Shop,
    change: str,
    column: str,
    lake: str | None,
    target: str | None,
) -> None:
    loaded.sql(f"UPDATE orders SET {change}")
    (found,) = loaded.audit()[1]["differing"]
    assert found["columns"] == {column: {"lake": lake, "target": target}}


def test_white_space_in_json_is_a_difference(shop: Shop) -> None:
    notes = table("notes", [("id", "integer"), ("v", "json")], ["id"])
    shop.publish(DAY, (notes, [["1", '{"a": 1}']]))
    shop.load(DAY)
    shop.sql("""UPDATE notes SET v = '{"a":1}'""")
    assert counts(shop.only()) == (0, 0, 1)


def test_equal_counts_do_not_hide_a_swapped_row(loaded: Shop) -> None:
    loaded.sql("UPDATE orders SET id = 3 WHERE id = 2")
    _, orders = loaded.audit()
    assert orders["rows"] == {"lake": 3, "target": 3}
    assert counts(orders) == (1, 1, 0)
    assert orders["missing_keys"] == [{"id": "2"}]
    assert orders["extra_keys"] == [{"id": "3"}]


def test_a_moved_relationship_is_found(shop: Shop) -> None:
    items = table(
        "items", [("id", "integer"), ("order_id", "integer")], ["id"]
    )
    shop.publish(DAY, (ORDERS, ROWS), (items, [["1", "1"], ["2", "1"]]))
    shop.load(DAY)
    shop.sql("UPDATE items SET order_id = 2 WHERE id = 2")
    (found,) = shop.audit("--table", "items")[0]["differing"]
    assert found["columns"] == {"order_id": {"lake": "1", "target": "2"}}


def test_a_change_that_was_logged_as_loaded_is_found(loaded: Shop) -> None:
    """What is stored about a load is not believed."""
    loaded.sql("ALTER TABLE orders DISABLE TRIGGER USER")
    loaded.sql("UPDATE orders SET price = 9")
    loaded.sql(
        "UPDATE daybook.loads SET transaction_id = pg_current_xact_id(),"
        " horizon = pg_current_xact_id()"
    )
    assert counts(loaded.audit()[1]) == (0, 0, 3)


def test_rows_without_a_key_are_counted(loaded: Shop) -> None:
    loaded.sql("DELETE FROM lines WHERE a = 2")
    loaded.sql("INSERT INTO lines VALUES (1, 'x')")
    lines, _ = loaded.audit()
    assert lines["rows"] == {"lake": 3, "target": 3}
    assert counts(lines) == (1, 1, 0)
    assert lines["missing_keys"] == [{"a": "2", "b": None}]
    assert lines["extra_keys"] == [{"a": "1", "b": "x"}]


def test_a_row_that_stands_twice_is_found(loaded: Shop) -> None:
    loaded.sql("ALTER TABLE orders DROP CONSTRAINT orders_pkey")
    loaded.sql("INSERT INTO orders SELECT * FROM orders WHERE id = 1")
    assert counts(loaded.audit()[1]) == (0, 1, 0)


def test_a_composite_key_matches_rows(shop: Shop) -> None:
    pairs = table(
        "pairs", [("a", "integer"), ("b", "text"), ("v", "text")], ["b", "a"]
    )
    shop.publish(DAY, (pairs, [["1", "x", "v"], ["1", "y", "v"]]))
    shop.load(DAY)
    shop.sql("UPDATE pairs SET v = 'w' WHERE b = 'y'")
    (found,) = shop.only()["differing"]
    assert found["key"] == {"b": "y", "a": "1"}


def test_values_that_a_csv_file_writes_otherwise_are_equal(shop: Shop) -> None:
    kinds = {
        "id": ("integer", "007"),
        "b": ("boolean", "yes"),
        "n": ("numeric(8,3)", "1.5"),
        "r": ("real", "14.0"),
        "t": ("timestamp with time zone", "2024-12-20T10:00:00+02:00"),
        "u": ("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        "j": ("jsonb", '{"b":1,"a":2}'),
        "c": ("character(4)", "ab"),
        "v": ("character varying(4)", "ab "),
    }
    types = [(name, kind) for name, (kind, _) in kinds.items()]
    one = table("t", types, ["id"])
    shop.publish(DAY, (one, [[value for _, value in kinds.values()]]))
    shop.load(DAY)
    assert shop.only()["equal"]
    shop.sql("UPDATE t SET n = 1.501")
    (found,) = shop.only()["differing"]
    assert found["columns"] == {"n": {"lake": "1.500", "target": "1.501"}}


def test_a_narrowed_column_does_not_hide_what_was_lost(shop: Shop) -> None:
    one = table("t", [("id", "integer"), ("n", "numeric(8,2)")], ["id"])
    shop.publish(DAY, (one, [["1", "32.38"]]))
    shop.load(DAY)
    shop.sql("ALTER TABLE t ALTER n TYPE numeric(8,1)")
    assert counts(shop.only()) == (0, 0, 1)


def test_a_widened_column_is_equal(shop: Shop) -> None:
    narrow = table("t", [("id", "integer"), ("n", "integer")], ["id"])
    wide = table("t", [("id", "integer"), ("n", "text")], ["id"])
    shop.publish(DAY, (narrow, [["1", "+5"]]))
    shop.publish(NEXT, (wide, [["1", "five"]]))
    shop.load(NEXT)
    shop.load(DAY, allow_older_day=True)
    assert shop.only()["equal"]


def test_a_column_that_is_gone_is_a_difference(loaded: Shop) -> None:
    loaded.sql("ALTER TABLE orders DROP COLUMN price")
    _, orders = loaded.audit()
    assert orders["problem"] == "it lacks the columns price"
    assert counts(orders) == (0, 0, 0)
    assert not orders["equal"]


def test_a_table_that_is_gone_is_a_difference(loaded: Shop) -> None:
    loaded.sql("DROP TABLE orders")
    orders = loaded.audit()[1]
    assert (orders["problem"], orders["missing"]) == ("the table is gone", 3)


def test_a_view_in_a_tables_place_is_a_difference(loaded: Shop) -> None:
    loaded.sql("ALTER TABLE orders RENAME TO hidden")
    loaded.sql("CREATE VIEW orders AS SELECT * FROM hidden")
    assert loaded.audit()[1]["problem"] == "a view, not a table"


def test_a_day_that_was_never_loaded_is_a_difference(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    found = shop.only()
    assert (found["problem"], found["rows"]["target"]) == ("not loaded", None)


def test_a_newer_day_is_named(loaded: Shop) -> None:
    loaded.publish(NEXT, (ORDERS, ROWS[:2]), (LINES, LINE_ROWS))
    loaded.load(NEXT)
    lines, orders = loaded.audit()
    assert orders["problem"] == f"superseded by {NEXT}"
    assert counts(orders) == (1, 0, 0)
    assert lines["equal"]
    assert lines["note"] == f"superseded by {NEXT}; the rows are the same"
    assert all(found["equal"] for found in loaded.audit(day=NEXT))


def test_an_older_day_is_named(loaded: Shop) -> None:
    loaded.publish(NEXT, (ORDERS, ROWS[:2]))
    assert loaded.only(day=NEXT)["problem"] == f"holds {DAY}"


def test_a_day_published_anew_since_its_load_is_named(loaded: Shop) -> None:
    loaded.publish(DAY, (ORDERS, ROWS[:2]), (LINES, LINE_ROWS))
    orders = loaded.audit()[1]
    assert counts(orders) == (0, 1, 0)
    assert "published anew" in orders["note"]


def test_each_day_of_a_history_is_audited_alone(shop: Shop) -> None:
    for day, rows in ((DAY, ROWS), (NEXT, ROWS[:1])):
        shop.publish(day, (ORDERS, rows))
        shop.load(day, strategy="history")
    assert shop.only()["equal"]
    assert shop.only(day=NEXT)["rows"] == {"lake": 1, "target": 1}
    shop.sql(f"DELETE FROM orders WHERE extracted_at = '{DAY}' AND id = 10")
    assert counts(shop.only()) == (1, 0, 0)
    assert shop.only(day=NEXT)["equal"]


def test_a_history_without_the_day_says_so(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.publish(NEXT, (ORDERS, ROWS))
    shop.load(DAY, strategy="history")
    found = shop.only(day=NEXT)
    assert found["problem"] == "not loaded"
    shop.sql("DROP TABLE orders_2024_12_20")
    assert shop.only()["problem"] == f"the partition of {DAY} is gone"


def test_rows_that_an_upsert_keeps_are_no_difference(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.publish(NEXT, (ORDERS, [["2", "new", "1"]]))
    for day in (DAY, NEXT):
        shop.load(day, strategy="upsert")
    found = shop.only(day=NEXT)
    assert (found["equal"], found["kept"]) == (True, 2)
    shop.sql("DELETE FROM orders WHERE id = 2")
    assert counts(shop.only(day=NEXT)) == (1, 0, 0)


def test_days_that_were_inserted_are_all_still_audited(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS[:1]))
    shop.publish(NEXT, (ORDERS, ROWS[1:]))
    for day in (DAY, NEXT):
        shop.load(day, strategy="insert")
    assert (shop.only()["equal"], shop.only()["kept"]) == (True, 2)
    shop.sql("UPDATE orders SET name = 'z' WHERE id = 1")
    assert counts(shop.only()) == (0, 0, 1)
    assert shop.only(day=NEXT)["equal"]


def test_the_schema_that_holds_the_day_is_found(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.publish(NEXT, (ORDERS, ROWS[1:]))
    shop.load(DAY, schema="old days")
    shop.load(NEXT)
    assert shop.only()["where"] == "old days.orders"
    assert shop.only(day=NEXT)["where"] == "public.orders"
    assert shop.only("--schema", "public")["problem"] == (
        f"superseded by {NEXT}"
    )
    assert shop.only("--schema", "other")["problem"] == "not loaded"


def test_each_schema_that_holds_the_day_is_audited(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    shop.load(DAY, schema="copy")
    shop.sql("DELETE FROM copy.orders")
    found = shop.audit()
    assert [(f["where"], f["missing"]) for f in found] == [
        ("copy.orders", 3),
        ("public.orders", 0),
    ]
    shop.sql("DROP SCHEMA copy CASCADE")
    assert shop.only()["where"] == "public.orders"


def test_tables_of_one_name_are_told_apart(shop: Shop) -> None:
    other = table("orders", [("id", "integer")], ["id"], schema="sales")
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    shop.publish(DAY, (other, [["7"]]))
    shop.load(DAY, schema="sales")
    shop.publish(DAY, (ORDERS, ROWS), (other, [["7"]]))
    found = shop.audit()
    assert [(f["table"], f["where"], f["equal"]) for f in found] == [
        ("public-orders", "public.orders", True),
        ("sales-orders", "sales.orders", True),
    ]


def test_names_are_only_names(shop: Shop) -> None:
    name = "or'd\"er%s;\n--${x}*"
    one = table(
        name,
        [("id\"'%(", "integer"), ("Id", "text"), ("ID", "text")],
        ["id\"'%("],
        schema="a-b",
    )
    shop.publish(DAY, (one, [["1", "a", "b"]]), source="o'n%e")
    shop.load(DAY, source="o'n%e", schema='s"c%s')
    assert shop.only()["equal"]
    shop.sql('UPDATE "s""c%s"."or\'d""er%s;\n--${x}*" SET "Id" = \'b\'')
    (found,) = shop.only()["differing"]
    assert found["columns"] == {"Id": {"lake": "a", "target": "b"}}
    assert "\n--" not in shop.run().stdout


def test_tables_and_sources_can_be_chosen(loaded: Shop) -> None:
    loaded.publish(DAY, (ORDERS, []), source="other")
    words = ("--source", "csv", "--table", "public.ord*")
    assert loaded.only(*words)["table"] == "public-orders"
    result = loaded.run("--table", "nothing*")
    assert result.returncode == 2
    assert "nothing*" in result.stderr


def test_values_are_cut_and_rows_limited(shop: Shop) -> None:
    rows: list[Row] = [[str(n), "x" * 5000, None] for n in range(20)]
    shop.publish(DAY, (ORDERS, rows))
    shop.load(DAY)
    shop.sql("UPDATE orders SET name = name || 'y'")
    found = shop.only("--limit", "3")
    assert (found["different"], len(found["differing"])) == (20, 3)
    (values,) = found["differing"][0]["columns"].values()
    assert len(values["lake"]) == 200
    assert max(map(len, shop.run().stdout.splitlines())) < 200


def test_people_are_shown_rows_and_verdicts(loaded: Shop) -> None:
    loaded.sql("UPDATE orders SET name = 'b' WHERE id = 1")
    result = loaded.run()
    assert result.returncode == 1
    assert (
        "warehouse public.orders: different id='1': name is 'b', not 'a'"
        in result.stdout.splitlines()
    )
    assert f"1 of 2 not as on {DAY}." in result.stdout
    assert "meltano run tap-csv target-postgres" in result.stderr


def test_a_target_without_a_url_is_said(loaded: Shop) -> None:
    named = loaded.run("--target", "warehouse", WAREHOUSE_URL="")
    assert named.returncode == 2
    assert "WAREHOUSE_URL is missing" in named.stderr
    both = loaded.run("--target", "warehouse", "--target", "graph")
    assert both.returncode == 2
    assert "NEO4J_URL is missing" in both.stderr


def test_an_unreachable_server_can_be_tried_again(loaded: Shop) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        url = f"postgresql://me:s3cret%40x@127.0.0.1:{port}/db"
        result = loaded.run(WAREHOUSE_URL=url)
    assert result.returncode == 1
    assert "WAREHOUSE_URL" in result.stderr
    assert "s3cret" not in result.stderr + result.stdout


def test_a_day_that_was_not_published_is_no_use_to_retry(
    loaded: Shop,
) -> None:
    assert loaded.run(day=LATER).returncode == 2
    assert loaded.run(day="yesterday").returncode == 2


def test_an_edited_day_is_refused(loaded: Shop) -> None:
    for path in loaded.lake.glob("source=csv/*/table=public-orders/*.csv"):
        path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    result = loaded.run()
    assert result.returncode == 2
    assert "edited" in result.stderr


def test_row_security_is_an_error_not_a_missing_row(loaded: Shop) -> None:
    loaded.sql("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    loaded.sql("ALTER TABLE orders FORCE ROW LEVEL SECURITY")
    loaded.sql("CREATE POLICY p ON orders USING (id < 5)")
    result = loaded.run()
    assert result.returncode == 1
    assert "BYPASSRLS" in result.stderr


def test_a_role_that_may_only_read_is_enough(
    loaded: Shop, server_url: str
) -> None:
    role = harness.create_database(server_url, "reader")
    user = role.rpartition("/")[2]
    loaded.sql(
        f"GRANT USAGE ON SCHEMA public, daybook TO {user};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public, daybook TO {user}"
    )
    url = role.rpartition("/")[0] + "/" + loaded.url.rpartition("/")[2]
    result = loaded.run(WAREHOUSE_URL=url)
    admin = server_url.rpartition("/")[0] + "/" + loaded.url.rpartition("/")[2]
    harness.sql(admin, f"DROP OWNED BY {user}")
    harness.drop_database(server_url, role)
    assert result.returncode == 0, result.stderr


def test_nothing_is_left_behind(loaded: Shop, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    loaded.sql("UPDATE orders SET name = 'b'")
    assert loaded.run(TMPDIR=str(scratch)).returncode == 1
    assert not list(scratch.iterdir())


def test_it_stops_when_told_to(loaded: Shop) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'daybook audit'"
    )
    with psycopg.connect(loaded.url) as holder:
        holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            [str(harness.BIN / "daybook"), "audit", "--day", DAY],
            cwd=loaded.folder,
            env=harness.environment({"WAREHOUSE_URL": loaded.url}),
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        while process.poll() is None and loaded.sql(waiting) == [(0,)]:
            time.sleep(0.05)
        process.terminate()
        _, said = process.communicate(timeout=harness.TIMEOUT_SECONDS)
    assert process.returncode == 1
    assert "told to stop" in said
