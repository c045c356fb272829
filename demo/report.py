"""What the demo prints: what lies in the lake, what each load changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from daybook.day import Day
from daybook.lake import partition
from daybook.singer.log import human_bytes

console = Console(highlight=False)

_EVIDENCE = Path(__file__).with_name("evidence.sql")
_SHOWN = 6
_SHOWN_COLUMNS = ("order_id", "order_date", "customer", "product", "amount")
_TEXT = {
    *("table", "source", "customer", "product"),
    *("nodes", "relationships", "graph", "title"),
}
_LOADS = """
    SELECT "table", rows, inserted, updated, deleted, outcome
    FROM daybook.loads WHERE run_id = %s ORDER BY source, "table"
"""


def heading(text: str) -> None:
    """Print the start of a step."""
    console.print(f"\n[bold]==> {text}[/]")


def say(text: str) -> None:
    """Print one line of explanation."""
    console.print(f"    {text}", soft_wrap=True)


def table(*header: str) -> Table:
    """Return an empty table; numbers go to the right."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in header:
        made.add_column(name, justify="left" if name in _TEXT else "right")
    return made


@contextmanager
def running(command: str) -> Iterator[None]:
    """Print a command at once, and its seconds when it has ended."""
    console.print(f"[cyan]$ {command}[/]", end="", soft_wrap=True)
    start = time.monotonic()
    try:
        yield
        console.print(f"  [dim]{time.monotonic() - start:.1f} s[/]", end="")
    finally:
        console.print()


def lake_unchanged(unchanged: bool) -> None:
    """Say whether a day's files and manifests stayed as they were."""
    say(f"files: {'[green]unchanged[/]' if unchanged else '[red]changed[/]'}")


def lake_tables(lake: Path, sources: Iterable[str], day: Day) -> None:
    """Print rows and bytes of each table of a day."""
    shown = table("table", "source", "rows", "bytes")
    rows = size = 0
    for source in sources:
        manifest = partition.read(lake, source, day)
        for file in manifest.files:
            shown.add_row(
                file.table.name,
                source,
                f"{file.rows:,}",
                human_bytes(file.bytes),
            )
            rows, size = rows + file.rows, size + file.bytes
    shown.add_section()
    shown.add_row("all", "", f"{rows:,}", human_bytes(size))
    console.print(shown)


def changes(warehouse: str, run: str) -> None:
    """Print what a load inserted, updated and deleted, if anything."""
    with psycopg.connect(warehouse) as session:
        loads = session.execute(_LOADS, [run]).fetchall()
    shown = table("table", "rows", "inserted", "updated", "deleted")
    unchanged = []
    for name, rows, *counts, _ in loads:
        if any(counts):
            cells = (f"{count:,}" if count else "·" for count in counts)
            shown.add_row(name, f"{rows:,}", *cells)
        else:
            unchanged.append(name)
    if shown.row_count:
        console.print(shown)
    if len(unchanged) == len(loads):
        say(f"tables: [green]unchanged[/], all {len(loads)}")
    else:
        say(f"unchanged: {', '.join(unchanged)}")


def evidence(warehouse: str, output: Path, day: Day) -> None:
    """Run the evidence query; print some of it, write all of it."""
    query = _EVIDENCE.read_text()
    stem = output / f"orders_with_details-{day}"
    with psycopg.connect(warehouse) as session:
        cursor = session.execute(query.encode())
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        copy = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)".encode()
        with (
            session.cursor().copy(copy) as copying,
            stem.with_suffix(".csv").open("wb") as file,
        ):
            for block in copying:
                file.write(block)
    _write_json(stem.with_suffix(".json"), names, rows)
    shown = table(*_SHOWN_COLUMNS)
    for row in rows[-_SHOWN:]:
        cells = dict(zip(names, row, strict=True))
        shown.add_row(*(str(cells[name]) for name in _SHOWN_COLUMNS))
    console.print(shown)
    revenue = sum(row[-1] for row in rows)
    say(f"the last {_SHOWN} of {len(rows):,} rows, revenue {revenue:,}")
    for suffix in (".csv", ".json"):
        say(f"written: output/{stem.with_suffix(suffix).name}")


def _write_json(
    path: Path, names: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Write the rows as a list of objects, one a line."""
    lines = (
        json.dumps(
            dict(zip(names, row, strict=True)),
            ensure_ascii=False,
            default=_plain,
        )
        for row in rows
    )
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def _plain(value: object) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
