"""Constraints and indexes, which share no transaction with rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daybook.neo4j import cypher

if TYPE_CHECKING:
    from daybook.neo4j.marker import Held
    from daybook.neo4j.model import Node
    from daybook.neo4j.server import Server

_OWN = "source"


def ensure_own(server: Server) -> None:
    """Make the keys of markers and locks, if they are missing."""
    there = _constraints(server)
    for label in (cypher.MARKER, cypher.LOCK):
        if (label, (_OWN,)) not in there:
            server.execute(cypher.unique(label, [_OWN]))


def ensure(server: Server, nodes: Iterable[Node]) -> None:
    """Make the keys and indexes of `nodes`, if they are missing."""
    there = _constraints(server)
    for node in nodes:
        key = tuple(p.name for p in node.key)
        if (node.label, key) not in there:
            server.execute(cypher.unique(node.label, key))
        for properties in node.indexes:
            server.execute(cypher.index(node.label, properties))


def drop(server: Server, helds: Sequence[Held]) -> None:
    """Drop the keys of nodes that are no more, and indexes of ours."""
    there = _constraints(server)
    labels = {one.name for one in helds if one.is_node}
    for held in helds:
        name = there.get((held.name, held.key))
        if held.is_node and name:
            server.execute(cypher.drop_constraint(name))
    for name, its_labels in list(server.rows(cypher.INDEXES)):
        if labels & set(its_labels or ()):
            server.execute(cypher.drop_index(name))


def _constraints(server: Server) -> dict[tuple[str, tuple[str, ...]], str]:
    """Return the names of constraints by label and properties."""
    return {
        (labels[0], tuple(properties)): name
        for name, labels, properties in server.rows(cypher.CONSTRAINTS)
        if labels
    }
