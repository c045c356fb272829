"""All of Airflow on one machine, as `make airflow` starts it."""

from __future__ import annotations

import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

import harness
from airflow_launcher import RUNS, Launcher, wait_until_gone
from airflow_processes import listeners, wait_for
from meltano import files_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
# Later than the day of the run that starts when the DAG is unpaused.
DAY = "2124-12-20"
DDL = """
    CREATE TABLE customers (id text PRIMARY KEY, name text);
    CREATE TABLE orders (
        order_id smallint PRIMARY KEY,
        customer_id text REFERENCES customers
    );
    INSERT INTO customers VALUES ('ALFKI', 'Ångström & Söhne'), ('B', NULL);
    INSERT INTO orders
        SELECT i, 'ALFKI' FROM generate_series(10000, 10099) AS i;
"""
NOTES = "CREATE TABLE notes (id int PRIMARY KEY, note text)"
EXTRACT = "extract.postgres"


@pytest.fixture(scope="module")
def urls(server_url: str, neo4j_url: str) -> Iterator[dict[str, str]]:
    """A small shop to extract from, empty targets, a place for runs."""
    harness.empty_graph(neo4j_url)
    made = {
        name: harness.create_database(server_url, name)
        for name in ("source", "warehouse", "runs")
    }
    harness.sql(made["source"], DDL + NOTES)
    yield {**made, "graph": neo4j_url}
    for url in made.values():
        harness.drop_database(server_url, url)


