"""What is to be loaded, and what of it the graph holds already. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daybook.neo4j.mapping_settings import Naming
from daybook.neo4j.marker import VERSION, held_of
from daybook.neo4j.model import Sourced
from daybook.personal import personal_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.day import Day
    from daybook.neo4j.marker import Marker
    from daybook.neo4j.model import Graph
    from daybook.singer.received import Received


TRANSACTION_VALUES = 400_000
"""So many values are one transaction at most. The server needs some 300
bytes for each: with 256 MB for a transaction 480,000 were fine, 800,000
(50,000 rows of 16 properties, 16 MB) were too many."""


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of a load.

    Attributes:
        naming: Labels, relationship types and what is left out.
        settings: What `naming` was parsed from, and `unrepresentable`.
        lake: The lake's root, where the day before may be.
        skip_orphans: Whether rows that refer to nothing are left out
            inside a source too.
        text_for_others: Whether a column with a value that its type
            cannot hold becomes text.
        allow_older_day: Whether the graph may go back to an older day.
        adopt: Whether labels that others filled may be taken over.
        detach: Whether relationships of others go with deleted nodes.
        recheck: Whether the graph is compared value by value.
        transaction_rows: Nodes and relationships of one transaction.
        transaction_bytes: Bytes of rows of one transaction.
        run: The run's id or label.
    """

    naming: Naming = field(default_factory=Naming)
    settings: Mapping[str, Any] = field(default_factory=dict)
    lake: Path | None = None
    skip_orphans: bool = False
    text_for_others: bool = False
    allow_older_day: bool = False
    adopt: bool = False
    detach: bool = False
    recheck: bool = False
    transaction_rows: int = 50_000
    transaction_bytes: int = 16_000_000
    run: str = ""


def sourced(received: Iterable[Received]) -> list[Sourced]:
    """Return the tables with their sources."""
    return [Sourced(one.stream, one.source, one.table) for one in received]


def files_of(received: Iterable[Received], source: str) -> dict[str, str]:
    """Return stream to sha256, of one source."""
    return {
        one.stream: one.file.sha256 for one in received if one.source == source
    }


def personal_of(
    received: Iterable[Received], source: str
) -> dict[str, dict[str, Any]]:
    """Return what columns say about people, by stream, of one source."""
    found = {
        one.stream: {
            column.name: personal_to_json(column.personal)
            for column in one.table.columns
            if column.personal
        }
        for one in received
        if one.source == source
    }
    return {stream: said for stream, said in found.items() if said}


def day_of(received: Iterable[Received], source: str) -> Day | None:
    """Return the day of a source."""
    return next((one.day for one in received if one.source == source), None)


def mapping_digest(graph: Graph, source: str, options: Options) -> str:
    """Return the digest of how a source's tables become a graph.

    `graph` is built without looking at the data: what the data adds to
    it (`effective kinds`) is the same for the same files.
    """
    shapes = [one.shape for one in held_of(graph, source, {}, {})]
    facts = [VERSION, options.text_for_others, shapes]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def is_unchanged(
    marker: Marker | None, mapping: str, files: Mapping[str, str]
) -> bool:
    """Return whether the marker says that all of it is there already."""
    return (
        marker is not None
        and marker.is_complete
        and marker.mapping == mapping
        and all(marker.files.get(s) == sha256 for s, sha256 in files.items())
        and not any(one.orphans for one in marker.held)
    )


def sources(received: Sequence[Received]) -> list[str]:
    """Return the sources, sorted: locks are taken in this order."""
    return sorted({one.source for one in received})
