"""The embedded MariaDB 10.11: start, stop, and what it holds."""

from __future__ import annotations

import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daybook.errors import UnreachableError
from daybook.services import launch, mariadb_server, service
from daybook.services.mariadb_server import SUPERUSER
from daybook.services.service import LOOPBACK, Service

NAME = "mariadb"
DATABASES: Mapping[str, str] = {
    "movielens": "MOVIELENS_URL",
    "people": "PEOPLE_URL",
}
"""Database, and user, to the variable that holds its URL."""

STOP_SECONDS = 30


def up(root: Path, *, durable: bool = True) -> Service:
    """Start the project's MariaDB, creating it when there is none.

    Its programs are downloaded once per user, 141 MB. Every database in
    `DATABASES` has a user of the same name with rights on it alone.
    Without `durable` a crash of the machine may lose data, and all is
    faster: for tests.

    Raises:
        ConfigError: Its programs do not run on this machine.
        InputError: The download is not the one it must be.
        StorageError: A folder cannot be written.
        UnreachableError: Its programs cannot be had, or it did not start.
    """
    home = service.folder(root, NAME).resolve()
    with service.locked(home):
        state = service.read_state(home) or _create(home)
        running = mariadb_server.find(home)
        if running is None:
            mariadb_server.start(home, state["passwords"], durable=durable)
        else:
            mariadb_server.await_ready(running, home)
        return _service(home, state["passwords"], started=running is None)


def down(root: Path) -> bool:
    """Stop the project's MariaDB; return whether it was running.

    Transactions are rolled back; when that takes over 30 s it is killed:
    nothing is lost, the next start takes longer.
    """
    return _stop(root, signal.SIGTERM, signal.SIGKILL)


def delete(root: Path) -> None:
    """Kill the project's MariaDB and delete all its data."""
    _stop(root, signal.SIGKILL)
    shutil.rmtree(service.folder(root, NAME))


def status(root: Path) -> Service | None:
    """Return the project's MariaDB, None when it was never created."""
    home = service.folder(root, NAME).resolve()
    state = service.read_state(home)
    if state is None:
        return None
    return _service(home, state["passwords"], started=False)


def superuser_url(root: Path) -> str:
    """Return the superuser's URL, of the database `mysql`.

    Raises:
        UnreachableError: The server was never created.
    """
    home = service.folder(root, NAME).resolve()
    state = service.read_state(home)
    if state is None:
        raise UnreachableError(
            "The embedded MariaDB was never started.",
            "Start it: `daybook services up mariadb`.",
        )
    return _url(SUPERUSER, state["passwords"], home, "mysql")


def _stop(root: Path, *signals: signal.Signals) -> bool:
    home = service.folder(root, NAME).resolve()
    with service.locked(home):
        process = mariadb_server.find(home)
        if process is None:
            return False
        launch.stop(process, signals, STOP_SECONDS)
        return True


def _create(home: Path) -> dict[str, Any]:
    mariadb_server.create(home)
    names = (SUPERUSER, *DATABASES)
    passwords = {name: secrets.token_urlsafe(18) for name in names}
    state = {"passwords": passwords}
    service.write_state(home, state)
    return state


def _service(
    home: Path, passwords: Mapping[str, str], *, started: bool
) -> Service:
    process = mariadb_server.find(home)
    return Service(
        name=NAME,
        pid=process.pid if process else None,
        port=mariadb_server.port(home),
        data=home / "data",
        urls={
            variable: _url(name, passwords, home, name)
            for name, variable in DATABASES.items()
        },
        started=started,
    )


def _url(
    user: str, passwords: Mapping[str, str], home: Path, database: str
) -> str:
    port = mariadb_server.port(home)
    return f"mysql://{user}:{passwords[user]}@{LOOPBACK}:{port}/{database}"
