"""What changed in the tables of a source between two days of the lake.

Values are compared as the text that the source wrote: 1.0 and 1.00
differ, and so do NULL and `''`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from daybook.duck import fold, row_delta
from daybook.duck.row_delta import Pair, RowDelta
from daybook.duck.session import open_session
from daybook.duck.unshared import TableFile

if TYPE_CHECKING:
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose type changed; types as in the manifests."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed in one table.

    Attributes:
        table: The table, as on the second day if it has it.
        old_rows: Rows on the first day, None if it had no such table.
        new_rows: Rows on the second day, None if it has no such table.
        rows: How the rows differ, over the columns of both days.
        columns_added: Columns that only the second day has.
        columns_removed: Columns that only the first day has.
        columns_retyped: Columns of both days whose type changed.
    """

    table: Table
    old_rows: int | None
    new_rows: int | None
    rows: RowDelta
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_retyped: tuple[Retyped, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the table is the same on both days."""
        return (
            None not in (self.old_rows, self.new_rows)
            and not (self.rows.added or self.rows.changed or self.rows.removed)
            and not (self.columns_added or self.columns_removed)
            and not self.columns_retyped
        )


def compare(
    root: Path, old: Manifest, new: Manifest, *, limit: int = 10
) -> Iterator[Delta]:
    """Give what changed in each table from day `old` to day `new`.

    The files must have been checked. At most `limit` examples of each
    kind are given per table. Tables come sorted by stream. A file that
    did not change is not read. Of a table that comes part by part, all
    that the days up to each one hold is compared.

    Raises:
        InputError: An earlier part is missing or edited.
        duckdb.Error: A file cannot be read as the manifest says.
    """
    olds = {file.table.stream: file for file in old.files}
    news = {file.table.stream: file for file in new.files}
    for stream in sorted(olds.keys() | news.keys()):
        before, after = olds.get(stream), news.get(stream)
        if before and after:
            with TemporaryDirectory(prefix="daybook-diff-") as scratch:
                first = _whole(root, old, before, Path(scratch, "old.csv"))
                second = _whole(root, new, after, Path(scratch, "new.csv"))
                yield _compare_files(first, second, limit)
        elif after:
            rows = RowDelta(after.table.primary_key, added=after.rows)
            yield Delta(after.table, None, after.rows, rows)
        elif before:
            rows = RowDelta(before.table.primary_key, removed=before.rows)
            yield Delta(before.table, before.rows, None, rows)


def _whole(
    root: Path, manifest: Manifest, file: DataFile, out: Path
) -> TableFile:
    return fold.of_day(root, manifest, file, out).rows


def _compare_files(before: TableFile, after: TableFile, limit: int) -> Delta:
    old, new = before.table, after.table
    rows = RowDelta(new.primary_key)
    if before.file.sha256 != after.file.sha256:
        rows = _compare_rows(before, after, limit)
        rows = rows.without(old.hidden | new.hidden)
    return Delta(
        table=new,
        old_rows=before.rows,
        new_rows=after.rows,
        rows=rows,
        columns_added=_only_in(new, old),
        columns_removed=_only_in(old, new),
        columns_retyped=_retyped(old, new),
    )


def _compare_rows(before: TableFile, after: TableFile, limit: int) -> RowDelta:
    old, new = before.table, after.table
    with open_session([before.file, after.file]) as session:
        scans = (
            session.scan(before.path, before.file),
            session.scan(after.path, after.file),
        )
        columns = old.column_names, new.column_names
        pair = Pair(scans, columns, (before.rows, after.rows))
        found = None
        if new.primary_key and new.primary_key == old.primary_key:
            found = row_delta.by_key(
                session.connection, pair, new.primary_key, limit
            )
        return found or row_delta.as_bag(session.connection, pair, limit)


def _only_in(one: Table, other: Table) -> tuple[str, ...]:
    names = other.column_names
    return tuple(name for name in one.column_names if name not in names)


def _retyped(old: Table, new: Table) -> tuple[Retyped, ...]:
    types = {column.name: column.sql_type for column in old.columns}
    return tuple(
        Retyped(column.name, types[column.name], column.sql_type)
        for column in new.columns
        if types.get(column.name, column.sql_type) != column.sql_type
    )
