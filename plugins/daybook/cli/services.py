"""`daybook services`: the embedded servers, up, down and how they are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from daybook.cli import project
from daybook.errors import ConfigError, cut
from daybook.services.service import Service


class Server(Protocol):
    """What each module of `daybook.services` that is a server offers."""

    def up(self, root: Path) -> Service:
        """Start it."""

    def down(self, root: Path) -> bool:
        """Stop it; return whether it ran."""

    def delete(self, root: Path) -> None:
        """Stop it and delete all its data."""

    def status(self, root: Path) -> Service | None:
        """Return it as it is, None when it was never started."""


Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="Servers (postgres, neo4j, mariadb); all when left out.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_ON_DEMAND = frozenset({"mariadb"})
"""Large downloads that are not needed by everybody."""

_commands = typer.Typer(
    no_args_is_help=True,
    help="Start, stop and look at the embedded servers.",
)


def register(app: typer.Typer) -> None:
    """Add `services` to the command line."""
    app.add_typer(_commands, name="services")


@_commands.command()
def up(names: Names = None, as_json: Json = False) -> None:
    """Start servers; write a .env that names them, or add to it.

    Without names: PostgreSQL, Neo4j and what was started before. MariaDB
    must be named the first time: not everybody needs it.

    Neo4j's programs (128 MB) and MariaDB's (141 MB) are downloaded once,
    to the user's cache folder (XDG_CACHE_HOME), from the address in
    DAYBOOK_MAVEN_URL or else Maven Central. Neo4j runs on Java 17 or 21:
    JAVA_HOME's, PATH's, or the one that comes with Daybook. MariaDB runs
    on Linux with an x86_64 processor only.
    """
    here = project.find()
    os.environ.update(here.env)  # .env may name a mirror, a proxy, a Java
    started: list[Service] = []
    try:
        for name, server in _to_start(here, names):
            if not as_json and server.status(here.root) is None:
                typer.echo(f"{name}: making its data folder ...", err=True)
            started.append(server.up(here.root))
    finally:
        # When a later one fails, the user still learns of those that run.
        _tell(here, started, as_json=as_json)


@_commands.command()
def down(
    names: Names = None,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete their data too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stop servers; their data stays, unless asked to delete it."""
    here = project.find()
    stopped = {name: one.down(here.root) for name, one in _chosen(names)}
    if delete_data:
        for _, one in _chosen(names):
            one.delete(here.root)
    if as_json:
        typer.echo(json.dumps({n: {"stopped": s} for n, s in stopped.items()}))
        return
    for name, was_running in stopped.items():
        typer.echo(f"{name}: {'stopped' if was_running else 'did not run'}")


@_commands.command()
def status(names: Names = None, as_json: Json = False) -> None:
    """Say which servers run, and where."""
    here = project.find()
    found = {name: one.status(here.root) for name, one in _chosen(names)}
    if as_json:
        _print_json(here, found)
        return
    for name, one in found.items():
        if one is None:
            hint = f"`daybook services up {name}`"
            typer.echo(f"{name}: never started ({hint})")
        elif one.is_running:
            typer.echo(f"{name}: runs, {_where(here, one)}")
        else:
            typer.echo(f"{name}: down, data in {_short(here, one.data)}")


def _servers() -> Mapping[str, Server]:
    from daybook.services import mariadb, neo4j, postgres

    return {
        postgres.NAME: postgres,
        neo4j.NAME: neo4j,
        mariadb.NAME: mariadb,
    }


def _to_start(
    here: project.Project, names: list[str] | None
) -> Iterator[tuple[str, Server]]:
    """Yield the servers called for, or those that everybody needs."""
    for name, server in _chosen(names):
        if names or name not in _ON_DEMAND or server.status(here.root):
            yield name, server


def _chosen(names: list[str] | None) -> list[tuple[str, Server]]:
    """Return the servers called for.

    Raises:
        ConfigError: There is no server of that name.
    """
    servers = _servers()
    for name in names or ():
        if name not in servers:
            raise ConfigError(
                f"There is no embedded server {cut(name)}.",
                f"There are: {', '.join(servers)}.",
            )
    return [(name, servers[name]) for name in names or servers]


def _tell(
    here: project.Project, started: list[Service], *, as_json: bool
) -> None:
    """Put what was started into .env, and say it."""
    notes = list(_note_env(here, started))
    if as_json:
        _print_json(here, {one.name: one for one in started})
        return
    for one in started:
        verb = "started" if one.started else "runs already"
        typer.echo(f"{one.name}: {verb}, {_where(here, one)}")
    for note in notes:
        typer.echo(note)


def _note_env(here: project.Project, started: list[Service]) -> Iterator[str]:
    """Keep the servers' URLs; yield what the user should know of it.

    Passwords are never printed: the lines are in a file beside the
    servers' data.
    """
    from daybook.cli import env_file
    from daybook.services.service import write_private

    urls = {name: url for one in started for name, url in one.urls.items()}
    path = here.env_file
    if not urls:
        return
    kept = here.root / ".services" / "env"
    write_private(kept, env_file.lines(project.read_env(kept) | urls))
    if env_file.create(path, urls):
        yield f".env: written, with {', '.join(urls)} (for your eyes only)"
        return
    added = env_file.complete(path, urls)
    if added:
        yield f".env: {', '.join(added)} added"
    for name in env_file.follow(path, urls):
        yield f".env: {name} now has the server's new port"
    other = env_file.differing(path, urls)
    if other:
        yield (
            f".env: left as it is; its {', '.join(other)} lead elsewhere. "
            f"Lines that lead here are in {_short(here, kept)}"
        )


def _print_json(
    here: project.Project, found: Mapping[str, Service | None]
) -> None:
    typer.echo(json.dumps({n: _facts(here, s) for n, s in found.items()}))


def _facts(here: project.Project, one: Service | None) -> dict[str, Any]:
    if one is None:
        return {"running": False, "created": False}
    return {
        "running": one.is_running,
        "created": True,
        "started": one.started,
        "pid": one.pid,
        "port": one.port,
        "data": str(one.data),
        "variables": list(one.urls),
        "env": str(here.root / ".services" / "env"),
    }


def _where(here: project.Project, one: Service) -> str:
    return (
        f"port {one.port}, process {one.pid}, data in {_short(here, one.data)}"
    )


def _short(here: project.Project, path: Path) -> str:
    """Return `path` relative to the project if it is inside."""
    if path.is_relative_to(here.root):
        return str(path.relative_to(here.root))
    return f"{path} (the server's account cannot reach this folder)"
