"""`daybook doctor`: is everything there that a run needs?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from daybook.cli import checks, project, server_checks
from daybook.cli.checks import Check


def register(app: typer.Typer) -> None:
    """Add `doctor` to the command line."""
    app.command()(doctor)


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON.")
    ] = False,
) -> None:
    """Check the lake's folder, Meltano, plugins, .env, servers and Java.

    Exit code 1 if something is wrong; what to do is printed beside it.
    """
    here = project.find()
    found: list[Check] = []
    for check in _all(here):
        found.append(check)
        if not as_json:
            _show(check)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in found]))
    if not all(check.ok for check in found):
        raise typer.Exit(1)


def _all(here: project.Project) -> Iterator[Check]:
    yield checks.versions()
    yield from checks.installation(here.root)
    yield from checks.lake(here.lake)
    yield checks.env_file(here.env_file)
    yield from server_checks.servers(here.env)
    yield server_checks.graph(here.env)
    yield from server_checks.mysql(here.env)
    yield server_checks.java()


def _show(check: Check) -> None:
    mark = (
        typer.style("ok   ", fg="green")
        if check.ok
        else typer.style("WRONG", fg="red", bold=True)
    )
    typer.echo(f"{mark} {check.name}: {check.found}")
    if not check.ok:
        for line in check.instruction.splitlines():
            typer.echo(f"      -> {line}")
