"""`daybook diff`: what changed between two days."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from daybook.cli import duck_errors, options, project, render, state
from daybook.cli.options import Json, Source
from daybook.day import Day
from daybook.duck import delta
from daybook.duck.delta import Delta
from daybook.duck.row_delta import Example
from daybook.lake import partition
from daybook.lake.manifest import Manifest

Older = Annotated[
    str, typer.Argument(metavar="DAY1", help="The older day, YYYY-MM-DD.")
]
Newer = Annotated[
    str, typer.Argument(metavar="DAY2", help="The newer day, YYYY-MM-DD.")
]
Tables = Annotated[
    list[str] | None,
    typer.Option("--table", help="Only this table; can be repeated."),
]
Limit = Annotated[
    int,
    typer.Option(
        min=0, help="Rows shown per table and kind; all are counted."
    ),
]


@dataclasses.dataclass(frozen=True, slots=True)
class SourceDelta:
    """What changed in one source.

    Attributes:
        source: The source's name.
        old: The first day.
        new: The second day.
        tables: One delta per table of either day.
    """

    source: str
    old: Day
    new: Day
    tables: tuple[Delta, ...]


def register(app: typer.Typer) -> None:
    """Add `diff` to the command line."""
    app.command()(diff)


def diff(
    day1: Older,
    day2: Newer,
    source: Source = None,
    table: Tables = None,
    limit: Limit = 5,
    as_json: Json = False,
) -> None:
    """Show the rows added, changed and removed from DAY1 to DAY2.

    Rows are matched by their key; without one they are counted as they
    are. Values are compared as the source wrote them.
    """
    root = project.find().lake
    days = (
        Day.parse(day1, variable="DAY1"),
        Day.parse(day2, variable="DAY2"),
    )
    found = []
    for old, new in _pairs(root, days, source):
        chosen = _restrict(old, new, table)
        with duck_errors.of_files(root, chosen):
            deltas = tuple(delta.compare(root, *chosen, limit=limit))
        found.append(SourceDelta(old.source, *days, deltas))
    if as_json:
        render.print_json([_to_json(one) for one in found])
        return
    for one in found:
        _show(one)


def _pairs(
    root: Path, days: tuple[Day, Day], source: str | None
) -> Iterator[tuple[Manifest, Manifest]]:
    """Yield both days of the source, or of every source that has both.

    Raises:
        BusyError: A day is being published anew.
        InputError: There is no such day, or its files were edited.
    """
    names = [source] if source else _sources(root, days)
    for name in names:
        old, new = (partition.read(root, name, day) for day in days)
        for manifest in (old, new):
            state.check(root, manifest)
        yield old, new


def _sources(root: Path, days: tuple[Day, Day]) -> list[str]:
    """Return the sources that have both days; name those that have one."""
    first, second = (
        {manifest.source for manifest in options.manifests(root, day, None)}
        for day in days
    )
    for name in sorted(first ^ second):
        lacks = days[1] if name in first else days[0]
        render.note(f"{name} has no day {lacks}: left out.")
    return sorted(first & second)


def _restrict(
    old: Manifest, new: Manifest, names: list[str] | None
) -> tuple[Manifest, Manifest]:
    """Return both days with the tables called `names` only.

    Raises:
        ConfigError: Neither day has such a table.
    """
    if not names:
        return old, new
    both = dataclasses.replace(new, files=(*new.files, *old.files))
    streams = set(options.only_tables(both, names))
    first, second = (
        dataclasses.replace(
            manifest,
            files=tuple(
                file for file in manifest.files if file.table.stream in streams
            ),
        )
        for manifest in (old, new)
    )
    return first, second


def _show(one: SourceDelta) -> None:
    typer.echo(f"{render.printable(one.source)}: from {one.old} to {one.new}")
    changed = [table for table in one.tables if not table.is_empty]
    if changed:
        header = ("table", "rows before", "rows after")
        render.print_table(
            (*header, "added", "changed", "removed", "columns"),
            [_to_row(table) for table in changed],
        )
    for table in changed:
        for example in table.rows.examples:
            text = f"{_name(table)}: {_sentence(example)}"
            typer.echo(render.printable(text))
    same = len(one.tables) - len(changed)
    typer.echo(f"{same} of {len(one.tables)} tables are the same.")


def _to_row(one: Delta) -> list[object]:
    rows = one.rows
    return [
        _name(one),
        "-" if one.old_rows is None else one.old_rows,
        "-" if one.new_rows is None else one.new_rows,
        rows.added,
        rows.changed,
        rows.removed,
        ", ".join(_column_changes(one)) or "same",
    ]


def _column_changes(one: Delta) -> Iterator[str]:
    """Yield each change of a column: `+new`, `-gone`, `a: old -> new`."""
    for name in one.columns_added:
        yield f"+{name}"
    for name in one.columns_removed:
        yield f"-{name}"
    for column in one.columns_retyped:
        yield f"{column.name}: {column.old} -> {column.new}"


def _sentence(example: Example) -> str:
    row = ", ".join(f"{n}={render.value(v)}" for n, v in example.row.items())
    changes = "; ".join(
        f"{name} {render.value(old)} -> {render.value(new)}"
        for name, (old, new) in example.values.items()
    )
    return f"{example.kind} {row}{': ' if changes else ''}{changes}"


def _name(one: Delta) -> str:
    table = one.table
    return f"{table.schema}.{table.name}" if table.schema else table.name


def _to_json(one: SourceDelta) -> dict[str, object]:
    return {
        "source": one.source,
        "from": str(one.old),
        "to": str(one.new),
        "tables": [_table_to_json(table) for table in one.tables],
    }


def _table_to_json(one: Delta) -> dict[str, object]:
    rows = one.rows
    return {
        "schema": one.table.schema,
        "table": one.table.name,
        "same": one.is_empty,
        "rows": {"from": one.old_rows, "to": one.new_rows},
        "key": rows.key,
        "added": rows.added,
        "changed": rows.changed,
        "removed": rows.removed,
        "columns": {
            "added": one.columns_added,
            "removed": one.columns_removed,
            "retyped": [
                {"name": c.name, "from": c.old, "to": c.new}
                for c in one.columns_retyped
            ],
        },
        "examples": [asdict(example) for example in rows.examples],
    }
