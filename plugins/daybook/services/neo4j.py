"""The embedded Neo4j 5.26, Community edition: start, stop, state."""

from __future__ import annotations

import secrets
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daybook.services import launch, neo4j_server, service
from daybook.services.service import Service

NAME = "neo4j"
VARIABLE = "NEO4J_URL"
STOP_SECONDS = 30


def up(root: Path) -> Service:
    """Start the project's Neo4j, creating it when there is none.

    Its programs are downloaded once per user, 128 MB.

    Raises:
        ConfigError: There is no Java that it runs on.
        InputError: A downloaded file is not the one it must be.
        StorageError: A folder cannot be written.
        UnreachableError: Its programs cannot be had, or it did not start.
    """
    home = service.folder(root, NAME).resolve()
    with service.locked(home):
        state = service.read_state(home) or _create(home)
        running = neo4j_server.find(home / "server")
        if running is None:
            neo4j_server.start(home / "server", state["password"])
        else:
            neo4j_server.await_ready(
                running, home / "server", state["password"]
            )
        return _service(home, state, started=running is None)


def down(root: Path) -> bool:
    """Stop the project's Neo4j; return whether it was running.

    Transactions are rolled back and the store is closed; when that takes
    over 30 s it is killed: nothing is lost, the next start takes longer.
    """
    return _stop(root, signal.SIGTERM, signal.SIGKILL)


def delete(root: Path) -> None:
    """Kill the project's Neo4j and delete all its data."""
    _stop(root, signal.SIGKILL)
    shutil.rmtree(service.folder(root, NAME))


def status(root: Path) -> Service | None:
    """Return the project's Neo4j, None when it was never created."""
    home = service.folder(root, NAME).resolve()
    state = service.read_state(home)
    return None if state is None else _service(home, state, started=False)


def _stop(root: Path, *signals: signal.Signals) -> bool:
    """Send one signal after the other until the server has ended."""
    home = service.folder(root, NAME).resolve()
    with service.locked(home):
        process = neo4j_server.find(home / "server")
        if process is None:
            return False
        launch.stop(process, signals, STOP_SECONDS)
        return True


def _create(home: Path) -> dict[str, Any]:
    # Hexadecimal: a `-` at its start would look like an option of AdminTool.
    state = {"password": secrets.token_hex(16)}
    neo4j_server.create(home / "server", state["password"])
    service.write_state(home, state)
    return state


def _service(
    home: Path, state: Mapping[str, Any], *, started: bool
) -> Service:
    process = neo4j_server.find(home / "server")
    port = neo4j_server.port(home / "server")
    return Service(
        name=NAME,
        pid=process.pid if process else None,
        port=port,
        data=home / "server" / "data",
        urls={VARIABLE: neo4j_server.url(port, state["password"])},
        started=started,
    )
