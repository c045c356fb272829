"""The `daybook` command over a lake, as users and programs run it."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import harness
from days import Row, publish_day, table

GOLDEN = Path(__file__).parents[1] / "golden"
D1, D2, D3 = "2024-12-20", "2024-12-21", "2024-12-22"
ORDERS = table(
    "orders",
    [
        ("order_id", "smallint"),
        ("ship_name", "character varying(40)"),
        ("shipped", "date"),
        ("freight", "numeric(8,2)"),
        ("taken", "timestamp with time zone"),
    ],
    ["order_id"],
)
DETAILS = table(
    "order_details",
    [("order_id", "smallint"), ("price", "real")],
    ["order_id"],
    schema="",
)
ROWS: list[Row] = [
    ["1", "Ålesund\nHandel", "1996-07-04", "32.38", "1996-07-04 10:00:00+00"],
    ["2", "", None, "11.61", None],
    ["10", None, "0044-03-15 BC", "0.10", None],
]
LOADS = """
    CREATE SCHEMA daybook;
    CREATE TABLE daybook.loads (
        id bigint GENERATED ALWAYS AS IDENTITY, schema text, "table" text,
        source text, day date, strategy text, outcome text,
        loaded_at timestamptz DEFAULT '2024-12-23 01:02:03+00');
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a lake: two days of postgres, one of csv."""
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    publish_day(lake, "postgres", D1, [(ORDERS, ROWS)])
    changed: list[Row] = [
        ["1", *ROWS[0][1:]],
        ["2", None, *ROWS[1][2:]],
        ["11", "x", None, "1.00", None],
    ]
    publish_day(lake, "postgres", D2, [(ORDERS, changed)])
    publish_day(lake, "csv", D1, [(DETAILS, [["1", "9.8"], ["2", "14"]])])
    return tmp_path


def daybook(
    project: Path, *arguments: str, **env: str | None
) -> harness.Result:
    """Run the command in the project's folder."""
    return subprocess.run(
        [str(harness.BIN / "daybook"), *arguments],
        cwd=project,
        env=harness.environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )


def answer(project: Path, *arguments: str, **env: str | None) -> Any:
    """Return what the command prints as JSON."""
    result = daybook(project, *arguments, "--json", **env)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def data_file(project: Path, source: str, day: str) -> Path:
    """Return the one data file of a day."""
    folder = project / "output" / f"source={source}" / f"extracted_at={day}"
    (path,) = folder.glob("table=*/*.csv")
    return path


def edit(path: Path) -> None:
    """Change one byte, and not the size."""
    data = path.read_bytes()
    path.write_bytes(data.replace(b"order_id", b"order_iD"))


def test_days_lists_every_source_and_day_with_its_size(project: Path) -> None:
    days = answer(project, "days")["days"]
    assert [(d["source"], d["day"], d["state"], d["rows"]) for d in days] == [
        ("csv", D1, "complete", 2),
        ("postgres", D1, "complete", 3),
        ("postgres", D2, "complete", 3),
    ]
    assert days[0]["bytes"] == data_file(project, "csv", D1).stat().st_size


def test_days_works_from_a_folder_inside_the_project(project: Path) -> None:
    (project / "extract").mkdir()
    result = daybook(project / "extract", "days")
    assert D2 in result.stdout


