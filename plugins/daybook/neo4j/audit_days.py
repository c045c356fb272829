"""Published days as the graph that they were to become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck import fold
from daybook.lake import partition
from daybook.neo4j import graph, references, rows
from daybook.neo4j.load import kinds_of_day
from daybook.neo4j.mapping_settings import parse
from daybook.neo4j.model import Graph, Node, Relationship, Sourced
from daybook.neo4j.rows import Part, Reference

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.neo4j.kinds import Kind
    from daybook.neo4j.marker import Marker


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a day.

    Attributes:
        sourced: The table and its source.
        scan: SQL that reads its rows.
        kinds: What its values make of its columns' kinds.
        missing: Where days hold parts of it: what the lake lacks to
            have all of them, else `""`.
    """

    sourced: Sourced
    scan: str
    kinds: Mapping[tuple[str, str], Kind]
    missing: str


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an audit, each of them looked through once.

    Attributes:
        duck: What reads them.
        root: The lake's root.
    """

    duck: Session
    root: Path
    _tables: dict[Path, Table] = field(default_factory=dict)

    def table(self, manifest: Manifest, file: DataFile) -> Table:
        """Return a table of a day, with all that days before left of it."""
        folder = partition.folder(self.root, manifest.source, manifest.day)
        path = folder / file.path
        if path not in self._tables:
            out = self.duck.scratch / f"whole{len(self._tables)}.csv"
            whole = fold.of_day(self.root, manifest, file, out)
            scan = self.duck.scan(whole.rows.path, whole.rows.file)
            sourced = _sourced(manifest, file)
            self._tables[path] = Table(
                sourced, scan, self._kinds(sourced, scan), whole.missing
            )
        return self._tables[path]

    def _kinds(
        self, one: Sourced, scan: str
    ) -> Mapping[tuple[str, str], Kind]:
        return kinds_of_day.find(
            self.duck.connection,
            one.stream,
            one.table,
            scan,
            text_for_others=True,
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What a source's day was to become, and how that is read.

    Attributes:
        graph: The nodes and relationships.
        scans: By source and stream.
    """

    graph: Graph
    scans: Mapping[tuple[str, str], str]

    def parts(self, source: str, stream: str) -> list[Part]:
        """Return what became of a table."""
        all_: list[Part] = [*self.graph.nodes, *self.graph.relationships]
        return [p for p in all_ if (p.source, p.stream) == (source, stream)]

    def rows(self, part: Part) -> str:
        """Return the relation of a part's rows.

        Those that refer to no node, of a table that is known, are none.
        """
        scan = self.scans[part.source, part.stream]
        if isinstance(part, Relationship):
            known = self._references(part)
            return rows.of_relationships(part, scan, known)
        return rows.of_nodes(part, scan)

    def _references(self, one: Relationship) -> Iterator[Reference]:
        for end in rows.ends_looked_up(one):
            node = self._node(end.source, end.stream)
            if node is not None:
                scan = self.scans[node.source, node.stream]
                yield rows.reference(one, end, node, scan)

    def _node(self, source: str, stream: str | None) -> Node | None:
        found = (
            node
            for node in self.graph.nodes
            if (node.source, node.stream) == (source, stream)
        )
        return next(found, None)


def expected(
    files: Files, day: Manifest, others: Iterable[Manifest], marker: Marker
) -> Expected:
    """Return what the tables of `day` were to become.

    They are mapped by the settings in `marker`, their source's. Of
    `others` only tables that theirs are tied to count: the rest may well
    have been loaded by other settings.
    """
    own = [_sourced(day, file) for file in day.files]
    tables = [files.table(day, file) for file in day.files]
    tables += [
        files.table(other, file)
        for other in others
        for file in other.files
        if _is_tied(_sourced(other, file), own)
    ]
    kinds: dict[tuple[str, str], Kind] = {}
    for table in tables:
        kinds |= table.kinds
    settings = {k: v for k, v in marker.settings.items() if v is not None}
    return Expected(
        graph.build([t.sourced for t in tables], parse(settings), kinds),
        {(t.sourced.source, t.sourced.stream): t.scan for t in tables},
    )


def _sourced(manifest: Manifest, file: DataFile) -> Sourced:
    return Sourced(file.table.stream, manifest.source, file.table)


def _is_tied(one: Sourced, others: Iterable[Sourced]) -> bool:
    """Return whether a foreign key joins it with one of `others`."""
    return any(_refers(one, o) or _refers(o, one) for o in others)


def _refers(one: Sourced, other: Sourced) -> bool:
    return any(
        references.find([other], key.source or one.source, key)
        for key in one.table.foreign_keys
    )
