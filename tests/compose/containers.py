"""The whole of docker-compose.yaml, as a user runs it: `make test-compose`.

In order: up, a day over REST, the same day again, Flower, down.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
from engine import PROJECT
from stack import LASTING, Stack, running, timed

import harness
from airflow_processes import Rest, wait_for
from demo import northwind

pytestmark = pytest.mark.timeout(3600)

DAG = "dags/ELT_with_meltano"
# Newer than the scheduled run, which starts when the DAG is unpaused.
DAY = str(datetime.now(UTC).date() + timedelta(days=1))
LAKE = "/var/lib/daybook/lake"
ORDERS = {
    "orders": len(northwind.tables(1)["orders"]),
    "order_details": len(northwind.tables(1)["order_details"]),
}


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="daybook-compose-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def stack(scratch: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """All containers, up; what they said is printed if a test fails."""
    with running(scratch) as found:
        yield found
        if request.session.testsfailed:
            for one in found.containers():
                print(f"--- {one}\n{found.logs(one, '--tail', '40')}")


@pytest.fixture(scope="module")
def rest(stack: Stack, scratch: Path) -> Rest:
    """Airflow, when it is ready and knows the DAG."""
    found = stack.rest(scratch)
    timed(
        "healthy",
        lambda: found.wait_until_healthy(
            "scheduler", "dag_processor", seconds=300
        ),
    )
    found.log_in()
    timed(
        "DAG read",
        lambda: wait_for(
            lambda: found.get("dags")["dags"], "DAG", seconds=120
        ),
    )
    return found


def run_day(rest: Rest, day: str) -> str:
    """Run a day to its good end; return the run's id."""
    run = rest.post(
        f"{DAG}/dagRuns", {"logical_date": None, "conf": {"date": day}}
    )
    path = f"{DAG}/dagRuns/{run['dag_run_id']}"
    state = wait_for(
        lambda: {"success", "failed"} & {rest.get(path)["state"]},
        "end of the run",
        seconds=600,
        pause=2,
    )
    tasks = rest.get(f"{path}/taskInstances")["task_instances"]
    assert state == {"success"}, [(t["task_id"], t["state"]) for t in tasks]
    return str(run["dag_run_id"])


def files_of_day(stack: Stack) -> str:
    """Return the day's files with their sizes and times."""
    one = stack.containers("worker")[0]
    found = ("find", LAKE, "-type", "f", "-path", f"*={DAY}/*")
    return stack.engine.run("exec", one, *found, "-printf", "%p %s %T@\\n")


def counts(url: str) -> dict[str, int]:
    """Return how many rows each of some tables has."""
    return {
        name: harness.sql(url, f"SELECT count(*) FROM public.{name}")[0][0]
        for name in ORDERS
    }


def test_all_are_up_and_what_ends_has_ended_well(stack: Stack, rest: Rest):
    for service in LASTING:
        containers = stack.containers(service)
        assert len(containers) == (2 if service == "worker" else 1)
        for one in containers:
            assert stack.inspect(one, ".State.Status") == "running"
            assert stack.inspect(one, ".RestartCount") == "0", service
    (init,) = stack.containers("init")
    assert stack.inspect(init, ".State.ExitCode") == "0"


@pytest.mark.parametrize("service", sorted(LASTING))
def test_health_checks_tell_that_they_are_well(
    stack: Stack, rest: Rest, service: str
):
    for one in stack.containers(service):
        if stack.engine.program == "podman":  # which runs none by itself
            stack.engine.run("healthcheck", "run", one)
        else:
            wait_for(
                lambda one=one: (
                    stack.inspect(one, ".State.Health.Status") == "healthy"
                ),
                f"health of {service}",
                seconds=180,
            )


