"""The embedded PostgreSQL 18: start, stop, and what it holds."""

from __future__ import annotations

import secrets
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from daybook.errors import UnreachableError
from daybook.services import account, cluster, launch, service
from daybook.services.service import LOOPBACK, Service

NAME = "postgres"
SUPERUSER = "postgres"
DATABASES: Mapping[str, str] = {
    "northwind": "NORTHWIND_URL",
    "warehouse": "WAREHOUSE_URL",
}
"""Database, and role, to the variable that holds its URL."""

STOP_SECONDS = 30
_STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
_DATABASE = "SELECT 1 FROM pg_database WHERE datname = %s"


def up(
    root: Path,
    *,
    databases: Mapping[str, str] = DATABASES,
    durable: bool = True,
) -> Service:
    """Start the project's PostgreSQL, creating it when there is none.

    Every database in `databases` is created with an owner of the same
    name that is no superuser. Without `durable` a crash of the machine
    may lose data, and all is faster: for tests.

    Raises:
        ConfigError: The wheel is not installed.
        StorageError: The folder cannot be written.
        UnreachableError: The server did not start; its log is named.
    """
    home = service.folder(root, NAME)
    with service.locked(home):
        state = service.read_state(home) or _create(home, durable=durable)
        running = _process(home)
        if running is None:
            state["port"] = cluster.start(home / "data", int(state["port"]))
        for database in databases:
            state["passwords"].setdefault(database, _password())
        service.write_state(home, state)
        _provide(state, databases)
        return _service(home, state, databases, started=running is None)


def down(root: Path) -> bool:
    """Stop the project's PostgreSQL; return whether it was running.

    Sessions are ended, transactions rolled back (SIGINT); when that
    takes over 30 s, without a checkpoint (SIGQUIT): nothing is lost,
    the next start takes longer.
    """
    home = service.folder(root, NAME)
    with service.locked(home):
        process = _process(home)
        if process is None:
            return False
        launch.stop(process, _STOP_SIGNALS, STOP_SECONDS)
        return True


def delete(root: Path) -> None:
    """Stop the project's PostgreSQL and delete all its data."""
    down(root)
    home = service.folder(root, NAME)
    account.clear_elsewhere(home)
    shutil.rmtree(home)


def status(
    root: Path, databases: Mapping[str, str] = DATABASES
) -> Service | None:
    """Return the project's PostgreSQL, None when it was never created."""
    home = service.folder(root, NAME)
    state = service.read_state(home)
    if state is None:
        return None
    return _service(home, state, databases, started=False)


def superuser_url(root: Path) -> str:
    """Return the superuser's URL of the database `postgres`.

    Raises:
        UnreachableError: The server was never created.
    """
    state = service.read_state(service.folder(root, NAME))
    if state is None:
        raise UnreachableError(
            "The embedded PostgreSQL was never started.",
            "Start it: `daybook services up`.",
        )
    return _url(SUPERUSER, state, "postgres")


def _create(home: Path, *, durable: bool) -> dict[str, Any]:
    password = _password()
    cluster.create(home / "data", SUPERUSER, password, durable=durable)
    return {"port": 0, "passwords": {SUPERUSER: password}}


def _password() -> str:
    return secrets.token_urlsafe(18)


def _process(home: Path) -> psutil.Process | None:
    data = home / "data"
    try:
        first = (data / "postmaster.pid").read_text().split("\n")[0]
    except FileNotFoundError:
        return None
    if not first.isdigit():
        return None
    return service.find_process(int(first), "postgres", data)


def _service(
    home: Path,
    state: Mapping[str, Any],
    databases: Mapping[str, str],
    *,
    started: bool,
) -> Service:
    process = _process(home)
    return Service(
        name=NAME,
        pid=process.pid if process else None,
        port=int(state["port"]),
        data=(home / "data").resolve(),
        urls=dict(_urls(state, databases)),
        started=started,
    )


def _urls(
    state: Mapping[str, Any], databases: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for database, variable in databases.items():
        if database in state["passwords"]:
            yield variable, _url(database, state, database)


def _url(role: str, state: Mapping[str, Any], database: str) -> str:
    password = state["passwords"][role]
    return (
        f"postgresql://{role}:{password}@{LOOPBACK}:{state['port']}/{database}"
    )


def _provide(state: Mapping[str, Any], databases: Mapping[str, str]) -> None:
    """Create the roles and databases that are missing."""
    import psycopg
    from psycopg.sql import SQL, Identifier, Literal

    url = _url(SUPERUSER, state, "postgres")
    with psycopg.connect(url, autocommit=True) as session:
        for name in databases:
            role, secret = Identifier(name), Literal(state["passwords"][name])
            if not session.execute(_ROLE, [name]).fetchone():
                session.execute(
                    SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        role, secret
                    )
                )
            if not session.execute(_DATABASE, [name]).fetchone():
                session.execute(
                    SQL("CREATE DATABASE {} OWNER {}").format(role, role)
                )
