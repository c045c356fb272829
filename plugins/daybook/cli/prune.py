"""`daybook prune`: remove old days, never the newest of a source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from daybook.cli import project, render, state
from daybook.cli.options import Json, Source
from daybook.day import Day
from daybook.errors import RefusedError
from daybook.lake.prune import prunable, remove_day
from daybook.singer.log import human_bytes

Keep = Annotated[
    int, typer.Option(help="Days that stay per source, the newest ones.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would go; remove nothing.")
]


def register(app: typer.Typer) -> None:
    """Add `prune` to the command line."""
    app.command()(prune)


def prune(
    keep: Keep,
    source: Source = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Remove all but the newest days of every source, or of one.

    The newest published day of a source always stays.
    """
    root = project.find().lake
    going = prunable(root, keep, source)
    if not as_json:
        _show(root, going)
    removed = bool(going) and not dry_run
    if removed:
        _confirm(len(going), yes=yes)
        for name, day in going:
            remove_day(root, name, day)
    if as_json:
        days = [{"source": name, "day": str(day)} for name, day in going]
        render.print_json({"removed": removed, "days": days})
    elif removed:
        typer.echo(f"Removed {len(going)} days.")


def _show(root: Path, going: list[tuple[str, Day]]) -> None:
    if not going:
        typer.echo("Nothing to remove.")
        return
    reports = [state.look(root, name, day) for name, day in going]
    render.print_table(
        ("source", "day", "state", "tables", "size"),
        [
            [r.source, r.day, r.state, r.tables, human_bytes(r.bytes)]
            for r in reports
        ],
    )


def _confirm(count: int, *, yes: bool) -> None:
    """Ask on a terminal.

    Raises:
        RefusedError: The answer is no, or there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise RefusedError(
            f"{count} days would be removed, and nobody is there to ask. "
            "Nothing was removed.",
            "Add --yes if it is meant, or --dry-run to look only.",
        )
    if not typer.confirm(f"Remove these {count} days from the lake?"):
        raise RefusedError("Nothing was removed.", "Keep more with --keep.")
