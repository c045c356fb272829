"""Days as DuckDB's schemas: `source.table`, and `source_all.table`.

Unlike `views.open_days`, every table has one name only, and the database
may be one that others write to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck import fold, types
from daybook.duck.history import Version, columns_over
from daybook.duck.session import identifier
from daybook.duck.views import unique_names
from daybook.lake import chain, partition

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.table import Column

DAY_COLUMN = "extracted_at"
"""What `source_all.table` has beside the table's own columns."""

ALL_DAYS = "_all"
"""What follows a source's name in the schema that holds all its days."""


def named_files(manifest: Manifest) -> dict[str, DataFile]:
    """Return a day's tables by the name each has in its source's schema.

    That is the table's own; where two schemas of the source hold a table
    of one name, or names differ in case only, the stream's.
    """
    files = [file for file in manifest.files if file.table.columns]
    count = Counter(file.table.name.lower() for file in files)
    return {
        file.table.name
        if count[file.table.name.lower()] == 1
        else file.table.stream: file
        for file in files
    }


def create_day(
    session: Session,
    root: Path,
    name: str,
    manifest: Manifest,
    *,
    often: bool = False,
) -> None:
    """Make the table `name` of a day a view of its source's schema.

    Of a table that comes in parts it has all rows up to that day. One
    that is read `often` is copied in pieces if it is large.

    Raises:
        InputError: A symlink is on the way to a file, or an earlier
            part's manifest is malformed.
        OSError, StorageError: The session's folder cannot be written.
    """
    file = named_files(manifest)[name]
    scan = _scan(session, root, manifest, file, often=often)
    select = _select(scan, manifest, file, file.table.columns)
    _create(session, manifest.source, name, select)


def create_history(
    session: Session, root: Path, name: str, days: Sequence[Manifest]
) -> None:
    """Make the table `name` over `days`, oldest first, a view.

    Rows of a day on which a column was not there have NULL in it. Large
    files are copied in pieces.

    Raises:
        InputError: The days' types do not agree, see `columns_over`.
        OSError, StorageError: The session's folder cannot be written.
    """
    versions = list(_versions(name, days))
    source = days[0].source
    columns = columns_over(
        source, [Version(m.day, file.table) for m, file in versions]
    )
    selects = [
        _select(
            _scan_alone(session, root, manifest, file, often=True),
            manifest,
            file,
            columns,
            dated=True,
        )
        for manifest, file in versions
    ]
    union = " UNION ALL ".join(selects)
    _create(session, f"{source}{ALL_DAYS}", name, union)


def _versions(
    name: str, days: Sequence[Manifest]
) -> Iterator[tuple[Manifest, DataFile]]:
    for manifest in days:
        file = named_files(manifest).get(name)
        if file:
            yield manifest, file


def _select(
    scan: str,
    manifest: Manifest,
    file: DataFile,
    columns: Sequence[Column],
    *,
    dated: bool = False,
) -> str:
    """Return SQL that reads the file's `columns`, by name."""
    place = {n: f"c{i}" for i, n in enumerate(file.table.column_names)}
    names = unique_names([column.name for column in columns])
    values = [
        f"{_value(column, place)} AS {identifier(name)}"
        for column, name in zip(columns, names, strict=True)
    ]
    if dated:
        values.append(f"DATE '{manifest.day}' AS {_day_column(names)}")
    return f"SELECT {', '.join(values)} FROM {scan}"  # noqa: S608  quoted


def _scan(
    session: Session,
    root: Path,
    manifest: Manifest,
    file: DataFile,
    *,
    often: bool,
) -> str:
    """Return SQL that reads the file, of a part what all days hold."""
    if file.table.window is None:
        return _scan_alone(session, root, manifest, file, often=often)
    return fold.relation(session, root, chain.chain(root, manifest, file))


def _scan_alone(
    session: Session,
    root: Path,
    manifest: Manifest,
    file: DataFile,
    *,
    often: bool,
) -> str:
    """Return SQL that reads the file of this day."""
    path = partition.folder(root, manifest.source, manifest.day) / file.path
    return (session.scan_pieces if often else session.scan)(path, file)


def _value(column: Column, place: Mapping[str, str]) -> str:
    if column.name in place:
        return types.typed(place[column.name], column.sql_type)
    return f"CAST(NULL AS {types.duckdb_type(column.sql_type)})"


def _day_column(names: Sequence[str]) -> str:
    return identifier(unique_names([*names, DAY_COLUMN])[-1])


def _create(session: Session, schema: str, name: str, select: str) -> None:
    quoted = identifier(schema)
    session.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
    session.connection.execute(
        f"CREATE OR REPLACE VIEW {quoted}.{identifier(name)} AS {select}"
    )
