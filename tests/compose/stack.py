"""docker-compose.yaml, brought up for a test and taken down again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engine as engines
import local_images
from dotenv import dotenv_values
from engine import PROJECT, Engine

from airflow_processes import Rest, free_port
from docker import make_env
from meltano import ROOT

PORTS = ("AIRFLOW", "FLOWER", "SOURCE", "WAREHOUSE", "NEO4J")
STEPS = (
    ("source", "warehouse", "neo4j", "metadata", "redis"),
    ("init",),
    ("api-server", "scheduler", "dag-processor", "worker"),
)
_LABEL = "com.docker.compose"
LASTING = {*STEPS[0], *STEPS[2]}


@dataclass(frozen=True)
class Stack:
    """The containers that run.

    Attributes:
        engine: What runs them.
        variables: What `.env` and the shell gave them.
    """

    engine: Engine
    variables: dict[str, str]

    @property
    def warehouse(self) -> str:
        """The warehouse's URL from outside."""
        password = self.variables["WAREHOUSE_PASSWORD"]
        port = self.variables["WAREHOUSE_PORT"]
        return f"postgresql://warehouse:{password}@127.0.0.1:{port}/warehouse"

    def rest(self, folder: Path) -> Rest:
        """Airflow's REST interface, as the administrator."""
        file = folder / "passwords.json"
        file.touch(mode=0o600)
        password = self.variables["AIRFLOW_ADMIN_PASSWORD"]
        file.write_text(json.dumps({"admin": password}))
        name = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
        port = self.variables["AIRFLOW_PORT"]
        return Rest({"AIRFLOW__API__PORT": port, name: str(file)})

    def inspect(self, container: str, field: str) -> str:
        """Return what the engine says of a container."""
        form = "{{" + field + "}}"
        return self.engine.run("inspect", "--format", form, container).strip()

    def containers(self, service: str = "") -> list[str]:
        """Return the ids of all or one service's containers, ended too."""
        which = ("--filter", f"label={_LABEL}.service={service}")
        return self.ids("ps", "--all", *(which if service else ()))

    def ids(self, *words: str) -> list[str]:
        """Return what of this project a list of the engine's shows."""
        which = ("--filter", f"label={_LABEL}.project={PROJECT}")
        return self.engine.run(*words, "--quiet", *which).split()

    def logs(self, container: str, *options: str) -> str:
        """Return what a container has said."""
        return self.engine.run("logs", *options, container)

    def down(self) -> None:
        """Remove all containers, networks and volumes."""
        self.engine.stack("--profile", "flower", "down", "--volumes")


@contextmanager
def running(scratch: Path) -> Iterator[Stack]:
    """Bring all up, with an `.env` of its own; take all down again."""
    engine = engines.find(scratch)
    variables = {f"{name}_PORT": str(free_port()) for name in PORTS}
    if engine.pulls:
        local_images.build_daybook(engine, local_images.DAYBOOK)
        variables["DAYBOOK_IMAGE"] = local_images.DAYBOOK
    else:
        variables |= timed("images", lambda: _images(engine, scratch))
    secrets = _secrets(scratch)
    engine = engine.with_variables(variables | secrets)
    found = Stack(engine, variables | secrets)
    found.down()  # what a broken-off test left
    try:
        timed("up", lambda: _up(engine))
        yield found
    finally:
        found.down()


def _up(engine: Engine) -> None:
    """Start all; podman, which minds dependencies wrongly, step by step."""
    command = ("up", "--detach", "--no-build")
    if engine.program == "docker":
        engine.stack(*command)
        return
    for services in STEPS:
        engine.stack(*command, "--no-deps", *services)
        for service in set(services) - LASTING:
            name = f"{PROJECT}_{service}_1"
            assert engine.run("wait", name, seconds=300).strip() == "0"


def _images(engine: Engine, scratch: Path) -> dict[str, str]:
    return local_images.build(engine, scratch)


def _secrets(scratch: Path) -> dict[str, str]:
    file = scratch / ".env"
    text = (ROOT / "docker-compose.yaml").read_text()
    make_env.complete(file, make_env.required(text))
    return {name: str(value) for name, value in dotenv_values(file).items()}


def timed(what: str, act: Callable[[], Any]) -> Any:
    """Do something; print how long it took."""
    start = time.monotonic()
    result = act()
    print(f"\n    {what}: {time.monotonic() - start:.0f} s", flush=True)
    return result
