"""`daybook publish`: make a day of what a tap from the Hub sent."""

from __future__ import annotations

from typing import Annotated

import typer

from daybook.cli import project, render
from daybook.cli.options import Json
from daybook.errors import ConfigError
from daybook.lake import pending
from daybook.lake.parked import publish_staged
from daybook.lake.publish import Published
from daybook.singer.log import counted
from daybook.singer.settings import run_id

Run = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="ID",
        help="The run that staged it; the current `meltano run`'s if left "
        "out.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add `publish` to the command line."""
    app.command()(publish)


def publish(run: Run = None, as_json: Json = False) -> None:
    """Publish what target-csv staged in the same run.

    A tap from the Hub cannot prove that it finished; `meltano run`
    reaches `daybook:publish` only if it did.
    """
    here = project.find()
    chosen = run or run_id()
    if not chosen:
        waiting = "; ".join(
            f"{day} of {source}: --run {other}"
            for other, source, day in pending.runs(here.lake)
        )
        raise ConfigError(
            "daybook publish needs a run: it was not started by `meltano "
            f"run`, and --run is not given. Waiting: {waiting or 'nothing'}.",
            "For example: meltano run tap-x target-csv daybook:publish",
        )
    published = publish_staged(here.lake, chosen)
    if as_json:
        render.print_json(_to_json(published))
    else:
        _show(published)


def _show(published: Published) -> None:
    manifest = published.manifest
    render.print_table(
        ("table", "rows", "bytes", "outcome"),
        [
            [file.table.stream, file.rows, file.bytes, published.outcome(file)]
            for file in manifest.files
        ],
    )
    done = "published" if published.changed else "unchanged"
    typer.echo(
        f"{render.printable(manifest.source)} {manifest.day}: {done}, "
        f"{counted(len(manifest.files), 'table')}"
    )


def _to_json(published: Published) -> dict[str, object]:
    manifest = published.manifest
    return {
        "source": manifest.source,
        "day": str(manifest.day),
        "changed": published.changed,
        "tables": [
            {
                "schema": file.table.schema,
                "table": file.table.name,
                "rows": file.rows,
                "bytes": file.bytes,
                "outcome": published.outcome(file),
            }
            for file in manifest.files
        ],
    }
