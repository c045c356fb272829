"""What all steps of a load look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.errors import DaybookError
from daybook.lake import files, partition
from daybook.neo4j import cypher_read
from daybook.neo4j.marker import Held, Marker, held_of
from daybook.neo4j.model import Graph, Node, Relationship
from daybook.singer.day_file import data_file

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.rows import Part
    from daybook.neo4j.server import Server
    from daybook.singer.received import Received


@dataclass(slots=True)
class Context:
    """A load under way.

    Attributes:
        server: Where it goes.
        duck: DuckDB, which reads and compares the files.
        options: The settings.
        received: All streams, those of superseded sources too.
        markers: What the graph says was loaded, by source.
        graph: What the tables become.
        applied: The sources that are loaded, the others are superseded.
        trusted: Those of them whose marker tells what the graph holds.
        stale: Sources and streams that are not loaded, whose relationships
            must be found anew.
        tables: DuckDB's tables of what differs.
    """

    server: Server
    duck: Session
    options: Options
    received: Mapping[str, Received]
    markers: Mapping[str, Marker]
    graph: Graph
    applied: frozenset[str]
    trusted: frozenset[str] = frozenset()
    stale: frozenset[tuple[str, str]] = frozenset()
    tables: list[str] = field(default_factory=list)
    _scans: dict[str, str] = field(default_factory=dict)

    @property
    def nodes(self) -> list[Node]:
        """The nodes that are loaded."""
        return [n for n in self.graph.nodes if n.source in self.applied]

    @property
    def relationships(self) -> list[Relationship]:
        """The relationships that are loaded."""
        found = self.graph.relationships
        return [one for one in found if one.source in self.applied]

    def node_of(self, stream: str | None) -> Node | None:
        """Return the nodes of a stream, None if it is not loaded."""
        found = (one for one in self.nodes if one.stream == stream)
        return next(found, None)

    def scan(self, stream: str) -> str:
        """Return SQL that reads a stream's file."""
        if stream not in self._scans:
            one = self.received[stream]
            self._scans[stream] = self.duck.scan(one.file.path, data_file(one))
        return self._scans[stream]

    def held(self, part: Part) -> Held | None:
        """Return what the source's marker says of a part."""
        marker = self.markers.get(part.source)
        return marker.holds(place(part)) if marker else None

    def has_same_file(self, part: Part | Node) -> bool:
        """Return whether the very same file was loaded before."""
        marker = self.markers.get(part.source)
        sha256 = self.received[part.stream].file.sha256
        return bool(marker and marker.files.get(part.stream) == sha256)

    def old_scan(self, part: Part) -> str | None:
        """Return SQL that reads what was loaded before, if it is there."""
        if self.has_same_file(part):
            return self.scan(part.stream)
        marker, lake = self.markers[part.source], self.options.lake
        if marker.day is None or lake is None:
            return None
        try:
            manifest = partition.read(lake, part.source, marker.day)
        except DaybookError:
            return None  # then the graph itself is asked
        file = manifest.file(part.stream)
        if file is None or file.sha256 != marker.files.get(part.stream):
            return None
        path = partition.folder(lake, part.source, marker.day) / file.path
        same = file.table == self.received[part.stream].table
        if not same or not _is_intact(path, file.sha256):
            return None
        return self.duck.scan(path, file)


def place(part: Part) -> tuple[str, str, str]:
    """Return what no two parts of a graph share."""
    if isinstance(part, Relationship):
        return part.type, part.start.label, part.end.label
    return part.label, "", ""


def new_held(graph: Graph, part: Part) -> Held:
    """Return a part as a marker holds it, without its numbers."""
    found = held_of(graph, part.source, {}, {})
    return next(one for one in found if one.place == place(part))


def has_counted(
    server: Server, markers: Mapping[str, Marker]
) -> frozenset[str]:
    """Return the sources of which the graph has as much as it should.

    As many nodes; and of each type no fewer relationships, for others
    may make some too.
    """
    types: Counter[str] = Counter()
    for marker in markers.values():
        for one in marker.held:
            types[one.name] += 0 if one.is_node else one.rows
    lost = {
        name
        for name, rows in types.items()
        if rows and server.value(cypher_read.count_relationships(name)) < rows
    }
    return frozenset(
        source
        for source, marker in markers.items()
        if all(_is_counted(server, one, lost) for one in marker.held)
    )


def _is_counted(server: Server, one: Held, lost: Collection[str]) -> bool:
    if one.is_node:
        return bool(
            server.value(cypher_read.count_nodes(one.name)) == one.rows
        )
    return one.name not in lost


def _is_intact(path: Path, sha256: str) -> bool:
    try:
        return files.sha256_of(path) == sha256
    except OSError:
        return False
