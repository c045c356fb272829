"""A cluster's story: days that run at once, a worker that is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from airflow_cluster import Cluster

import harness
from airflow_processes import kill_tree, listeners, wait_for
from demo import northwind, source

DAG = "ELT_with_meltano"
# Airflow adds a run of today when a DAG is unpaused. These days are later,
# so that a load of today does not make theirs superfluous.
DAYS = [f"2099-12-{number}" for number in range(16, 21)]
STORY_SECONDS = 900
READINGS = 40_000
LAST_LINES = 12

Url = Mapping[str, str]


@dataclass
class Story:
    """What happened.

    Attributes:
        variables: The environment that the tasks had.
        killed: Name of the worker that was killed.
        killed_at: When, as seconds since 1970.
        processes_killed: How many processes that were.
        tables_after_kill: Tables in the warehouse right after it.
        runs: The DAG's runs in the end, as REST gives them.
        tries: Every try of every task of those runs.
        logs: What REST says of a load's last try, by worker.
        failures: Worker, task and the log's end of every try that failed.
        addresses: Every address that was listened at, and by whom.
        left: Processes that did not end when they were told to.
        seconds: How long all runs took together.
    """

    variables: dict[str, str]
    killed: str = ""
    killed_at: float = 0
    processes_killed: int = 0
    tables_after_kill: list[Any] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    tries: list[dict[str, Any]] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[str, str, list[str]]] = field(default_factory=list)
    addresses: set[tuple[str, str]] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def days(self) -> list[str]:
        """All days that ran, the newest last."""
        return sorted([*DAYS, scheduled_day(self.runs)])


def scheduled_day(runs: list[dict[str, Any]]) -> str:
    found = [r for r in runs if r["run_type"] == "scheduled"]
    assert len(found) == 1, found
    return str(found[0]["logical_date"])[:10]


def fill(url: str) -> None:
    """Fill the source; readings make its loads long enough."""
    source.fill(url, northwind.tables(1))
    harness.sql(
        url,
        "CREATE TABLE readings (id int PRIMARY KEY, text text);"
        "INSERT INTO readings SELECT i, repeat(md5(i::text), 16)"
        f" FROM generate_series(1, {READINGS}) AS i;"
        "ALTER TABLE orders ADD version bigint NOT NULL DEFAULT 0",
    )


def live_through(told: Story, running: Cluster, urls: Url) -> None:
    with changing(urls["NORTHWIND_URL"]):
        start = time.monotonic()
        start_days(running)
        told.killed = wait_for(
            lambda: loading_worker(running, urls),
            "load",
            seconds=STORY_SECONDS / 2,
            pause=0.05,
        )
        told.processes_killed = kill_tree(running.workers[told.killed])
        told.killed_at = time.time()
        told.tables_after_kill = tables_of(urls["WAREHOUSE_URL"])
        told.addresses = set(listeners(running.processes.members()))
        told.runs = wait_for(
            lambda: ended_runs(running), "end", seconds=STORY_SECONDS, pause=2
        )
        told.seconds = time.monotonic() - start
    told.tries = list(tries_of(running, told.runs))
    told.logs = dict(logs_of(running, told.tries))
    told.failures = list(failures_of(running, told.tries))


@contextmanager
def changing(url: str) -> Iterator[None]:
    """Change the source all the time, so that no two days are equal."""
    ended = threading.Event()

    def change() -> None:
        while not ended.wait(0.5):
            harness.sql(
                url,
                "UPDATE orders SET version = version + 1"
                " WHERE order_id % 20 = 0",
            )

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def start_days(running: Cluster) -> None:
    wait_for(lambda: is_parsed(running), "parsed DAG", seconds=90)
    for day in DAYS:
        running.rest.post(
            f"dags/{DAG}/dagRuns",
            {"logical_date": None, "conf": {"date": day}},
        )
    running.rest.patch(f"dags/{DAG}", {"is_paused": False})


def is_parsed(running: Cluster) -> bool:
    found = running.rest.get("dags")["dags"]
    return DAG in [one["dag_id"] for one in found]


def loading_worker(running: Cluster, urls: Url) -> str | None:
    """Return the worker whose load has begun to write into PostgreSQL."""
    writing = harness.sql(
        urls["WAREHOUSE_URL"],
        "SELECT 1 FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
        " AND datname = current_database()",
    )
    if not writing:
        return None
    for name, worker in running.workers.items():
        if "target-postgres" in programs_of(worker):
            return name
    return None


def programs_of(worker: psutil.Process) -> set[str]:
    """Return the names of all programs that a worker runs just now."""
    found = set()
    for process in worker.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found |= {Path(word).name for word in process.cmdline()[:2]}
    return found


def tables_of(url: str) -> list[Any]:
    return harness.sql(
        url, "SELECT relname FROM pg_stat_user_tables ORDER BY 1"
    )


def ended_runs(running: Cluster) -> list[dict[str, Any]] | None:
    found = running.rest.get(f"dags/{DAG}/dagRuns")["dag_runs"]
    ended = [one for one in found if one["state"] in {"success", "failed"}]
    return found if len(ended) == len(found) > len(DAYS) else None


def tries_of(
    running: Cluster, runs: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for run in runs:
        path = f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances"
        for task in running.rest.get(path)["task_instances"]:
            tries = running.rest.get(f"{path}/{task['task_id']}/tries")
            yield from tries["task_instances"]


def logs_of(
    running: Cluster, tries: list[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Give one log of an extract per worker's address."""
    chosen = {
        one["hostname"]: one
        for one in tries
        if one["task_id"] == "extract.csv" and one["state"] == "success"
    }
    for address, one in chosen.items():
        yield address, str(log_of(running, one))


def failures_of(
    running: Cluster, tries: list[dict[str, Any]]
) -> Iterator[tuple[str, str, list[str]]]:
    """Give worker, task and the log's end of each try that failed."""
    for one in tries:
        if one["state"] != "success":
            events = [str(line.get("event")) for line in log_of(running, one)]
            yield one["hostname"], one["task_id"], events[-LAST_LINES:]


def log_of(running: Cluster, one: dict[str, Any]) -> list[dict[str, Any]]:
    path = (
        f"dags/{DAG}/dagRuns/{one['dag_run_id']}/taskInstances/"
        f"{one['task_id']}/logs/{one['try_number']}"
    )
    return list(running.rest.get(path)["content"])
