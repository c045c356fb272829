"""Makes small days of the lake, and the messages of a tap of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from daybook import dialect
from daybook.day import Day
from daybook.lake import publish as publishing
from daybook.lake import staging
from daybook.lake.lock import day_lock
from daybook.lake.pending import Allowed
from daybook.lake.publish import Published
from daybook.lake.staged import Staged
from daybook.singer.handover import HandedFile
from daybook.singer.receipt import Receipt
from daybook.singer.schema import to_singer
from daybook.table import Column, Table

Row = Sequence[str | None]
Tables = Mapping[Table, Sequence[Row]]

DAY = Day.parse("2024-12-20")
ORDERS = Table(
    "public",
    "orders",
    (Column("id", "integer", nullable=False), Column("note", "text")),
    ("id",),
)
ITEMS = Table("public", "items", (Column("sku", "text"),))
TWO_TABLES: Tables = {
    ORDERS: [("1", "a"), ("2", None), ("3", "")],
    ITEMS: [],
}


def write_file(path: Path, table: Table, rows: Iterable[Row]) -> HandedFile:
    """Write rows in the lake's dialect, as a tap does."""
    lines = [dialect.encode_row(table.column_names)]
    lines += [dialect.encode_row(row) for row in rows]
    data = b"".join(lines)
    path.write_bytes(data)
    return HandedFile(
        path,
        len(lines) - 1,
        hashlib.sha256(data).hexdigest(),
        max(map(len, lines)),
    )


def stage(
    held: staging.Staging, tables: Tables, folder: Path | None = None
) -> list[Staged]:
    """Write each table to `folder`, by default the staging folder."""
    staged = []
    for table, rows in tables.items():
        path = held.new_file(table.stream)
        path = folder / path.name if folder else path
        file = write_file(path, table, rows)
        staged.append(
            Staged(table, path, file.sha256, file.rows, file.longest_line)
        )
    return staged


def publish_day(
    root: Path,
    tables: Tables = TWO_TABLES,
    *,
    source: str = "csv",
    day: Day = DAY,
    tap: str = "tap-csv",
    run: str = "",
    allow: Allowed = Allowed(),  # noqa: B008 (frozen)
) -> Published:
    """Publish tables as a target does, its clearing up included."""
    held = staging.hold(root, "")
    with day_lock(root, source, day, "a test", run):
        try:
            published = publishing.publish(
                root,
                source,
                day,
                stage(held, tables),
                tap=tap,
                run=run,
                snapshot=f"snapshot of {run}",
                staging=held,
                allow=allow,
            )
        finally:
            publishing.clean_up(root, source, day, [held])
    return published


def messages(folder: Path, tables: Tables, *, receipt: bool = True) -> str:
    """Return what a tap of ours says that hands over these tables."""
    lines: list[object] = []
    counts: dict[str, int] = {}
    for number, (table, rows) in enumerate(tables.items()):
        folder.mkdir(parents=True, exist_ok=True)
        file = write_file(folder / f"{number}.csv", table, rows)
        counts[table.stream] = file.rows
        lines += [_schema(table), _batch(table, file)]
    if receipt:
        state = Receipt("tap-csv", "2024-12-20T00:00:00Z", counts).to_state()
        lines.append({"type": "STATE", "value": state})
    return "".join(json.dumps(line) + "\n" for line in lines)


def contents(root: Path) -> dict[str, bytes]:
    """Return every file of the lake's days by its path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.glob("source=*/**/*"))
        if path.is_file()
    }


def litter(root: Path) -> list[str]:
    """Return what lies in the staging area."""
    return sorted(path.name for path in (root / ".staging").glob("*"))


def _schema(table: Table) -> dict[str, object]:
    return {
        "type": "SCHEMA",
        "stream": table.stream,
        "schema": to_singer(table),
        "key_properties": list(table.primary_key),
    }


def _batch(table: Table, file: HandedFile) -> dict[str, object]:
    return {
        "type": "BATCH",
        "stream": table.stream,
        "encoding": {"format": "csv"},
        "manifest": [file.to_url()],
    }
