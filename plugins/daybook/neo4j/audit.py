"""Every row of a day against the graph, by values and by actual ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import (
    NOT_LOADED,
    UNFINISHED,
    TableAudit,
    holds_other_day,
    is_newer,
)
from daybook.duck.session import open_session
from daybook.errors import BusyError, DaybookError
from daybook.lake import partition
from daybook.neo4j import audit_rows
from daybook.neo4j import marker as markers
from daybook.neo4j.audit_days import Expected, Files, expected
from daybook.neo4j.load import read
from daybook.neo4j.load.load import VARIABLE
from daybook.neo4j.server import connect

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.neo4j.marker import Marker
    from daybook.neo4j.rows import Part
    from daybook.neo4j.server import Server

_LEFT_OUT = "left out by the settings of target-neo4j"


def audit(
    url: str,
    root: Path,
    manifests: Sequence[Manifest],
    chosen: Collection[tuple[str, str]],
    *,
    limit: int = 5,
) -> Iterator[TableAudit]:
    """Compare tables of published days with the graph.

    The days' files must have been checked. `chosen` are sources and
    streams. At most `limit` rows of a kind are given. Tables are mapped
    by the settings that they were loaded with.

    Raises:
        BusyError: A load has changed the graph meanwhile.
        UnreachableError: The server is not there.
        duckdb.Error: A file cannot be read as the manifest says.
        OSError: There is no room for what is read.
    """
    files = [file for one in manifests for file in one.files]
    with (
        connect(url, variable=VARIABLE, plugin="audit") as server,
        open_session(files) as duck,
    ):
        known = markers.read_all(server)
        days = Files(duck, root)
        for one in manifests:
            tables = [f for f in one.files if _name(one, f) in chosen]
            marker = known.get(one.source)
            problem = _problem(marker, one)
            if problem or marker is None:
                yield from (_unread(one, file, problem) for file in tables)
            else:
                others = _others(root, manifests, one, known)
                made = expected(days, one, others, marker)
                whole = [f for f in tables if not days.table(one, f).missing]
                yield from _compared(server, duck, made, one, whole, limit)
                yield from _lacking(days, one, tables)
        _check_unchanged(known, markers.read_all(server))


def _lacking(
    days: Files, manifest: Manifest, tables: Iterable[DataFile]
) -> Iterator[TableAudit]:
    """Yield the tables of which the lake does not have all rows."""
    for file in tables:
        missing = days.table(manifest, file).missing
        if missing:
            yield _unread(manifest, file, missing)


def _check_unchanged(
    before: Mapping[str, Marker], after: Mapping[str, Marker]
) -> None:
    """Check that no load has moved the graph on while it was read.

    Raises:
        BusyError: One has: what was found is of no one moment.
    """
    moved = [
        source
        for source in sorted({*before, *after})
        if before.get(source) != after.get(source)
    ]
    if moved:
        raise BusyError(
            f"A load of {' and '.join(moved)} has changed the graph while "
            "it was audited.",
            "Run the audit again when the load has ended.",
        )


def _compared(
    server: Server,
    duck: Session,
    made: Expected,
    manifest: Manifest,
    tables: Iterable[DataFile],
    limit: int,
) -> Iterator[TableAudit]:
    for file in tables:
        parts = made.parts(*_name(manifest, file))
        if not parts:
            yield _unread(manifest, file, "", _LEFT_OUT)
        for part in parts:
            yield _part(server, duck, part, made.rows(part), limit)


def _name(manifest: Manifest, file: DataFile) -> tuple[str, str]:
    return manifest.source, file.table.stream


def _others(
    root: Path,
    manifests: Sequence[Manifest],
    of: Manifest,
    known: Mapping[str, Marker],
) -> list[Manifest]:
    """Return the days of other sources that the graph holds.

    Relationships may end at their nodes.
    """
    audited = {one.source: one for one in manifests}
    days = []
    for source, marker in sorted(known.items()):
        if source == of.source or marker.day is None:
            continue
        other = audited.get(source)
        if other is None or other.day != marker.day:
            try:
                other = partition.read(root, source, marker.day)
            except DaybookError:
                continue  # then its nodes are taken to be there
        days.append(other)
    return days


def _problem(marker: Marker | None, manifest: Manifest) -> str:
    if marker is None or marker.day is None:
        return NOT_LOADED
    other = ""
    if marker.day != manifest.day:
        other = holds_other_day(str(marker.day), str(manifest.day))
    # A newer day is held as soon as its load has begun.
    if not (marker.is_complete or is_newer(other)):
        return UNFINISHED
    return other


def _unread(
    manifest: Manifest, file: DataFile, problem: str, note: str = ""
) -> TableAudit:
    return TableAudit(
        target="graph",
        source=manifest.source,
        table=file.table.stream,
        where="",
        rows_lake=file.rows,
        rows_target=None,
        problem=problem,
        note=note,
    )


def _part(
    server: Server, duck: Session, part: Part, wanted: str, limit: int
) -> TableAudit:
    connection = duck.connection
    held = read.values(server, connection, part)
    counts = audit_rows.compare(connection, part, wanted, held, limit)
    return TableAudit(
        target="graph",
        source=part.source,
        table=part.stream,
        where=str(part),
        rows_lake=counts.wanted,
        rows_target=counts.held,
        missing=counts.missing,
        extra=counts.extra,
        different=counts.different,
        missing_keys=counts.missing_keys,
        extra_keys=counts.extra_keys,
        differing=counts.differing,
    )
