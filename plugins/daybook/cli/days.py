"""`daybook days`: which days there are, and where they are loaded."""

from __future__ import annotations

from dataclasses import asdict

import typer

from daybook.cli import loads, project, render, state
from daybook.cli.loads import Loaded, LoadLog
from daybook.cli.options import Json
from daybook.cli.state import DayReport
from daybook.lake import partition
from daybook.singer.log import counted, human_bytes

_HEADER = ("source", "day", "state", "tables", "rows", "size", "loaded into")


def register(app: typer.Typer) -> None:
    """Add `days` to the command line."""
    app.command()(days)


def days(as_json: Json = False) -> None:
    """List the days of every source: size, state, where loaded.

    A state is complete, incomplete (no manifest: no load sees it) or
    edited. `daybook verify` reads every byte; this looks at sizes and
    at files written to after the day was published.
    """
    here = project.find()
    reports = [
        state.look(here.lake, source, day)
        for source, day in partition.days(here.lake)
    ]
    log = loads.read(here.env)
    if as_json:
        render.print_json(
            {
                "lake": str(here.lake),
                "warehouse": log.problem or "read",
                "days": [_to_json(report, log) for report in reports],
            }
        )
        return
    _show(reports, log)
    if not reports:
        render.note(
            f"The lake {here.lake} holds no day yet. The first one: "
            "MELTANO_ENVIRONMENT=extract SOURCE=postgres "
            "DATESTAMP=2024-12-20 meltano run extract_postgres"
        )


def _show(reports: list[DayReport], log: LoadLog) -> None:
    rows = [_to_row(report, log) for report in reports]
    if rows:
        render.print_table(_HEADER, rows)
    if log.problem:
        render.note(f"{log.problem}, so where days are loaded is not known.")
    for report in reports:
        for problem in report.problems:
            render.note(f"{report.source} {report.day}: {problem}")


def _to_row(report: DayReport, log: LoadLog) -> list[object]:
    loaded = log.days.get((report.source, str(report.day)), [])
    places = ", ".join(_place(one) for one in loaded)
    return [
        report.source,
        report.day,
        report.state,
        report.tables,
        report.rows,
        human_bytes(report.bytes),
        "?" if log.problem else places or "-",
    ]


def _place(loaded: Loaded) -> str:
    """Return the schema, and how much of the day it still holds."""
    if loaded.current_tables == loaded.tables:
        return f"{loaded.schema} ({counted(loaded.tables, 'table')})"
    if loaded.current_tables == 0:
        return f"{loaded.schema} (replaced since)"
    held = f"{loaded.current_tables} of {counted(loaded.tables, 'table')}"
    return f"{loaded.schema} ({held})"


def _to_json(report: DayReport, log: LoadLog) -> dict[str, object]:
    loaded = log.days.get((report.source, str(report.day)), [])
    return {
        **asdict(report),
        "day": str(report.day),
        "loaded": [asdict(one) for one in loaded],
    }