def test_days_of_an_empty_lake_names_the_first_command(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").touch()
    result = daybook(tmp_path, "days")
    assert result.returncode == 0
    assert "meltano run extract_postgres" in result.stderr


def test_a_day_without_manifest_is_incomplete(project: Path) -> None:
    data_file(project, "csv", D1).parents[1].joinpath(
        "datapackage.json"
    ).unlink()
    assert answer(project, "days")["days"][0]["state"] == "incomplete"


def test_an_edited_file_shows_in_days_without_hashing_everything(
    project: Path,
) -> None:
    path = data_file(project, "postgres", D1)
    edit(path)
    day = answer(project, "days")["days"][1]
    assert day["state"] == "edited"
    assert str(path) in day["problems"][0]


def test_a_day_behind_a_link_is_edited_and_hides_no_other(
    project: Path,
) -> None:
    place = data_file(project, "csv", D1).parents[1]
    place.rename(project / "elsewhere")
    place.symlink_to(project / "elsewhere")
    days = answer(project, "days")["days"]
    assert [d["state"] for d in days] == ["edited", "complete", "complete"]
    assert "symbolic link" in days[0]["problems"][0]


def test_days_says_where_a_day_is_loaded(
    project: Path, warehouse_url: str
) -> None:
    with psycopg.connect(warehouse_url) as session:
        session.execute(LOADS)
        for schema, day, strategy, outcome in (
            ("public", D1, "snapshot", "loaded"),
            ("public", D2, "snapshot", "loaded"),
            ("hist", D1, "history", "loaded"),
            ("public", D1, "snapshot", "superseded"),
        ):
            session.execute(
                'INSERT INTO daybook.loads (schema, "table", source, day, '
                "strategy, outcome) "
                "VALUES (%s, 'orders', 'postgres', %s, %s, %s)",
                [schema, day, strategy, outcome],
            )
    found = answer(project, "days", WAREHOUSE_URL=warehouse_url)
    assert found["warehouse"] == "read"
    places = {
        (d["source"], d["day"]): {
            one["schema"]: (one["tables"], one["current_tables"])
            for one in d["loaded"]
        }
        for d in found["days"]
    }
    assert places == {
        ("csv", D1): {},
        ("postgres", D1): {"hist": (1, 1), "public": (1, 0)},
        ("postgres", D2): {"public": (1, 1)},
    }


def test_days_says_that_the_warehouse_is_not_there(project: Path) -> None:
    url = "postgresql://u:top%40secret@127.0.0.1:1/none"
    result = daybook(project, "days", WAREHOUSE_URL=url)
    assert result.returncode == 0
    assert "WAREHOUSE_URL cannot be read" in result.stderr
    assert "secret" not in result.stdout + result.stderr


def test_show_lists_tables_columns_and_keys(project: Path) -> None:
    (day,) = answer(project, "show", D1, "postgres")
    assert (day["tap"], day["state"]) == ("tap-postgres", "complete")
    (orders,) = day["tables"]
    assert (orders["schema"], orders["table"]) == ("public", "orders")
    assert (orders["rows"], orders["key"]) == (3, ["order_id"])
    assert orders["columns"][3]["type"] == "numeric(8,2)"


def test_show_prints_columns_for_people(project: Path) -> None:
    result = daybook(project, "show", D1, "--columns")
    assert "timestamp with time zone" in result.stdout
    assert "public.orders" in result.stdout


@pytest.mark.parametrize("day", ["20241220", "2024-13-01", "today"])
def test_a_day_that_is_none_is_refused(project: Path, day: str) -> None:
    result = daybook(project, "show", day)
    assert result.returncode == 2
    assert day in result.stderr


def test_a_day_that_is_not_there_is_named_with_the_newest(
    project: Path,
) -> None:
    result = daybook(project, "show", D3)
    assert result.returncode == 2
    assert D3 in result.stderr
    assert f"{D2} of postgres" in result.stderr


def test_verify_reads_every_file(project: Path) -> None:
    found = answer(project, "verify")
    assert [d["problems"] for d in found["days"]] == [[], [], []]


def test_verify_names_an_edited_file_that_kept_size_and_time(
    project: Path,
) -> None:
    path = data_file(project, "postgres", D1)
    before = path.stat()
    edit(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    result = daybook(project, "verify")
    assert result.returncode == 2
    assert str(path) in result.stdout
    assert "meltano run extract_postgres" in result.stdout


def test_verify_sizes_names_a_missing_file_and_a_link(project: Path) -> None:
    missing = data_file(project, "csv", D1)
    missing.unlink()
    linked = data_file(project, "postgres", D2)
    elsewhere = project / "elsewhere.csv"
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    result = daybook(project, "verify", "--sizes", "--json")
    assert result.returncode == 2
    problems = {
        d["source"]: [(p["path"], p["what"]) for p in d["problems"]]
        for d in json.loads(result.stdout)["days"]
        if d["problems"]
    }
    assert problems == {
        "csv": [(str(missing), "is missing")],
        "postgres": [(str(linked), "is a symbolic link")],
    }


def test_verify_of_one_day_leaves_the_others_alone(project: Path) -> None:
    edit(data_file(project, "postgres", D1))
    assert daybook(project, "verify", D2).returncode == 0
    assert daybook(project, "verify", D1, "csv").returncode == 0


def test_diff_counts_and_names_rows(project: Path) -> None:
    (found,) = answer(project, "diff", D1, D2)
    (orders,) = found["tables"]
    assert (orders["added"], orders["changed"], orders["removed"]) == (1, 1, 1)
    assert orders["examples"] == [
        {"kind": "added", "row": {"order_id": "11"}, "values": {}},
        {"kind": "removed", "row": {"order_id": "10"}, "values": {}},
        {
            "kind": "changed",
            "row": {"order_id": "2"},
            "values": {"ship_name": ["", None]},
        },
    ]


def test_diff_tells_people_null_from_empty(project: Path) -> None:
    result = daybook(project, "diff", D1, D2, "postgres")
    assert "ship_name '' -> NULL" in result.stdout


def test_diff_of_a_table_that_is_not_there_is_refused(project: Path) -> None:
    result = daybook(project, "diff", D1, D2, "postgres", "--table", "nope")
    assert result.returncode == 2
    assert "public-orders" in result.stderr


def test_diff_refuses_an_edited_file_by_name(project: Path) -> None:
    path = data_file(project, "postgres", D1)
    edit(path)
    result = daybook(project, "diff", D1, D2)
    assert result.returncode == 2
    assert str(path) in result.stderr


def test_query_has_types_and_both_names_of_a_table(project: Path) -> None:
    sql = (
        "SELECT sum(freight) AS total, max(taken) AS taken, "
        "min(year(shipped)) AS year FROM public.orders "
        "JOIN csv.order_details USING (order_id)"
    )
    result = daybook(project, "query", sql, "--day", D1, "--format", "json")
    assert json.loads(result.stdout) == [
        {"total": 43.99, "taken": "1996-07-04 10:00:00+00", "year": 1996}
    ]


def test_query_reads_a_year_bc_as_one(project: Path) -> None:
    sql = "SELECT year(shipped) AS y FROM orders WHERE order_id = 10"
    result = daybook(project, "query", sql, "--day", D1, "--format", "json")
    assert json.loads(result.stdout) == [{"y": -43}]


def test_query_as_csv_gives_the_file_back(project: Path) -> None:
    result = daybook(
        project, "query", "FROM orders", "--text", "--format", "csv",
        "--day", D1,
    )  # fmt: skip
    file = data_file(project, "postgres", D1)
    assert result.stdout.encode() == file.read_bytes()


def test_query_takes_the_day_of_the_load_from_the_environment(
    project: Path,
) -> None:
    sql = "SELECT count(*) AS n FROM order_details"
    result = daybook(project, "query", sql, "--format", "csv", EXTRACTED_AT=D1)
    assert result.stdout == "n\n2\n"


def test_query_without_a_day_says_so(project: Path) -> None:
    result = daybook(project, "query", "FROM orders")
    assert result.returncode == 2
    assert "--day" in result.stderr


def test_query_writes_a_file_by_its_ending(project: Path) -> None:
    sql = "FROM orders ORDER BY order_id"
    for name in ("out.csv", "out.json"):
        daybook(project, "query", sql, "--day", D1, "--output", name)
    with (project / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = json.loads((project / "out.json").read_text())
    assert [r["ship_name"] for r in rows] == ["Ålesund\nHandel", "", ""]
    assert [r["ship_name"] for r in found] == ["Ålesund\nHandel", "", None]


def test_a_query_that_fails_midway_leaves_the_old_file(project: Path) -> None:
    (project / "out.csv").write_text("old")
    sql = (
        "SELECT CASE WHEN order_id = 10 THEN 'x' ELSE '1' END::INT FROM orders"
    )
    result = daybook(project, "query", sql, "--day", D1, "--output", "out.csv")
    assert result.returncode == 2
    assert "--text" in result.stderr
    assert (project / "out.csv").read_text() == "old"
    assert not list(project.glob(".out*"))


@pytest.mark.parametrize(
    "sql",
    ["CREATE TABLE t (i INT)", "COPY orders TO 'x'", "SELECT 1; SELECT 2", ""],
)
def test_query_only_reads(project: Path, sql: str) -> None:
    result = daybook(project, "query", sql, "--day", D1)
    assert result.returncode == 2
    assert "one SELECT" in result.stderr
    assert not (project / "x").exists()


def test_query_names_what_the_day_has_when_a_table_is_unknown(
    project: Path,
) -> None:
    result = daybook(project, "query", "FROM order_detail", "--day", D1)
    assert result.returncode == 2
    assert "daybook show" in result.stderr
    assert "order_details" in result.stderr


def test_a_reader_that_has_seen_enough_is_no_traceback(project: Path) -> None:
    with subprocess.Popen(
        [
            str(harness.BIN / "daybook"), "query", "FROM range(300000)",
            "--day", D1, "--format", "csv",
        ],
        cwd=project,
        env=harness.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_tables_of_two_sources_with_one_name_need_the_source(
    project: Path,
) -> None:
    publish_day(project / "output", "crm", D1, [(ORDERS, ROWS[:1])])
    both = daybook(project, "query", "FROM orders", "--day", D1)
    assert both.returncode == 2
    one = daybook(
        project, "query", "SELECT count(*) FROM crm.orders", "--day", D1
    )
    assert "1" in one.stdout
    named = daybook(
        project, "query", "FROM orders", "--day", D1, "--source", "crm"
    )
    assert named.returncode == 0


def test_prune_keeps_the_newest_days_of_each_source(project: Path) -> None:
    assert daybook(project, "prune", "--keep", "1", "--yes").returncode == 0
    days = answer(project, "days")["days"]
    assert [(d["source"], d["day"]) for d in days] == [
        ("csv", D1),
        ("postgres", D2),
    ]


def test_prune_without_anybody_to_ask_removes_nothing(project: Path) -> None:
    result = daybook(project, "prune", "--keep", "1")
    assert result.returncode == 2
    assert "--yes" in result.stderr
    assert len(answer(project, "days")["days"]) == 3


def test_prune_dry_run_shows_what_would_go(project: Path) -> None:
    found = answer(project, "prune", "--keep", "1", "--dry-run")
    assert found == {
        "removed": False,
        "days": [{"source": "postgres", "day": D1}],
    }
    assert len(answer(project, "days")["days"]) == 3


def test_prune_never_removes_the_newest_day(project: Path) -> None:
    result = daybook(project, "prune", "--keep", "0", "--yes")
    assert result.returncode == 2
    assert len(answer(project, "days")["days"]) == 3


def test_publish_without_a_run_says_what_is_missing(project: Path) -> None:
    result = daybook(project, "publish")
    assert result.returncode == 2
    assert "--run" in result.stderr


def test_publish_makes_a_day_of_what_its_run_parked(project: Path) -> None:
    run = str(uuid.uuid4())
    harness.run_target(
        "target-csv",
        {"lake": str(project / "output"), "source": "crm", "day": D3},
        (GOLDEN / "hub_tap_all_types.singer").read_text(),
        {"MELTANO_PARENT_CONTEXT_UUID": run},
    )
    without = daybook(project, "publish")
    assert f"{D3} of crm: --run {run}" in without.stderr
    found = answer(project, "publish", MELTANO_PARENT_CONTEXT_UUID=run)
    assert (found["source"], found["day"], found["changed"]) == (
        "crm",
        D3,
        True,
    )
    outcomes = {t["table"]: (t["rows"], t["outcome"]) for t in found["tables"]}
    assert outcomes == {"nothing": (0, "new"), "orders": (3, "new")}
    assert daybook(project, "publish", "--run", run).returncode == 2


def test_on_a_terminal_tables_fit_it(project: Path) -> None:
    written = b"".join(_on_terminal(project, "days", columns=68)).decode()
    printed = re.sub(r"\x1b\[[0-9;]*m", "", written)
    assert "complete" in printed
    assert max(map(len, printed.splitlines())) <= 68


def test_prune_asks_on_a_terminal_and_takes_no_for_no(project: Path) -> None:
    asked = b"".join(
        _on_terminal(project, "prune", "--keep", "1", answer=b"n\n")
    )
    assert b"Remove these 1 days" in asked
    assert len(answer(project, "days")["days"]) == 3


def _on_terminal(
    project: Path, *arguments: str, columns: int = 80, answer: bytes = b""
) -> Iterator[bytes]:
    """Yield what the command writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    env = harness.environment({"COLUMNS": str(columns), "TERM": "xterm"})
    process = subprocess.Popen(
        [str(harness.BIN / "daybook"), *arguments],
        cwd=project,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, answer)
    try:
        while data := os.read(ours, 4096):
            yield data
    except OSError:  # Linux: EIO is a terminal's end of file
        pass
    finally:
        os.close(ours)
        process.wait()
