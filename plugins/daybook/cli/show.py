"""`daybook show`: what a day holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybook.cli import project, render, state
from daybook.cli.options import DayText, Json, Source, manifests
from daybook.day import Day
from daybook.lake.manifest import DataFile, Manifest
from daybook.singer.log import counted, human_bytes
from daybook.table import foreign_key_to_json
from daybook.window import window_to_json

Columns = Annotated[
    bool, typer.Option("--columns", help="List columns and foreign keys too.")
]


def register(app: typer.Typer) -> None:
    """Add `show` to the command line."""
    app.command()(show)


def show(
    day: DayText,
    source: Source = None,
    columns: Columns = False,
    as_json: Json = False,
) -> None:
    """Show a day: its tables with rows, size, columns and keys."""
    root = project.find().lake
    parsed = Day.parse(day, variable="DAY")
    found = manifests(root, parsed, source)
    if as_json:
        render.print_json([_to_json(root, manifest) for manifest in found])
        return
    for manifest in found:
        _show(root, manifest)
        if columns:
            for file in manifest.files:
                _show_columns(file)


def _show(root: Path, manifest: Manifest) -> None:
    report = state.look(root, manifest.source, manifest.day)
    typer.echo(
        f"{render.printable(manifest.source)} on {manifest.day}: "
        f"{report.state}, {counted(len(manifest.files), 'table')}, "
        f"{counted(report.rows, 'row')}, "
        f"{human_bytes(report.bytes)}"
    )
    typer.echo(
        f"read by {manifest.tap or 'a tap that is not known'}"
        f"{f' at {manifest.snapshot}' if manifest.snapshot else ''}"
        f"{f', run {manifest.run}' if manifest.run else ''}"
    )
    for problem in report.problems:
        typer.echo(f"WRONG: {render.printable(problem)}")
    rows = [
        [
            _name(file),
            file.rows,
            human_bytes(file.bytes),
            len(file.table.columns),
            ", ".join(file.table.primary_key) or "-",
        ]
        for file in manifest.files
    ]
    render.print_table(("table", "rows", "size", "columns", "key"), rows)
    for file in manifest.files:
        if file.table.window:
            text = f"{_name(file)}: a part, {file.table.window}"
            typer.echo(render.printable(text))


def _show_columns(file: DataFile) -> None:
    typer.echo(render.printable(_name(file)))
    rows = [
        [
            column.name,
            column.sql_type,
            "" if column.nullable else "not null",
            column.source_type,
        ]
        for column in file.table.columns
    ]
    render.print_table(("column", "type", "", "source's type"), rows)
    for key in file.table.foreign_keys:
        other = ".".join(filter(None, (key.source, key.schema, key.table)))
        typer.echo(
            render.printable(
                f"({', '.join(key.columns)}) refers to {other} "
                f"({', '.join(key.references)})"
            )
        )


def _name(file: DataFile) -> str:
    table = file.table
    return f"{table.schema}.{table.name}" if table.schema else table.name


def _to_json(root: Path, manifest: Manifest) -> dict[str, object]:
    report = state.look(root, manifest.source, manifest.day)
    return {
        "source": manifest.source,
        "day": str(manifest.day),
        "state": report.state,
        "problems": report.problems,
        "tap": manifest.tap,
        "run": manifest.run,
        "snapshot": manifest.snapshot,
        "tables": [_table_to_json(file) for file in manifest.files],
    }


def _table_to_json(file: DataFile) -> dict[str, object]:
    table = file.table
    return {
        "schema": table.schema,
        "table": table.name,
        "path": file.path,
        "rows": file.rows,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "key": table.primary_key,
        "window": window_to_json(table.window) if table.window else None,
        "foreign_keys": [foreign_key_to_json(k) for k in table.foreign_keys],
        "columns": [
            {
                "name": column.name,
                "type": column.sql_type,
                "nullable": column.nullable,
                "source_type": column.source_type,
            }
            for column in table.columns
        ],
    }
