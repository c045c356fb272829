"""`daybook query`: DuckDB SQL over a day."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from daybook.cli import duck_errors, options, project, results, state
from daybook.cli.results import Format
from daybook.day import Day
from daybook.duck import views
from daybook.errors import ConfigError

Sql = Annotated[
    str,
    typer.Argument(
        metavar="SQL", help="One SELECT; - reads it from standard input."
    ),
]
DayOption = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="DAY", help="The day; EXTRACTED_AT if left out."
    ),
]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="One source; else all.")
]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="table, csv or json; else by the end of --output, else table.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(help="Write to this file, when all is well in the end."),
]
AsText = Annotated[
    bool,
    typer.Option("--text", help="All columns as the source's own text."),
]
Limit = Annotated[
    int,
    typer.Option(min=0, help="Rows of a table that are shown; 0: all."),
]


def register(app: typer.Typer) -> None:
    """Add `query` to the command line."""
    app.command()(query)


def query(
    sql: Sql,
    day: DayOption = None,
    source: SourceOption = None,
    format_: FormatOption = None,
    output: Output = None,
    as_text: AsText = False,
    limit: Limit = 100,
) -> None:
    """Ask a day of the lake in SQL, as DuckDB speaks it.

    Tables have the names `table`, `schema.table` and `source.table`,
    as far as they are not ambiguous; `SHOW ALL TABLES` lists them.
    CSV is written as the lake's own: unquoted empty is NULL.
    """
    here = project.find()
    parsed = _day(day or here.env.get("EXTRACTED_AT"))
    found = options.manifests(here.lake, parsed, source)
    for manifest in found:
        state.check(here.lake, manifest)
    statement = sys.stdin.read() if sql == "-" else sql
    how = format_ or results.format_of(output)
    with (
        duck_errors.of_files(here.lake, found),
        views.open_days(here.lake, found, as_text=as_text) as connection,
    ):
        result = results.run(connection, statement, how)
        results.write(result, how, output, limit)


def _day(text: str | None) -> Day:
    if text:
        return Day.parse(text, variable="--day")
    raise ConfigError(
        "daybook query needs a day: neither --day nor EXTRACTED_AT is given.",
        'For example: daybook query "FROM orders" --day 2024-12-20\n'
        "Which days there are: daybook days",
    )
