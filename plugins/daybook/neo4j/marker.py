"""What the graph says was loaded: one `(:DaybookLoad)` node per source."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from daybook.day import Day
from daybook.neo4j import cypher

if TYPE_CHECKING:
    from daybook.neo4j.model import Graph, Node, Relationship
    from daybook.neo4j.server import Server, Transaction

MAPPING_SETTINGS = ("labels", "relationships", "exclude", "unrepresentable")
"""The settings of target-neo4j that say how tables become a graph."""

COMPLETE, RUNNING = "complete", "running"
VERSION = 1
"""Counts how rows become properties; another one compares everything."""


@dataclass(frozen=True, slots=True)
class Held:
    """Nodes or relationships that the graph holds for a source.

    Attributes:
        stream: The stream they are of.
        name: The label, or the type.
        start: The label that relationships start at, `""` for nodes.
        end: The label that they end at, likewise.
        key: The properties of the key; of relationships those of both
            ends, each with the end, its kind and the column that holds it.
        properties: All properties with their kinds.
        rows: How many there are.
        orphans: Rows of which an end was not there.
    """

    stream: str
    name: str
    start: str = ""
    end: str = ""
    key: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    orphans: int = 0

    @property
    def is_node(self) -> bool:
        """Whether these are nodes."""
        return not self.start

    @property
    def place(self) -> tuple[str, str, str]:
        """What no two of them share."""
        return self.name, self.start, self.end

    @property
    def shape(self) -> tuple[object, ...]:
        """All but the numbers."""
        return self.stream, self.place, self.key, self.properties

    def found_by(self, label: str) -> Iterator[tuple[str, ...]]:
        """Yield the properties by which it finds nodes of a label."""
        if self.is_node:
            return
        ends = [json.loads(one)[:2] for one in self.key]
        for end, at in (("start", self.start), ("end", self.end)):
            if at == label:
                yield tuple(name for which, name in ends if which == end)

    def to_list(self) -> list[Any]:
        """Return it as it stands in JSON."""
        return [
            self.stream,
            self.name,
            self.start,
            self.end,
            self.key,
            self.properties,
            self.rows,
            self.orphans,
        ]

    @classmethod
    def from_list(cls, body: list[Any]) -> Self:
        """Return what `to_list` wrote."""
        stream, name, start, end, key, properties, rows, orphans = body
        pairs = tuple((name, kind) for name, kind in properties)
        return cls(stream, name, start, end, tuple(key), pairs, rows, orphans)


@dataclass(frozen=True, slots=True)
class Marker:
    """What was loaded of one source.

    Attributes:
        source: The source's name.
        day: Its day, None for taps that read no lake day.
        state: `complete`, or `running` while, or since, a load in several
            transactions is under way.
        mapping: The digest of how tables become nodes.
        files: Stream to sha256 of the file that was loaded.
        held: What the graph holds.
        settings: Those that say how tables become a graph, for an audit.
        run: Label or id of the run.
        personal: Per stream what columns say about people.
    """

    source: str
    day: Day | None
    state: str
    mapping: str
    files: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    personal: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether the graph is as the marker says."""
        return self.state == COMPLETE

    @property
    def labels(self) -> frozenset[str]:
        """The labels whose nodes are the source's."""
        return frozenset(one.name for one in self.held if one.is_node)

    def holds(self, place: tuple[str, str, str]) -> Held | None:
        """Return what is held at a place, None if nothing."""
        return next((one for one in self.held if one.place == place), None)

    def to_properties(self) -> dict[str, Any]:
        """Return the node's properties."""
        files = json.dumps(dict(sorted(self.files.items())))
        return {
            "source": self.source,
            "day": str(self.day) if self.day else None,
            "state": self.state,
            "hash": hashlib.sha256(files.encode()).hexdigest(),
            "mapping": self.mapping,
            "files": files,
            "held": json.dumps([one.to_list() for one in self.held]),
            "settings": json.dumps(self.settings, sort_keys=True),
            "labels": sorted(self.labels),
            "run": self.run,
            "personal": json.dumps(self.personal, sort_keys=True),
        }

    @classmethod
    def from_properties(cls, body: Mapping[str, Any]) -> Self:
        """Return what `to_properties` wrote."""
        day = body.get("day")
        return cls(
            source=body["source"],
            day=Day.parse(day) if day else None,
            state=body["state"],
            mapping=body["mapping"],
            files=json.loads(body["files"]),
            held=tuple(
                Held.from_list(one) for one in json.loads(body["held"])
            ),
            settings=json.loads(body.get("settings", "{}")),
            run=body.get("run", ""),
            personal=json.loads(body.get("personal", "{}")),
        )


def read_all(server: Server) -> dict[str, Marker]:
    """Return the markers by source."""
    found = server.rows(cypher.READ_MARKERS)
    markers = [Marker.from_properties(row[0]) for row in found]
    return {one.source: one for one in markers}


def write(transaction: Transaction, marker: Marker) -> None:
    """Write a marker, within the transaction."""
    transaction.run(
        cypher.WRITE_MARKER,
        source=marker.source,
        properties=marker.to_properties(),
    )


def held_of(
    graph: Graph,
    source: str,
    rows: Mapping[tuple[str, str, str], int],
    orphans: Mapping[tuple[str, str, str], int],
) -> tuple[Held, ...]:
    """Return what a load of `source` leaves, with numbers by place."""
    parts = [
        *(_held_nodes(one) for one in graph.nodes if one.source == source),
        *(
            _held_relationships(one)
            for one in graph.relationships
            if one.source == source
        ),
    ]
    return tuple(
        dataclasses.replace(
            one,
            rows=rows.get(one.place, 0),
            orphans=orphans.get(one.place, 0),
        )
        for one in parts
    )


def _held_nodes(node: Node) -> Held:
    return Held(
        stream=node.stream,
        name=node.label,
        key=tuple(p.name for p in node.key),
        properties=tuple((p.name, str(p.kind)) for p in node.properties),
    )


def _held_relationships(one: Relationship) -> Held:
    return Held(
        stream=one.stream,
        name=one.type,
        start=one.start.label,
        end=one.end.label,
        key=(*_ends(one, "start"), *_ends(one, "end")),
        properties=tuple((p.name, str(p.kind)) for p in one.properties),
    )


def _ends(one: Relationship, which: Literal["start", "end"]) -> list[str]:
    """Return how an end is found: by which properties and columns."""
    end = one.start if which == "start" else one.end
    columns = [one.table.column_names[place] for place in end.places]
    found = zip(end.properties, end.kinds, columns, strict=True)
    return [
        json.dumps([which, name, str(kind), own]) for name, kind, own in found
    ]