@pytest.fixture(scope="module")
def launcher(
    urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launcher]:
    """A launcher in a shell that has exported the connections."""
    folder = tmp_path_factory.mktemp("airflow")
    found = Launcher(
        folder / "home",
        urls["runs"],
        {
            "NORTHWIND_URL": urls["source"],
            "WAREHOUSE_URL": urls["warehouse"],
            "NEO4J_URL": urls["graph"],
            "LAKE_ROOT": str(folder / "lake"),
        },
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def airflow(launcher: Launcher) -> Launcher:
    """Airflow, which runs, with its DAG no longer paused."""
    launcher.start()
    launcher.rest.patch(RUNS.removesuffix("/dagRuns"), {"is_paused": False})
    return launcher


def lake_of(airflow: Launcher) -> Path:
    return Path(airflow.variables["LAKE_ROOT"])


@pytest.fixture(scope="module")
def first(airflow: Launcher) -> str:
    """A first run of a day."""
    return airflow.run_day(DAY)


def test_a_day_that_is_triggered_over_rest_arrives_in_the_warehouse(
    first: str, urls: dict[str, str]
) -> None:
    orders = "SELECT * FROM orders ORDER BY 1"
    assert harness.sql(urls["warehouse"], orders) == harness.sql(
        urls["source"], orders
    )


def test_its_run_is_found_again_in_the_load_log(
    first: str, urls: dict[str, str]
) -> None:
    runs = "SELECT DISTINCT run_id FROM daybook.loads"
    assert (first,) in harness.sql(urls["warehouse"], runs)


def test_the_same_day_again_changes_nothing_and_says_so(
    airflow: Launcher, first: str
) -> None:
    before = files_of(lake_of(airflow))
    run = airflow.run_day(DAY)
    assert files_of(lake_of(airflow)) == before
    for task in (EXTRACT, "load.postgres", "load.neo4j"):
        assert "unchanged" in airflow.log(run, task), task


@pytest.mark.parametrize(
    "conf",
    [
        {"date": "$(touch x)"},
        {"date": [DAY]},
        {"date": {"day": DAY}},
        {"date": "2024-02-30"},
        {"date": "../../etc"},
        {"date": DAY, "other": 1},
    ],
)
def test_hostile_configurations_run_nothing(
    airflow: Launcher, first: str, conf: dict[str, object]
) -> None:
    days = sorted(lake_of(airflow).glob("source=*/*"))
    try:
        run = airflow.trigger(conf)
    except AssertionError as refused:
        assert ": 400 " in str(refused) or ": 422 " in str(refused)
        return
    assert airflow.finish(run) == "failed"
    states = airflow.states(run)
    assert states.pop("day") == "failed"
    assert set(states.values()) == {"upstream_failed"}
    assert sorted(lake_of(airflow).glob("source=*/*")) == days


def test_no_configuration_was_run_as_a_command(
    airflow: Launcher, first: str
) -> None:
    project = Path(__file__).parents[2]
    for folder in (project, airflow.home, lake_of(airflow)):
        assert not (folder / "x").exists()


@pytest.fixture(scope="module")
def failed(airflow: Launcher, first: str, urls: dict[str, str]) -> str:
    """A run that failed, as a table of the day is gone from the source."""
    harness.sql(urls["source"], "DROP TABLE notes")
    run = airflow.trigger({"date": DAY})
    assert airflow.finish(run) == "failed"
    return run


def test_a_failure_that_no_retry_helps_says_what_to_do(
    airflow: Launcher, failed: str
) -> None:
    assert "TARGET_CSV_ALLOW_LOST_TABLES=true" in airflow.log(failed, EXTRACT)
    assert airflow.tries(failed, EXTRACT) == 1
    assert airflow.states(failed)["load.postgres"] == "upstream_failed"


def test_a_failed_run_goes_on_when_it_is_cleared(
    airflow: Launcher, failed: str, urls: dict[str, str]
) -> None:
    harness.sql(urls["source"], NOTES)
    airflow.rest.post(
        "dags/ELT_with_meltano/clearTaskInstances",
        {"dry_run": False, "dag_run_id": failed, "only_failed": True},
    )
    assert airflow.finish(failed) == "success"


def test_it_listens_on_loopback_only(airflow: Launcher) -> None:
    found = list(listeners(airflow.members()))
    assert found
    assert {address for address, _ in found} == {"127.0.0.1"}


def test_its_secrets_are_private_and_said_nowhere(airflow: Launcher) -> None:
    secrets = [airflow.password, *_secrets_in_configuration(airflow.home)]
    assert all(secrets)
    for name in ("password", "passwords.json", "airflow.cfg"):
        mode = stat.S_IMODE((airflow.home / name).stat().st_mode)
        assert mode == 0o600, name
    assert stat.S_IMODE(airflow.home.stat().st_mode) == 0o700
    said = airflow.said + "".join(
        file.read_text(errors="replace")
        for file in airflow.home.rglob("*.log")
    )
    commands = " ".join(
        " ".join(one.info["cmdline"] or [])
        for one in psutil.process_iter(["cmdline"])
    )
    for secret in secrets:
        assert secret not in said
        assert secret not in commands


def _secrets_in_configuration(home: Path) -> list[str]:
    names = {"jwt_secret", "fernet_key", "secret_key"}
    pairs = (line.partition("=") for line in _lines(home / "airflow.cfg"))
    return [v.strip() for k, _, v in pairs if k.strip() in names]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_second_one_says_where_the_first_one_runs(
    airflow: Launcher, urls: dict[str, str], tmp_path: Path
) -> None:
    second = Launcher(airflow.home, urls["runs"], airflow.variables)
    second.output = tmp_path / "said"
    assert second.begin().wait(60) == 1
    assert f"Airflow runs already: {airflow.rest.url}" in second.said


def test_ctrl_c_amid_a_task_leaves_no_process(
    airflow: Launcher, first: str, urls: dict[str, str]
) -> None:
    with psycopg.connect(urls["source"]) as session:
        session.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        run = airflow.trigger({"date": DAY})
        wait_for(lambda: _is_waiting(airflow), "a tap that waits", seconds=60)
        assert airflow.press_ctrl_c() == 0
        assert wait_until_gone(airflow) == []
    assert "Airflow has stopped." in airflow.said
    airflow.start()
    assert airflow.finish(run) == "success"


def _is_waiting(airflow: Launcher) -> bool:
    return any("tap-postgres" in one.name() for one in airflow.members())


def test_when_a_part_dies_all_stops_and_the_launcher_says_which(
    airflow: Launcher,
) -> None:
    scheduler = next(
        one
        for one in airflow.members()
        if "scheduler" in " ".join(one.cmdline())
        and "--skip-serve-logs" in one.cmdline()
    )
    scheduler.kill()
    assert airflow.wait() == 1
    assert "Airflow's scheduler has ended by signal 9" in airflow.said
    assert wait_until_gone(airflow) == []


def test_what_a_killed_launcher_has_left_is_ended_by_the_next(
    launcher: Launcher,
) -> None:
    left = subprocess.Popen(
        ["sleep", "1000"],
        env={
            "DAYBOOK_AIRFLOW": str(launcher.home),
            "AIRFLOW_HOME": str(launcher.home),
        },
    )
    assert launcher.begin("initialize").wait(120) == 0
    assert left.wait(1) == -signal.SIGTERM
    assert "an Airflow that was killed: 1, now ended" in launcher.said
    assert "`make airflow` starts Airflow" in launcher.said
