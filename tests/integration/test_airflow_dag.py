"""The DAG as Airflow sees it, and run from end to end."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import airflow_days
import harness
from airflow_days import DAGS, empty_airflow, facts_of
from meltano import ROOT, files_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
NAME = "elt_with_meltano"
DAY = "2024-12-20"
RUNNING = ["extract.csv", "extract.postgres", "load.neo4j", "load.postgres"]


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of an Airflow that has a database, and runs nothing."""
    return empty_airflow(tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def facts(variables: dict[str, str]) -> dict[str, Any]:
    return facts_of(NAME, variables)


@pytest.fixture(scope="module")
def tasks(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = facts["tasks"]
    return found


def test_importing_it_does_no_work(facts: dict[str, Any]) -> None:
    assert facts["did"] == []
    assert facts["seconds"] < 1


def test_dags_import_airflow_and_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"airflow", "elt"}
    for file in DAGS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in getattr(node, "names", [])]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if isinstance(node, ast.Import | ast.ImportFrom):
                rooms = {name.split(".")[0] for name in names}
                assert rooms <= allowed, file
                for name in names:
                    if name.startswith("airflow."):
                        known = ("airflow.sdk", "airflow.providers.")
                        assert name.startswith(known), file


def test_extracts_come_before_loads_and_an_audit_last(
    tasks: dict[str, dict[str, Any]],
) -> None:
    after = {name: task["after"] for name, task in tasks.items()}
    extracts = ["extract.csv", "extract.postgres"]
    loads = ["load.neo4j", "load.postgres"]
    assert after == {
        "day": [],
        "extract.csv": ["day"],
        "extract.postgres": ["day"],
        "load.postgres": extracts,
        "load.neo4j": extracts,
        "audit": loads,
    }


def test_it_has_a_date_to_pick_and_none_by_default(
    facts: dict[str, Any],
) -> None:
    value, schema = facts["params"]["date"]
    assert value is None
    assert schema["type"] == ["string", "null"]
    assert schema["format"] == "date"


def test_it_can_be_backfilled_and_does_not_catch_up(
    facts: dict[str, Any],
) -> None:
    assert "0 0 * * *" in facts["schedule"]
    assert "UTC" in facts["schedule"]
    assert facts["catchup"] is False


def test_its_text_says_that_today_is_extracted(facts: dict[str, Any]) -> None:
    assert "now, under the label of its" in facts["doc"]
    assert facts["tags"]


def test_the_day_is_in_the_environment_and_in_no_command(
    tasks: dict[str, dict[str, Any]],
) -> None:
    for name in (*RUNNING, "audit"):
        task = tasks[name]
        assert "{{" not in task["command"]
        assert task["append_env"]
        assert any("task_ids='day'" in v for v in task["env"].values())
        assert task["env"]["DAYBOOK_RUN_ID"] == "{{ run_id }}"


def test_a_retry_waits_longer_each_time(
    tasks: dict[str, dict[str, Any]],
) -> None:
    for task in tasks.values():
        assert task["retries"] >= 2
        assert task["backoff"]
        assert task["seconds"] > 0
        assert task["owner"]


def test_an_audit_waits_for_loads_of_other_days(
    tasks: dict[str, dict[str, Any]],
) -> None:
    assert tasks["audit"]["retries"] == 10


def test_an_audit_asks_the_targets_that_were_loaded(
    tasks: dict[str, dict[str, Any]],
) -> None:
    command = tasks["audit"]["command"]
    assert command.count("--target") == 2
    assert "--target warehouse" in command
    assert "--target graph" in command


def test_a_target_is_loaded_by_one_run_at_a_time(
    tasks: dict[str, dict[str, Any]],
) -> None:
    for name in ("load.postgres", "load.neo4j"):
        assert tasks[name]["at_once"] == 1
        assert len(tasks[name]["outlets"]) == 1


def test_the_pipeline_in_the_documentation_is_one(
    variables: dict[str, str], tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "airflow.md").read_text()
    example = text.partition("```python\n")[2].partition("```")[0]
    assert len(example.strip().splitlines()) <= 12
    (tmp_path / "elt").symlink_to(DAGS / "elt")
    (tmp_path / "elt_with_meltano.py").write_text(example)
    made = facts_of(NAME, variables, tmp_path)
    assert made["id"] == "ELT_music"
    tasks = ["audit", "day", "extract.music", "load.postgres"]
    assert sorted(made["tasks"]) == tasks
    assert "--target warehouse" in made["tasks"]["audit"]["command"]
    assert made["tasks"]["load.postgres"]["env"]["SCHEMA"] == "music"


