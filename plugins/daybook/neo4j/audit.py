"""Every row of a day against the graph, by values and by actual ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import TableAudit
from daybook.duck.session import open_session
from daybook.errors import DaybookError
from daybook.lake import partition
from daybook.neo4j import audit_rows, graph, rows
from daybook.neo4j import marker as markers
from daybook.neo4j.load import kinds_of_day, read
from daybook.neo4j.load.load import VARIABLE
from daybook.neo4j.mapping_settings import parse
from daybook.neo4j.model import Graph, Node, Relationship, Sourced
from daybook.neo4j.rows import Part, Reference
from daybook.neo4j.server import connect

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.neo4j.kinds import Kind
    from daybook.neo4j.marker import Marker
    from daybook.neo4j.server import Server

NOT_LOADED = "not loaded"
_LEFT_OUT = "left out by the settings of target-neo4j"


@dataclass(frozen=True, slots=True)
class _Day:
    """The files of a day of all sources, and how they are read."""

    duck: Session
    scans: Mapping[tuple[str, str], str]
    files: Mapping[tuple[str, str], DataFile]
    sourced: Sequence[Sourced]


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
        for manifest in manifests:
            days = _days(root, manifests, manifest, known)
            day = _open(duck, root, days)
            yield from _source(server, day, manifest, known, chosen, limit)


def _days(
    root: Path,
    manifests: Sequence[Manifest],
    of: Manifest,
    known: Mapping[str, Marker],
) -> list[Manifest]:
    """Return the day and, of other sources, the days that the graph holds.

    Relationships may end at their nodes.
    """
    audited = {one.source: one for one in manifests}
    days = [of]
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


def _open(duck: Session, root: Path, days: Sequence[Manifest]) -> _Day:
    scans, files, sourced = {}, {}, []
    for manifest in days:
        folder = partition.folder(root, manifest.source, manifest.day)
        for file in manifest.files:
            name = manifest.source, file.table.stream
            scans[name] = duck.scan(folder / file.path, file)
            files[name] = file
            sourced.append(
                Sourced(file.table.stream, manifest.source, file.table)
            )
    return _Day(duck, scans, files, sourced)


def _source(
    server: Server,
    day: _Day,
    manifest: Manifest,
    known: Mapping[str, Marker],
    chosen: Collection[tuple[str, str]],
    limit: int,
) -> Iterator[TableAudit]:
    marker = known.get(manifest.source)
    problem = _problem(marker, manifest)
    streams = [
        file
        for file in manifest.files
        if (manifest.source, file.table.stream) in chosen
    ]
    if marker is None or problem:
        for file in streams:
            yield _unread(manifest, file, problem)
        return
    made = _graph(day, marker)
    all_: list[Part] = [*made.nodes, *made.relationships]
    for file in streams:
        parts = [
            part
            for part in all_
            if (part.source, part.stream)
            == (manifest.source, file.table.stream)
        ]
        if not parts:
            yield _unread(manifest, file, "", _LEFT_OUT)
        for part in parts:
            yield _part(server, day, made, part, limit)


def _problem(marker: Marker | None, manifest: Manifest) -> str:
    if marker is None:
        return NOT_LOADED
    if not marker.is_complete:
        return "a load was not finished: run it again"
    if marker.day and marker.day > manifest.day:
        return f"superseded by {marker.day}"
    if marker.day != manifest.day:
        return f"holds {marker.day}"
    return ""


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


def _graph(day: _Day, marker: Marker) -> Graph:
    """Return the graph that the day's tables were to become."""
    kinds: dict[tuple[str, str], Kind] = {}
    for one in day.sourced:
        kinds |= kinds_of_day.find(
            day.duck.connection,
            one.stream,
            one.table,
            day.scans[one.source, one.stream],
            text_for_others=True,
        )
    settings = {k: v for k, v in marker.settings.items() if v is not None}
    return graph.build(day.sourced, parse(settings), kinds)


def _part(
    server: Server, day: _Day, made: Graph, part: Part, limit: int
) -> TableAudit:
    scan = day.scans[part.source, part.stream]
    if isinstance(part, Relationship):
        known = list(_references(day, made, part))
        wanted = rows.of_relationships(part, scan, known)
    else:
        wanted = rows.of_nodes(part, scan)
    connection = day.duck.connection
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


def _references(
    day: _Day, made: Graph, one: Relationship
) -> Iterator[Reference]:
    """Yield the ends whose nodes are known, so that orphans are left out."""
    first = 0
    for name, end in (("start", one.start), ("end", one.end)):
        places = tuple(range(first, first + len(end.kinds)))
        first += len(end.kinds)
        node = _node(made, end.source, end.stream)
        if name != one.owner and node is not None:
            scan = day.scans[node.source, node.stream]
            yield Reference(places, rows.keys_of_end(node, end, scan))


def _node(made: Graph, source: str, stream: str | None) -> Node | None:
    found = (
        node
        for node in made.nodes
        if (node.source, node.stream) == (source, stream)
    )
    return next(found, None)
