"""Publishes days of a lake from rows in a test, through the real publish."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from daybook import dialect
from daybook.day import Day
from daybook.lake import staging
from daybook.lake.lock import day_lock
from daybook.lake.manifest import Manifest
from daybook.lake.pending import Allowed
from daybook.lake.publish import publish
from daybook.lake.staged import Staged
from daybook.table import Column, Table

Row = Sequence[str | None]


def table(
    name: str,
    columns: Sequence[tuple[str, str]],
    key: Sequence[str] = (),
    schema: str = "public",
) -> Table:
    """Return a table of `(name, SQL type)` columns."""
    return Table(
        schema,
        name,
        tuple(Column(n, t, nullable=n not in key) for n, t in columns),
        tuple(key),
    )


def publish_day(
    root: Path,
    source: str,
    day: str,
    tables: Sequence[tuple[Table, Iterable[Row]]],
) -> Manifest:
    """Publish rows as a day, replacing what the day was before."""
    parsed = Day.parse(day)
    held = staging.hold(root, "")
    staged = [_stage(held, one, rows) for one, rows in tables]
    with day_lock(root, source, parsed, "test"):
        published = publish(
            root,
            source,
            parsed,
            staged,
            tap=f"tap-{source}",
            run="",
            snapshot="2024-12-20T04:00:00+00:00",
            staging=held,
            allow=Allowed(lost_tables=True),
        )
    held.discard()
    return published.manifest


def _stage(held: staging.Staging, one: Table, rows: Iterable[Row]) -> Staged:
    lines = [dialect.encode_row(row) for row in rows]
    data = dialect.encode_row(one.column_names) + b"".join(lines)
    path = held.new_file(one.name)
    path.write_bytes(data)
    return Staged(
        one,
        path,
        hashlib.sha256(data).hexdigest(),
        len(lines),
        max(map(len, lines), default=0),
    )
