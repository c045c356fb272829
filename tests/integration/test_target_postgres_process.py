"""The target as a process: receipts, records, two at once, kills."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from singer_input import Source, hub, orders

import lake_days
from harness import BIN, environment, pipe, run_tap, run_target, sql

DAY, NEXT = "2024-12-20", "2024-12-21"
TARGET = "target-postgres"


def tables(url: str) -> list[tuple[str]]:
    return sql(
        url,
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v')"
        " AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE"
        " nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))"
        " ORDER BY 1",
    )


def test_a_day_with_its_receipt_is_loaded(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    result = run_target(TARGET, {"url": warehouse_url}, day.messages())
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert sql(warehouse_url, "SELECT * FROM orders") == [(1, "a")]
    assert "public.orders" in result.stderr


def test_a_day_without_its_receipt_changes_nothing(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    messages = day.messages(receipt=False)
    result = run_target(TARGET, {"url": warehouse_url}, messages)
    assert result.returncode == 1
    assert "public-orders" in result.stderr
    assert tables(warehouse_url) == []


def test_input_that_breaks_off_in_a_line_changes_nothing(
    tmp_path: Path, warehouse_url: str
) -> None:
    messages = orders(tmp_path, DAY, ("1", "a")).messages()
    result = run_target(TARGET, {"url": warehouse_url}, messages[:-20])
    assert result.returncode == 1
    assert tables(warehouse_url) == []


def test_no_input_at_all_changes_nothing(warehouse_url: str) -> None:
    result = run_target(TARGET, {"url": warehouse_url}, "")
    assert result.returncode == 1
    assert tables(warehouse_url) == []


def test_a_refusal_exits_2_and_shows_no_traceback(
    tmp_path: Path, warehouse_url: str
) -> None:
    sql(warehouse_url, "CREATE TABLE orders AS SELECT 7 AS id")
    day = orders(tmp_path, DAY, ("1", "a"))
    result = run_target(TARGET, {"url": warehouse_url}, day.messages())
    assert result.returncode == 2
    assert "Daybook did not load" in result.stderr
    assert "-> " in result.stderr
    assert "Traceback" not in result.stderr


def test_settings_that_are_missing_are_named_with_an_example() -> None:
    result = run_target(TARGET, {"schema": ""}, "")
    assert result.returncode == 2
    assert "WAREHOUSE_URL is missing" in result.stderr
    assert "SCHEMA is missing" in result.stderr
    assert (
        "MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-postgres"
    ) in result.stderr


def test_a_server_that_is_not_there_exits_1_without_the_password(
    tmp_path: Path,
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    url = "postgresql://me:s%24cr%40t@127.0.0.1:1/db"
    result = run_target(
        TARGET, {"url": url}, day.messages(), {"LOGLEVEL": "DEBUG"}
    )
    assert result.returncode == 1
    assert "WAREHOUSE_URL" in result.stderr
    for secret in ("s$cr@t", "s%24cr%40t"):
        assert secret not in result.stderr


def test_records_without_a_receipt_are_refused_by_default(
    warehouse_url: str,
) -> None:
    result = run_target(
        TARGET, {"url": warehouse_url}, hub({"id": 1, "name": "a"})
    )
    assert result.returncode == 2
    assert "TARGET_POSTGRES_RECEIPT=optional" in result.stderr
    assert tables(warehouse_url) == []


def test_records_of_a_tap_from_the_hub_are_upserted(
    tmp_path: Path, warehouse_url: str
) -> None:
    config = {
        "url": warehouse_url,
        "receipt": "optional",
        "strategy": "upsert",
        "spool": str(tmp_path / "spool"),
    }
    first = hub({"id": 1, "name": "a"}, {"id": 2, "name": ""}, {"id": 1})
    result = run_target(TARGET, config, first)
    assert result.returncode == 0, result.stderr
    assert "not proven" in result.stderr
    second = hub({"id": 2, "name": "NULL"}, {"id": 3, "name": "c"})
    assert run_target(TARGET, config, second).returncode == 0
    assert sql(warehouse_url, "SELECT id, name FROM orders ORDER BY 1") == [
        (1, None),
        (2, "NULL"),
        (3, "c"),
    ]
    assert list((tmp_path / "spool" / ".staging").iterdir()) == []


@pytest.mark.parametrize("strategy", ["snapshot", "replace", "history"])
def test_unproven_records_are_never_mirrored(
    tmp_path: Path, warehouse_url: str, strategy: str
) -> None:
    config = {
        "url": warehouse_url,
        "receipt": "optional",
        "strategy": {"*": strategy},
        "spool": str(tmp_path),
    }
    result = run_target(TARGET, config, hub({"id": 1}))
    assert result.returncode == 2
    assert "target-csv" in result.stderr
    assert tables(warehouse_url) == []


def test_the_label_of_a_run_is_in_the_load_log(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    label = {"DAYBOOK_RUN_ID": "scheduled__1"}
    run_target(TARGET, {"url": warehouse_url}, day.messages(), label)
    runs = "SELECT run_id FROM daybook.loads"
    assert sql(warehouse_url, runs) == [("scheduled__1",)]


@contextmanager
def started(url: str, day: Source, folder: Path) -> Iterator[Any]:
    """Start a load; its log goes to a file."""
    config = folder / "config.json"
    config.write_text(json.dumps({"url": url, "allow_older_day": True}))
    said = (folder / f"said-{random.random()}").open("w+")
    process = subprocess.Popen(
        [str(BIN / TARGET), "--config", str(config)],
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=said,
        text=True,
    )
    assert process.stdin
    process.stdin.write(day.messages())
    process.stdin.close()
    try:
        yield process, said
    finally:
        process.kill()
        process.wait()
        said.close()


def wait_for(said: Any, text: str) -> str:
    for _ in range(200):
        said.seek(0)
        content = str(said.read())
        if text in content:
            return content
        time.sleep(0.05)
    raise AssertionError(content)


def test_a_second_load_waits_for_the_first_and_says_so(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    run_target(TARGET, {"url": warehouse_url}, day.messages())
    newer = orders(tmp_path, NEXT, ("2", "b"))
    with psycopg.connect(warehouse_url) as reader:
        reader.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE")
        with (
            started(warehouse_url, newer, tmp_path) as (one, first),
        ):
            content = wait_for(first, "Waiting for a lock on public.orders")
            assert "process" in content
            with started(warehouse_url, day, tmp_path) as (two, second):
                wait_for(
                    second, "Waiting for another load into the schema public"
                )
                reader.rollback()
                assert (one.wait(30), two.wait(30)) == (0, 0)
    assert sql(warehouse_url, "SELECT * FROM orders") == [(1, "a")]
    days = "SELECT day::text FROM daybook.loads ORDER BY id"
    assert sql(warehouse_url, days) == [(DAY,), (NEXT,), (DAY,)]


def test_first_loads_into_two_schemas_at_once_both_succeed(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, *((str(i), "x") for i in range(1000)))
    runs = []
    for schema in ("one", "two", "three"):
        config = tmp_path / f"{schema}.json"
        config.write_text(json.dumps({"url": warehouse_url, "schema": schema}))
        runs.append(
            subprocess.Popen(
                [str(BIN / TARGET), "--config", str(config)],
                env=environment(),
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for run in runs:
        assert run.stdin
        run.stdin.write(day.messages())
        run.stdin.close()
        run.stdin = None
    for run in runs:
        assert run.wait(60) == 0, run.stderr
    assert sql(warehouse_url, "SELECT count(*) FROM daybook.loads") == [(3,)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_load_leaves_the_old_rows_or_the_new_and_no_litter(
    tmp_path: Path, warehouse_url: str, number: signal.Signals
) -> None:
    chance = random.Random(7)
    rows = {
        day: orders(tmp_path, day, *((str(i), day) for i in range(40_000)))
        for day in (DAY, NEXT)
    }
    state = "SELECT name, count(*) FROM orders GROUP BY 1"
    config = {"url": warehouse_url, "allow_older_day": True}
    start = time.monotonic()
    run_target(TARGET, config, rows[DAY].messages())
    seconds = time.monotonic() - start
    day = DAY
    for _ in range(6):
        other = NEXT if day == DAY else DAY
        with started(warehouse_url, rows[other], tmp_path) as (process, _):
            time.sleep(chance.uniform(0.3, seconds))
            process.send_signal(number)
            code = process.wait()
        after = sql(warehouse_url, state)
        assert after in ([(day, 40_000)], [(other, 40_000)])
        if code == 0:
            assert after == [(other, 40_000)]
        day = after[0][0]
    final = NEXT if day == DAY else DAY
    result = run_target(TARGET, config, rows[final].messages())
    assert result.returncode == 0, result.stderr
    assert sql(warehouse_url, state) == [(final, 40_000)]
    assert tables(warehouse_url) == [("loads",), ("orders",)]


def lake_tap(root: Path) -> dict[str, str]:
    return {
        "lake": str(root),
        "sources": "csv",
        "day": DAY,
        "handover": "files",
        "spool": str(root),
    }


def test_a_published_day_goes_from_the_lake_into_the_warehouse(
    lake: Path, warehouse_url: str
) -> None:
    lake_days.publish_day(lake)
    config = {"url": warehouse_url}
    tap, target = pipe("tap-csv", lake_tap(lake), TARGET, config)
    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    assert sql(warehouse_url, "SELECT * FROM orders ORDER BY 1") == [
        (1, "a"),
        (2, None),
        (3, ""),
    ]


def test_a_day_published_anew_while_being_read_can_be_loaded_again(
    lake: Path, warehouse_url: str
) -> None:
    lake_days.publish_day(lake)
    messages = run_tap("tap-csv", lake_tap(lake)).stdout
    lake_days.publish_day(
        lake, {lake_days.ORDERS: [("9", "z")], lake_days.ITEMS: []}
    )
    result = run_target(TARGET, {"url": warehouse_url}, messages)
    assert result.returncode == 1
    assert "published anew" in result.stderr
    assert tables(warehouse_url) == []


def test_a_session_that_is_cut_changes_nothing_and_exits_1(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    run_target(TARGET, {"url": warehouse_url}, day.messages())
    newer = orders(tmp_path, NEXT, ("2", "b"))
    with psycopg.connect(warehouse_url) as reader:
        reader.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE")
        with started(warehouse_url, newer, tmp_path) as (process, said):
            wait_for(said, "Waiting for a lock")
            reader.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'daybook target-postgres'"
                " AND datname = current_database()"
            )
            assert process.wait(30) == 1
            content = wait_for(said, "Run the same command again")
    assert "Traceback" not in content
    assert sql(warehouse_url, "SELECT * FROM orders") == [(1, "a")]


def test_starting_the_target_imports_no_driver() -> None:
    code = (
        "import daybook.postgres.target, sys;"
        " print([m for m in ('psycopg', 'duckdb', 'rich')"
        " if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"
