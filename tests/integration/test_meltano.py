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
from meltano import ROOT, Meltano, files_of, link_plugins, litter_of

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
PURCHASES = (
    "MATCH (:Customer {id: 'ALFKI'})-[:PURCHASED]->(o:Order) "
    "RETURN count(o) AS orders"
)


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


@pytest.fixture
def graph_shell(shell: Meltano, graph_url: str) -> Meltano:
    """The same shell with a graph to load into."""
    return replace(
        shell, variables={**shell.variables, "NEO4J_URL": graph_url}
    )


def load_graph(shell: Meltano, day: str, **variables: str) -> harness.Result:
    """Load the day of the source `postgres` alone."""
    chosen = {"TAP_CSV_SOURCES": "postgres"} | variables
    return shell.load("tap-csv", "target-neo4j", day=day, **chosen)


def extract(shell: Meltano, source: str, day: str) -> None:
    result = shell.extract(f"extract_{source}", SOURCE=source, DATESTAMP=day)
    assert result.returncode == 0, result.stderr


def extract_both(shell: Meltano, day: str) -> None:
    for source in ("csv", "postgres"):
        extract(shell, source, day)


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


@pytest.mark.long
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


@pytest.mark.long
def test_the_job_load_is_the_same_as_its_two_plugins(
    shell: Meltano, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    assert shell.load("load", day=DAY).returncode == 0
    assert harness.sql(warehouse_url, "SELECT count(*) FROM orders") == [
        (100,)
    ]


@pytest.mark.long
def test_the_variable_schema_names_the_target_schema(
    shell: Meltano, warehouse_url: str
) -> None:
    extract_both(shell, DAY)
    assert shell.load(day=DAY, SCHEMA="dwh").returncode == 0
    assert harness.sql(warehouse_url, "SELECT count(*) FROM dwh.orders") == [
        (100,)
    ]


@pytest.mark.long
def test_commands_work_from_a_folder_inside_the_project(
    shell: Meltano, lake: Path
) -> None:
    inside = replace(shell, cwd=ROOT / "tests" / "unit")
    extract_both(inside, DAY)
    assert inside.load(day=DAY).returncode == 0


@pytest.mark.long
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
    def run(day: str) -> harness.Result:
        return shell.extract(
            "extract_postgres", SOURCE="postgres", DATESTAMP=day
        )

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(run, [DAY, NEXT]))
    assert [result.returncode for result in results] == [0, 0], results
    one = manifest(lake, "postgres", DAY)["resources"]
    assert one == manifest(lake, "postgres", NEXT)["resources"]


@pytest.mark.long
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


def project_with_a_space(folder: Path) -> Path:
    """Make this project anew, at a path that has one."""
    project = folder / "day book"
    project.mkdir()
    shutil.copy(ROOT / "meltano.yml", project)
    for name in ("plugins", "requirements.lock", "extract"):
        (project / name).symlink_to(ROOT / name)
    return project


@pytest.mark.long
def test_a_project_path_with_a_space_works(
    tmp_path: Path, shell: Meltano, lake: Path
) -> None:
    spaced = replace(shell, cwd=project_with_a_space(tmp_path))
    result = spaced.extract("extract_csv", SOURCE="csv", DATESTAMP=DAY)
    assert result.returncode == 0, result.stderr


def test_a_day_goes_into_the_graph(
    graph_shell: Meltano, lake: Path, graph_url: str
) -> None:
    extract_both(graph_shell, DAY)
    result = graph_shell.load("tap-csv", "target-neo4j", day=DAY)
    assert result.returncode == 0, result.stderr
    assert harness.cypher(graph_url, PURCHASES) == [{"orders": 100}]
    days = "MATCH (m:DaybookLoad) RETURN m.source AS source, m.day AS day"
    assert {
        row["source"]: row["day"] for row in harness.cypher(graph_url, days)
    } == {
        "csv": DAY,
        "postgres": DAY,
    }
    assert litter_of(lake) == []


