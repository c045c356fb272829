"""A day of the lake as tables of DuckDB."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck import types
from daybook.duck.session import identifier, open_session
from daybook.lake import partition

if TYPE_CHECKING:
    import duckdb

    from daybook.lake.manifest import DataFile, Manifest
    from daybook.table import Table

_DEFAULT = "main"
_TAKEN = frozenset({"information_schema", "pg_catalog", "system", "temp"})
"""Schemas of DuckDB's own."""


@dataclass(frozen=True, slots=True)
class View:
    """One name of a table.

    Attributes:
        schema: DuckDB's schema; `main` is searched without being named.
        name: The name in it.
        source: The source that the table comes from.
        file: The table's file.
    """

    schema: str
    name: str
    source: str
    file: DataFile


def plan_views(manifests: Sequence[Manifest]) -> list[View]:
    """Return the names under which the tables of a day can be read.

    Each table has up to three: `table`, `schema.table` and
    `source.table`; a name that would mean two tables is left out. DuckDB
    takes no notice of case: of two tables in one schema whose names
    differ in case only, the second gets `_1` at its end.
    """
    wanted: dict[tuple[str, str], list[View]] = defaultdict(list)
    for manifest in manifests:
        for view in _names(manifest):
            wanted[view.schema.lower(), view.name.lower()].append(view)
    return [
        views[0]
        for (schema, _), views in wanted.items()
        if schema not in _TAKEN and len({id(v.file) for v in views}) == 1
    ]


def unique_names(names: Sequence[str]) -> list[str]:
    """Return the names, made different where only case tells them apart.

    The first keeps its name, the next gets `_1` at its end and so on.
    """
    used = {name.lower() for name in names}
    seen: set[str] = set()
    unique = []
    for name in names:
        fresh, count = name, 0
        while fresh.lower() in (seen if count == 0 else used | seen):
            count += 1
            fresh = f"{name}_{count}"
        seen.add(fresh.lower())
        unique.append(fresh)
    return unique


@contextmanager
def open_days(
    root: Path, manifests: Sequence[Manifest], *, as_text: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open published days, whose files were checked, in DuckDB.

    Each table is a view under the names of `plan_views`. Columns have
    their types where DuckDB has one, see `types`; with `as_text`
    all are VARCHAR, as PostgreSQL wrote them. NULL and `''` differ.
    """
    files = [file for manifest in manifests for file in manifest.files]
    days = {manifest.source: manifest.day for manifest in manifests}
    with open_session(files) as session:
        for view in plan_views(manifests):
            folder = partition.folder(root, view.source, days[view.source])
            scan = session.scan(folder / view.file.path, view.file)
            select = _select(view.file.table, scan, as_text=as_text)
            _create(session.connection, view, select)
        yield session.connection


def _names(manifest: Manifest) -> Iterator[View]:
    files = [file for file in manifest.files if file.table.columns]
    in_schema: dict[str, list[DataFile]] = defaultdict(list)
    for file in files:
        in_schema[file.table.schema.lower()].append(file)
    for members in in_schema.values():
        labels = unique_names([file.table.name for file in members])
        for label, file in zip(labels, members, strict=True):
            for schema in (_DEFAULT, file.table.schema, manifest.source):
                if schema:
                    yield View(schema, label, manifest.source, file)


def _select(table: Table, scan: str, *, as_text: bool) -> str:
    """Return SQL that gives the file's columns their names and types."""
    names = unique_names(table.column_names)
    columns = []
    for index, (column, name) in enumerate(
        zip(table.columns, names, strict=True)
    ):
        sql_type = "text" if as_text else column.sql_type
        value = types.typed(f"c{index}", sql_type)
        columns.append(f"{value} AS {identifier(name)}")
    return f"SELECT {', '.join(columns)} FROM {scan}"  # noqa: S608  quoted


def _create(
    connection: duckdb.DuckDBPyConnection, view: View, select: str
) -> None:
    schema = identifier(view.schema)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(
        f"CREATE VIEW {schema}.{identifier(view.name)} AS {select}"
    )
