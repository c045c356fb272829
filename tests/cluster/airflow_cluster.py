"""A cluster of Airflow without containers, on loopback only."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from airflow_processes import (
    LOOPBACK,
    Processes,
    Rest,
    free_port,
    program,
    settings,
)

WORKERS: Mapping[str, str] = {"first": "127.0.0.2", "second": "127.0.0.3"}
"""Name of each worker to its address, where its logs are served."""

TASKS_PER_WORKER = 2
HEARTBEAT_SECONDS = 20
"""After this time without a sign of life a task counts as lost."""

_LOGGING = "AIRFLOW__LOGGING__"
_REDIS = """
bind {host}
port {port}
protected-mode yes
set-proc-title no
requirepass {password}
dir "{folder}"
save ""
appendonly no
"""


@dataclass(frozen=True)
class Cluster:
    """An Airflow that runs.

    Attributes:
        processes: All its processes, the broker too.
        rest: Its REST interface, logged in.
        workers: Name of each worker to its process.
    """

    processes: Processes
    rest: Rest
    workers: dict[str, psutil.Process]


@contextmanager
def cluster(
    home: Path, metadata_url: str, variables: Mapping[str, str]
) -> Iterator[Cluster]:
    """Start Airflow with two workers, which also get `variables`.

    All processes are stopped in the end.
    """
    programs = [program(), program("uvicorn"), _redis()]
    common = settings(home, free_port()) | _distributed(metadata_url)
    broker = free_port()
    password = secrets.token_urlsafe(18)
    url = f"redis://:{password}@{LOOPBACK}:{broker}/0"
    common["AIRFLOW__CELERY__BROKER_URL"] = url
    processes = Processes(common)
    try:
        _start_redis(processes, programs[2], broker, password)
        processes.run(programs[0], "db", "migrate")
        _start_airflow(processes, programs[0])
        _start_log_servers(processes, programs[1])
        workers = _start_workers(processes, programs[0], variables)
        rest = Rest(common)
        rest.wait_until_healthy("scheduler", "dag_processor")
        rest.log_in()
        yield Cluster(processes, rest, workers)
    finally:
        processes.stop()


def _redis() -> str:
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server here: Debian's package has that name")
    return found


def _distributed(metadata_url: str) -> dict[str, str]:
    """Return what a cluster needs beyond `settings`."""
    scheduler = "AIRFLOW__SCHEDULER__"
    heartbeat = f"{scheduler}TASK_INSTANCE_HEARTBEAT_TIMEOUT"
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "worker_address.address",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_url.replace(
            "postgresql://", "postgresql+psycopg://", 1
        ),
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(TASKS_PER_WORKER),
        heartbeat: str(HEARTBEAT_SECONDS),
        f"{heartbeat}_DETECTION_INTERVAL": "5",
        # A worker that dies between the broker and the start of a task.
        f"{scheduler}TASK_QUEUED_TIMEOUT": "120",
        f"{scheduler}TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
        f"{_LOGGING}WORKER_LOG_SERVER_PORT": str(_port_of_all_workers()),
        "PYTHONPATH": str(Path(__file__).parent),
    }


def _port_of_all_workers() -> int:
    """Return a port that is free at every worker's address."""
    return free_port("0.0.0.0")  # noqa: S104 (closed again at once)


def _start_redis(
    processes: Processes, redis: str, port: int, password: str
) -> None:
    file = processes.home / "redis.conf"
    file.touch(mode=0o600)
    file.write_text(
        _REDIS.format(
            host=LOOPBACK, port=port, password=password, folder=processes.home
        )
    )
    processes.start("redis", redis, str(file))


def _start_airflow(processes: Processes, airflow: str) -> None:
    processes.start("api-server", airflow, "api-server")
    # It would serve logs to the whole network.
    processes.start("scheduler", airflow, "scheduler", "--skip-serve-logs")
    processes.start("dag-processor", airflow, "dag-processor")


def _start_workers(
    processes: Processes, airflow: str, variables: Mapping[str, str]
) -> dict[str, psutil.Process]:
    return {
        name: processes.start(
            name,
            *(airflow, "celery", "worker", "--skip-serve-logs"),
            *("--celery-hostname", name),
            **_own(processes.home, name),
            **variables,
        )
        for name in WORKERS
    }


def _start_log_servers(processes: Processes, uvicorn: str) -> None:
    """Start what workers would do themselves, but on all interfaces."""
    for name, address in WORKERS.items():
        processes.start(
            f"{name}-logs",
            *(uvicorn, "--factory", "--host", address),
            *(
                "--port",
                processes.variables[f"{_LOGGING}WORKER_LOG_SERVER_PORT"],
            ),
            "airflow.utils.serve_logs.log_server:get_app",
            **_own(processes.home, name),
        )


def _own(home: Path, name: str) -> dict[str, str]:
    """Return what one worker has for itself."""
    logs = home / f"logs-of-{name}"
    logs.mkdir(exist_ok=True)
    return {
        "WORKER_ADDRESS": WORKERS[name],
        f"{_LOGGING}BASE_LOG_FOLDER": str(logs),
    }