@pytest.mark.long
def test_the_same_day_again_leaves_the_graph_alone(
    graph_shell: Meltano, graph_url: str
) -> None:
    extract(graph_shell, "postgres", DAY)
    load_graph(graph_shell, DAY)
    marked = "MATCH (m:DaybookLoad) RETURN properties(m) AS marker"
    before = harness.cypher(graph_url, marked)
    again = load_graph(graph_shell, DAY)
    assert f"{DAY} of postgres: unchanged, the graph holds it." in again.stderr
    assert harness.cypher(graph_url, marked) == before


@pytest.mark.long
def test_an_older_day_leaves_the_graph_alone_unless_it_is_turned_back(
    graph_shell: Meltano, source_url: str, graph_url: str
) -> None:
    extract(graph_shell, "postgres", DAY)
    harness.sql(source_url, "DELETE FROM orders WHERE order_id = 10002")
    extract(graph_shell, "postgres", NEXT)
    load_graph(graph_shell, NEXT)
    refused = load_graph(graph_shell, DAY)
    assert refused.returncode == 0, refused.stderr
    assert "TARGET_NEO4J_ALLOW_OLDER_DAY=true" in refused.stderr
    assert harness.cypher(graph_url, PURCHASES) == [{"orders": 99}]
    load_graph(graph_shell, DAY, TARGET_NEO4J_ALLOW_OLDER_DAY="true")
    assert harness.cypher(graph_url, PURCHASES) == [{"orders": 100}]


def test_both_targets_load_the_same_day_at_once(
    graph_shell: Meltano, warehouse_url: str, graph_url: str
) -> None:
    extract(graph_shell, "postgres", DAY)

    def load(target: str) -> harness.Result:
        return graph_shell.load(
            "tap-csv", target, day=DAY, TAP_CSV_SOURCES="postgres"
        )

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(load, ["target-postgres", "target-neo4j"]))
    assert [result.returncode for result in results] == [0, 0], results
    orders = harness.sql(warehouse_url, "SELECT count(*) FROM orders")
    assert orders == [(100,)]
    assert harness.cypher(graph_url, PURCHASES) == [{"orders": 100}]


@pytest.mark.long
def test_variables_of_the_shell_name_what_is_in_the_graph(
    graph_shell: Meltano, graph_url: str
) -> None:
    extract(graph_shell, "postgres", DAY)
    result = load_graph(
        graph_shell,
        DAY,
        TARGET_NEO4J_LABELS="customers=Client",
        TARGET_NEO4J_RELATIONSHIPS="orders.customer_id=BOUGHT_BY",
        TARGET_NEO4J_EXCLUDE="orders.note",
    )
    assert result.returncode == 0, result.stderr
    found = harness.cypher(
        graph_url,
        "MATCH (o:Order)-[:BOUGHT_BY]->(:Client {id: 'ALFKI'}) "
        "RETURN count(o) AS orders, count(o.note) AS notes",
    )
    assert found == [{"orders": 100, "notes": 0}]


def test_a_load_into_the_graph_names_the_variables_it_lacks(
    shell: Meltano,
) -> None:
    result = shell.load("tap-csv", "target-neo4j", day="", NEO4J_URL="")
    assert result.returncode == 1
    assert "EXTRACTED_AT is missing" in result.stderr
    assert "NEO4J_URL is missing" in result.stderr
    assert (
        "MELTANO_ENVIRONMENT=load EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-neo4j"
    ) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.long
def test_the_graph_is_loaded_from_a_folder_with_a_space(
    tmp_path: Path, graph_shell: Meltano, graph_url: str
) -> None:
    extract(graph_shell, "postgres", DAY)
    project = project_with_a_space(tmp_path)
    link_plugins(project)
    folder = project / "my notes"
    folder.mkdir()
    spaced = replace(graph_shell, cwd=folder, install=False)
    result = load_graph(spaced, DAY)
    assert result.returncode == 0, result.stderr
    assert harness.cypher(graph_url, PURCHASES) == [{"orders": 100}]