def test_the_image_is_not_roots_and_has_no_compiler(stack: Stack, rest: Rest):
    (one, _) = stack.containers("worker")
    assert stack.engine.run("exec", one, "id", "-u").strip() != "0"
    found = stack.engine.run(
        *("exec", one, "sh", "-c"),
        "for p in cc gcc g++ clang make; do command -v $p; done; true",
    )
    assert found == ""


def test_a_day_runs_over_rest(stack: Stack, rest: Rest):
    shop = ("--profile", "demo", "run", "--rm", "--no-deps", "-T", "shop")
    assert "first day" in stack.engine.stack(*shop)
    rest.patch(DAG, {"is_paused": False})
    timed("a day", lambda: run_day(rest, DAY))
    assert counts(stack.warehouse) == ORDERS
    for one in stack.containers("worker"):
        stack.engine.run("exec", one, "daybook", "audit", "--day", DAY)


def test_the_same_day_again_changes_nothing(stack: Stack, rest: Rest):
    before = files_of_day(stack)
    assert before.count("datapackage.json") == 2
    run = timed("the same day", lambda: run_day(rest, DAY))
    assert files_of_day(stack) == before
    outcomes = harness.sql(
        stack.warehouse,
        "SELECT DISTINCT outcome FROM daybook.loads WHERE run_id = %s",
        [run],
    )
    assert set(outcomes) <= {("unchanged",)}


def test_meltanos_state_is_on_the_server(stack: Stack, rest: Rest):
    (one,) = stack.containers("metadata")
    query = "SELECT count(*) FROM runs"
    said = stack.engine.run(
        *("exec", one, "sh", "-c"),
        'PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U airflow '
        f'-d meltano -Atc "{query}"',
    )
    assert int(said) >= 4


def test_a_wrong_password_is_refused(stack: Stack, rest: Rest):
    answer = requests.post(
        f"{rest.url}/auth/token",
        json={"username": "admin", "password": "admin"},
        timeout=30,
    )
    assert answer.status_code == 401
    with pytest.raises(psycopg.OperationalError):
        harness.sql(
            stack.warehouse.replace(
                stack.variables["WAREHOUSE_PASSWORD"], "warehouse"
            ),
            "SELECT 1",
        )


def test_flower_wants_its_password(stack: Stack, rest: Rest):
    stack.engine.stack(
        *("--profile", "flower", "up", "--detach", "--no-build"),
        *("--no-deps", "flower"),
    )
    url = f"http://127.0.0.1:{stack.variables['FLOWER_PORT']}/workers"
    wait_for(lambda: _status(url) == 401, "Flower", seconds=90)
    password = stack.variables["FLOWER_PASSWORD"]
    assert _status(url, ("admin", password)) == 200
    assert _status(url, ("admin", "admin")) == 401


def test_no_secret_is_in_a_command_line_or_a_log(stack: Stack, rest: Rest):
    secrets = {
        name: value
        for name, value in stack.variables.items()
        if name.endswith(("_PASSWORD", "_KEY", "_SECRET"))
    }
    assert len(secrets) == 10
    lines = [
        " ".join(p.info["cmdline"] or ())
        for p in psutil.process_iter(["cmdline"])
    ]
    lines += [stack.logs(one) for one in stack.containers()]
    shown = [
        name
        for name, value in secrets.items()
        if any(value in line for line in lines)
    ]
    assert shown == []


def test_ports_are_open_on_loopback_only(stack: Stack, rest: Rest):
    for one in stack.ids("ps"):
        for line in stack.engine.run("port", one).splitlines():
            assert " -> 127.0.0.1:" in line


def test_down_leaves_nothing(stack: Stack, rest: Rest):
    stack.down()
    assert stack.containers() == []
    assert stack.ids("volume", "ls") == []
    networks = stack.engine.run("network", "ls", "--format", "{{.Name}}")
    assert PROJECT not in networks


def _status(url: str, auth: tuple[str, str] | None = None) -> int:
    try:
        return requests.get(url, auth=auth, timeout=30).status_code
    except requests.ConnectionError:
        return 0
