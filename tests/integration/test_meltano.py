"""The commands that users type, to the letter, through Meltano itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from meltano import ROOT, Meltano, files_of, litter_of

DAY, NEXT = "2024-12-20", "2024-12-21"
DDL = """
    CREATE TABLE customers (id text PRIMARY KEY, name text);
    CREATE TABLE orders (
        order_id smallint PRIMARY KEY,
        customer_id text REFERENCES customers,
        note text
    );
    INSERT INTO customers VALUES ('ALFKI', 'Ångström & Söhne'), ('B', NULL);
    INSERT INTO orders
        SELECT i, 'ALFKI', nullif(i % 3, 0)::text
        FROM generate_series(10000, 10099) AS i;
"""


@pytest.fixture
def shell(lake: Path, source_url: str, warehouse_url: str) -> Meltano:
    """A shell that has exported the connections and the lake, no more."""
    harness.sql(source_url, DDL)
    return Meltano(
        {
            "LAKE_ROOT": str(lake),
            "NORTHWIND_URL": source_url,
            "WAREHOUSE_URL": warehouse_url,
        }
    )


def extract_both(shell: Meltano, day: str) -> None:
    for source in ("csv", "postgres"):
        result = shell.extract(
            f"extract_{source}", SOURCE=source, DATESTAMP=day
        )
        assert result.returncode == 0, result.stderr


def manifest(lake: Path, source: str, day: str) -> Mapping[str, object]:
    path = lake / f"source={source}/extracted_at={day}/datapackage.json"
    loaded: Mapping[str, object] = json.loads(path.read_text())
    return loaded


def test_a_day_goes_from_the_sources_to_the_warehouse(
    shell: Meltano, lake: Path, source_url: str, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    result = shell.load(day=DAY)
    assert result.returncode == 0, result.stderr
    for table in ("customers", "orders"):
        rows = f"SELECT * FROM {table} ORDER BY 1"
        assert harness.sql(warehouse_url, rows) == harness.sql(
            source_url, rows
        )
    details = "SELECT count(*) FROM order_details"
    assert harness.sql(warehouse_url, details) == [(2155,)]
    assert litter_of(lake) == []


def test_the_same_day_again_changes_no_file_and_no_row(
    shell: Meltano, lake: Path, warehouse_url: str
) -> None:
    versions = "SELECT xmin::text, ctid::text, order_id FROM orders"
    extract_both(shell, DAY)
    shell.load(day=DAY)
    files, rows = files_of(lake), harness.sql(warehouse_url, versions)
    extract_both(shell, DAY)
    again = shell.load(day=DAY)
    assert files_of(lake) == files
    assert harness.sql(warehouse_url, versions) == rows
    assert "unchanged" in again.stderr


def test_rows_changed_added_and_deleted_arrive_with_the_next_day(
    shell: Meltano, source_url: str, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    shell.load(day=DAY)
    harness.sql(
        source_url,
        "UPDATE orders SET note = '' WHERE order_id = 10001;"
        "DELETE FROM orders WHERE order_id = 10002;"
        "INSERT INTO orders VALUES (1, NULL, 'new')",
    )
    extract_both(shell, NEXT)
    assert shell.load(day=NEXT).returncode == 0
    rows = "SELECT * FROM orders ORDER BY 1"
    assert harness.sql(warehouse_url, rows) == harness.sql(source_url, rows)
    counts = (
        "SELECT inserted, updated, deleted FROM daybook.loads"
        f" WHERE \"table\" = 'orders' AND day = '{NEXT}'"
    )
    assert harness.sql(warehouse_url, counts) == [(1, 1, 1)]


def test_the_job_load_is_the_same_as_its_two_plugins(
    shell: Meltano, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    assert shell.load("load", day=DAY).returncode == 0
    assert harness.sql(warehouse_url, "SELECT count(*) FROM orders") == [
        (100,)
    ]


def test_the_variable_schema_names_the_target_schema(
    shell: Meltano, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    assert shell.load(day=DAY, SCHEMA="dwh").returncode == 0
    assert harness.sql(warehouse_url, "SELECT count(*) FROM dwh.orders") == [
        (100,)
    ]


def test_commands_work_from_a_folder_inside_the_project(
    shell: Meltano, lake: Path
) -> None:
    inside = replace(shell, cwd=ROOT / "tests" / "unit")
    extract_both(inside, DAY)
    assert inside.load(day=DAY).returncode == 0


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, ["DATESTAMP is missing", "SOURCE is missing"]),
        ({"SOURCE": "csv"}, ["DATESTAMP is missing"]),
        ({"SOURCE": "csv", "DATESTAMP": "20241220"}, ["DATESTAMP is"]),
        ({"DATESTAMP": "$(touch x)"}, ["DATESTAMP is", "SOURCE is missing"]),
    ],
)
def test_an_extract_names_all_the_variables_it_lacks(
    shell: Meltano, lake: Path, variables: dict[str, str], named: list[str]
) -> None:
    result = shell.extract("extract_csv", **variables)
    assert result.returncode == 1
    for text in named:
        assert text in result.stderr
    assert (
        "MELTANO_ENVIRONMENT=extract SOURCE=csv DATESTAMP=2024-12-20 "
        "meltano run extract_csv"
    ) in result.stderr
    assert "Traceback" not in result.stderr
    assert files_of(lake) == {}
    assert litter_of(lake) == []


def test_a_load_names_the_variables_it_lacks(
    shell: Meltano, warehouse_url: str
) -> None:
    result = shell.run("load", MELTANO_ENVIRONMENT="load", WAREHOUSE_URL="")
    assert result.returncode == 1
    assert "EXTRACTED_AT is missing" in result.stderr
    assert "WAREHOUSE_URL is missing" in result.stderr
    assert "MELTANO_ENVIRONMENT=load" in result.stderr


def test_without_an_environment_meltano_asks_for_one(
    shell: Meltano, lake: Path
) -> None:
    result = shell.run("extract_csv", SOURCE="csv", DATESTAMP=DAY)
    assert result.returncode == 1
    assert "A Meltano environment must be specified" in result.stderr
    assert files_of(lake) == {}


def test_a_day_of_one_source_only_is_refused_with_what_mends_it(
    shell: Meltano, warehouse_url: str
) -> None:
    shell.extract("extract_csv", SOURCE="csv", DATESTAMP=DAY)
    result = shell.load(day=DAY)
    assert result.returncode == 1
    assert (
        "MELTANO_ENVIRONMENT=extract SOURCE=postgres "
        f"DATESTAMP={DAY} meltano run extract_postgres"
    ) in result.stderr
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert harness.sql(warehouse_url, tables) == [(0,)]


def test_one_source_loads_alone_when_it_is_named(
    shell: Meltano, warehouse_url: str
) -> None:
    shell.extract("extract_csv", SOURCE="csv", DATESTAMP=DAY)
    result = shell.load(day=DAY, TAP_CSV_SOURCES="csv")
    assert result.returncode == 0, result.stderr


def test_a_source_of_another_tap_is_refused_and_its_day_stays(
    shell: Meltano, lake: Path
) -> None:
    extract_both(shell, DAY)
    before = files_of(lake)
    result = shell.extract("extract_csv", SOURCE="postgres", DATESTAMP=DAY)
    assert result.returncode == 1
    assert "tap-postgres" in result.stderr
    assert files_of(lake) == before


def test_two_days_at_once_do_not_disturb_each_other(
    shell: Meltano, lake: Path
) -> None:
    def extract(day: str) -> harness.Result:
        return shell.extract(
            "extract_postgres", SOURCE="postgres", DATESTAMP=day
        )

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(extract, [DAY, NEXT]))
    assert [result.returncode for result in results] == [0, 0]
    one = manifest(lake, "postgres", DAY)["resources"]
    assert one == manifest(lake, "postgres", NEXT)["resources"]


def test_a_label_is_found_in_log_manifest_and_load_log(
    shell: Meltano, lake: Path, warehouse_url: str
) -> None:
    label = "manual__2024-12-20T00:00:00+00:00/../x"
    for source in ("csv", "postgres"):
        result = shell.extract(
            f"extract_{source}",
            SOURCE=source,
            DATESTAMP=DAY,
            DAYBOOK_RUN_ID=label,
        )
        assert f"[{label}]" in result.stderr
    shell.load(day=DAY, DAYBOOK_RUN_ID=label)
    assert label in json.dumps(manifest(lake, "postgres", DAY))
    runs = "SELECT DISTINCT run_id FROM daybook.loads"
    assert harness.sql(warehouse_url, runs) == [(label,)]


def test_a_project_path_with_a_space_works(
    tmp_path: Path, shell: Meltano, lake: Path
) -> None:
    project = tmp_path / "day book"
    project.mkdir()
    shutil.copy(ROOT / "meltano.yml", project)
    for name in ("plugins", "requirements.lock", "extract"):
        (project / name).symlink_to(ROOT / name)
    spaced = replace(shell, cwd=project)
    result = spaced.extract("extract_csv", SOURCE="csv", DATESTAMP=DAY)
    assert result.returncode == 0, result.stderr