@pytest.fixture(scope="module")
def urls(server_url: str, neo4j_url: str) -> Iterator[dict[str, str]]:
    """A table to extract, and two empty targets."""
    harness.empty_graph(neo4j_url)
    made = {
        name: harness.create_database(server_url, name)
        for name in ("source", "warehouse")
    }
    harness.sql(
        made["source"],
        "CREATE TABLE orders (order_id smallint PRIMARY KEY, ship text);"
        "INSERT INTO orders"
        " SELECT i, 'A' FROM generate_series(10000, 10099) AS i;"
        "CREATE TABLE products (product_id int PRIMARY KEY);"
        "INSERT INTO products SELECT generate_series(1, 99)",
    )
    yield {**made, "graph": neo4j_url}
    for url in made.values():
        harness.drop_database(server_url, url)


@pytest.fixture(scope="module")
def shop(
    variables: dict[str, str],
    urls: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """What the DAG's tasks find in their environment."""
    return variables | {
        "NORTHWIND_URL": urls["source"],
        "WAREHOUSE_URL": urls["warehouse"],
        "NEO4J_URL": urls["graph"],
        "LAKE_ROOT": str(tmp_path_factory.mktemp("lake")),
    }


def run_days(
    shop: Mapping[str, str], *confs: Any, **more: str
) -> tuple[list[dict[str, str]], str]:
    """Return the states of each run's tasks, and all that was logged."""
    found, said = airflow_days.run_days(NAME, {**shop, **more}, *confs)
    assert len(found) == len(confs), said
    return found, said


@pytest.fixture(scope="module")
def first(shop: dict[str, str]) -> str:
    """What a first run logs."""
    (states,), said = run_days(shop, {"date": DAY})
    assert set(states.values()) == {"success"}, said
    return said


def test_a_first_run_loads_the_day(
    first: str, shop: dict[str, str], urls: dict[str, str]
) -> None:
    assert harness.sql(urls["warehouse"], "SELECT count(*) FROM orders") == [
        (100,)
    ]
    count = "MATCH (n:Order) RETURN count(n) AS rows"
    assert harness.cypher(urls["graph"], count) == [{"rows": 100}]
    assert f"on {DAY}" in first


def test_a_second_run_says_unchanged(
    first: str, shop: dict[str, str], urls: dict[str, str]
) -> None:
    lake = Path(shop["LAKE_ROOT"])
    before = files_of(lake)
    xmin = harness.sql(urls["warehouse"], "SELECT xmin::text FROM orders")
    (states,), said = run_days(shop, {"date": DAY})
    assert set(states.values()) == {"success"}, said
    assert "unchanged" in said
    assert files_of(lake) == before
    again = harness.sql(urls["warehouse"], "SELECT xmin::text FROM orders")
    assert again == xmin


def test_one_changed_row_arrives(
    first: str, shop: dict[str, str], urls: dict[str, str]
) -> None:
    harness.sql(
        urls["source"], "UPDATE orders SET ship = 'B' WHERE order_id = 10007"
    )
    (states,), said = run_days(shop, {"date": DAY})
    assert set(states.values()) == {"success"}, said
    changed = "SELECT order_id FROM orders WHERE ship = 'B'"
    assert harness.sql(urls["warehouse"], changed) == [(10007,)]
    query = "MATCH (n:Order {ship: 'B'}) RETURN n.order_id AS id"
    assert harness.cypher(urls["graph"], query) == [{"id": 10007}]


def test_where_an_extract_fails_nothing_is_loaded(
    first: str, shop: dict[str, str]
) -> None:
    nowhere = "postgresql://user:secret@127.0.0.1:9/none"
    (states,), said = run_days(
        shop, {"date": "2024-12-21"}, NORTHWIND_URL=nowhere
    )
    assert states["extract.csv"] == "success", said
    assert states["extract.postgres"] in {"failed", "up_for_retry"}
    assert states["load.postgres"] != "success"
    assert states["load.neo4j"] != "success"
    assert "NORTHWIND_URL" in said
    assert "secret@" not in said


def test_what_no_retry_can_help_fails_for_good(
    first: str, shop: dict[str, str]
) -> None:
    (states,), said = run_days(
        shop, {"date": "2024-12-21"}, NORTHWIND_URL="nonsense"
    )
    assert states["extract.postgres"] == "failed", said
    assert "AirflowFailException" in said


@pytest.mark.parametrize(
    "conf", [{"dat": DAY}, {"date": "2024-02-30"}, {"date": "$(touch x)"}]
)
def test_a_configuration_that_names_no_day_fails_before_anything(
    shop: dict[str, str], conf: dict[str, str]
) -> None:
    states, said = airflow_days.run_days(NAME, shop, conf)
    assert all(one["day"] == "failed" for one in states), said
    assert states or "ParamValidationError" in said, said
    assert "Running command" not in said
    assert not (ROOT / "x").exists()
