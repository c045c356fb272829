"""Starts Airflow's processes for a test, and speaks to them over REST."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import requests

import harness
from meltano import ROOT

LOOPBACK = "127.0.0.1"
USER = "admin"
_BIN = ROOT / ".meltano" / "utilities" / "airflow" / "venv" / "bin"
_STOP_SECONDS = 30
_REQUEST_SECONDS = 30
_T = TypeVar("_T")


def program(name: str = "airflow") -> str:
    """Return a program of Airflow's environment; skip if there is none."""
    path = _BIN / name
    if not path.exists():
        pytest.skip("no Airflow here: `.venv/bin/meltano install airflow`")
    return str(path)


def free_port(host: str = LOOPBACK) -> int:
    """Return a TCP port of `host` that nobody listens on."""
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])


def settings(home: Path, port: int) -> dict[str, str]:
    """Return what all Airflow processes of a test have in common.

    `port` is the api-server's. The user's password is in a file before
    Airflow starts: one of its own making it would write to its log.
    """
    passwords = home / "passwords.json"
    home.mkdir(parents=True, exist_ok=True)
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({USER: secrets.token_urlsafe(18)}))
    core, api = "AIRFLOW__CORE__", "AIRFLOW__API__"
    return {
        "AIRFLOW_HOME": str(home),
        f"{core}DAGS_FOLDER": str(ROOT / "orchestrate" / "airflow" / "dags"),
        f"{core}LOAD_EXAMPLES": "False",
        f"{core}EXECUTION_API_SERVER_URL": f"{_url(port)}/execution/",
        f"{core}SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        f"{core}SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        f"{api}HOST": LOOPBACK,
        f"{api}PORT": str(port),
        f"{api}WORKERS": "1",
        f"{api}SECRET_KEY": secrets.token_urlsafe(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # Processes that rename themselves keep their environment, by
        # which `Processes.members` knows them.
        "SPT_NOENV": "1",
    }


class Processes:
    """Programs that run with the same AIRFLOW_HOME, each in its group.

    Attributes:
        home: That folder; what each program says is in `NAME.out` there.
        variables: The environment that all programs get.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Start nothing yet."""
        self.home = Path(variables["AIRFLOW_HOME"])
        self.variables = dict(variables)
        self._groups: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, seconds: float = 120) -> None:
        """Run a program to its end, which must be a good one."""
        subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment({}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=True,
        )

    def start(
        self, name: str, *command: str, **variables: str
    ) -> psutil.Process:
        """Start a program; what it says goes to a file."""
        with (self.home / f"{name}.out").open("ab") as said:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._groups.append(process)
        return psutil.Process(process.pid)

    def said(self, name: str) -> str:
        """Return what a program has said so far."""
        return (self.home / f"{name}.out").read_text(errors="replace")

    def members(self) -> list[psutil.Process]:
        """Return all processes of this AIRFLOW_HOME, orphans too."""
        return [p for p in psutil.process_iter() if self._is_ours(p)]

    def stop(self) -> list[str]:
        """Stop all, gently at first; return what would not end."""
        for process in reversed(self._groups):
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._groups:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        _, alive = psutil.wait_procs(self.members(), timeout=5)
        stubborn = [" ".join(_cmdline(one)) for one in alive]
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        for process in self._groups:
            process.wait()
        return stubborn

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in harness.environment().items()
            if not name.startswith("AIRFLOW")
        }
        return kept | self.variables | dict(more)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            home = process.environ().get("AIRFLOW_HOME")
            ended = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
        return home == str(self.home) and not ended


def listeners(processes: list[psutil.Process]) -> Iterator[tuple[str, str]]:
    """Give the address of every listening socket, and whose it is."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            for one in process.net_connections("inet"):
                if one.status == psutil.CONN_LISTEN:
                    yield one.laddr.ip, " ".join(_cmdline(process))


def kill_tree(process: psutil.Process) -> int:
    """Kill a process and all that it started; return how many.

    They are stopped first, so that none can start another meanwhile.
    """
    family = [process, *process.children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    family = [process, *process.children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    return len(family)


def wait_for(
    found: Callable[[], _T | None],
    what: str,
    *,
    seconds: float,
    pause: float = 0.5,
) -> _T:
    """Return what `found` gives as soon as that is neither None nor false."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"no {what} in {seconds:.0f} s"
        time.sleep(pause)
    return result


class Rest:
    """Airflow's REST interface, as the user of `settings`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Say nothing yet; `variables` are those of `settings`."""
        self.url = _url(int(variables["AIRFLOW__API__PORT"]))
        self._passwords = Path(
            variables["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
        )
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy to ourselves

    def wait_until_healthy(self, *parts: str, seconds: float = 90) -> None:
        """Wait for the api-server and parts such as `scheduler`."""
        wait_for(
            lambda: self._is_healthy(parts), "healthy Airflow", seconds=seconds
        )

    def log_in(self) -> None:
        """Get a token for all requests to come."""
        password = json.loads(self._passwords.read_text())[USER]
        answer = self._session.post(
            f"{self.url}/auth/token",
            json={"username": USER, "password": password},
            timeout=_REQUEST_SECONDS,
        )
        answer.raise_for_status()
        token = answer.json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at a path below `/api/v2/`."""
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Any) -> Any:
        """Post JSON to a path below `/api/v2/`."""
        return self._send("POST", path, json=body)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at a path below `/api/v2/`."""
        return self._send("PATCH", path, json=body)

    def _send(self, method: str, path: str, **how: Any) -> Any:
        answer = self._session.request(
            method,
            f"{self.url}/api/v2/{path}",
            timeout=_REQUEST_SECONDS,
            **how,
        )
        assert answer.ok, (
            f"{method} {path}: {answer.status_code} {answer.text}"
        )
        return answer.json()

    def _is_healthy(self, parts: tuple[str, ...]) -> bool:
        try:
            health = self._session.get(
                f"{self.url}/api/v2/monitor/health", timeout=_REQUEST_SECONDS
            ).json()
        except requests.RequestException:
            return False
        return all(
            health[one]["status"] == "healthy"
            for one in ("metadatabase", *parts)
        )


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:  # else its number may be another's
        os.killpg(process.pid, number)


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []
