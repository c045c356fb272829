"""Relationships of tables that are not loaded now, at nodes that are.

A foreign key may refer to other columns than the primary key. Where such
a value goes to another node, relationships that are found by it must go
there too; those of tables that are not loaded wait for their next load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.neo4j import rows_delta
from daybook.neo4j.load import changes, context, read
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.neo4j.load.context import Context
    from daybook.neo4j.load.ledger import Places
    from daybook.neo4j.marker import Held, Marker
    from daybook.neo4j.model import Node


@dataclass(frozen=True, slots=True)
class _Referrer:
    """Relationships that find nodes by `names`, not by their key."""

    source: str
    held: Held
    node: Node
    names: tuple[str, ...]


def sources(
    markers: Mapping[str, Marker], nodes: Iterable[Node]
) -> frozenset[str]:
    """Return the sources that have such relationships. Pure."""
    return frozenset(one.source for one in _all(markers, nodes))


def stale(ctx: Context, cleared: Places) -> frozenset[tuple[str, str]]:
    """Return sources and streams whose relationships must be found anew.

    Says so. Nodes that are `cleared` take their relationships with them.
    """
    found = set()
    for one in _all(ctx.markers, ctx.nodes):
        gone = context.place(one.node) in cleared
        if not gone and not _is_loaded(ctx, one) and _has_changed(ctx, one):
            found.add((one.source, one.held.stream))
            _say(one)
    read.drop_all(ctx.duck.connection)
    return frozenset(found)


def _all(
    markers: Mapping[str, Marker], nodes: Iterable[Node]
) -> Iterator[_Referrer]:
    for node in nodes:
        key = {p.name for p in node.key}
        for source, marker in sorted(markers.items()):
            for held in marker.held:
                for names in held.found_by(node.label):
                    if names and set(names) != key:
                        yield _Referrer(source, held, node, names)


def _is_loaded(ctx: Context, one: _Referrer) -> bool:
    return one.source in ctx.applied and one.held.stream in ctx.received


def _has_changed(ctx: Context, one: _Referrer) -> bool:
    """Return whether a node that stays has other values than before."""
    node = one.node
    if ctx.held(node) is None or changes.is_settled(ctx, node):
        return False
    if not set(one.names) <= {p.name for p in node.properties}:
        return True
    narrow, before, after = changes.versions(ctx, node, one.names)
    query = rows_delta.changed(narrow, before, after, one.names)
    return room.execute(ctx.duck.connection, query).fetchone() is not None


def _say(one: _Referrer) -> None:
    logger.warning(
        "%s: relationships [:%s] of %s are found by values of these nodes "
        "that have changed. They stay where they are until %s is loaded "
        "again; the same day will do.",
        one.node,
        one.held.name,
        one.source,
        one.source,
    )
