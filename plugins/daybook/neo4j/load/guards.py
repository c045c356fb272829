"""When a load is refused: days, labels, orphans, others' relationships."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from daybook.duck import room
from daybook.errors import InputError, RefusedError, cut
from daybook.neo4j import cypher_read, rows_delta
from daybook.neo4j.load import context, plan
from daybook.neo4j.model import Node, Relationship
from daybook.singer.log import counted, logger

if TYPE_CHECKING:
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.load.context import Context
    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.marker import Held, Marker
    from daybook.singer.received import Received

_SHOWN = 10
_KEYS_AT_ONCE = 10_000


def superseded(
    received: Sequence[Received],
    markers: Mapping[str, Marker],
    options: Options,
) -> frozenset[str]:
    """Return the sources of which the graph holds a newer day. Pure."""
    if options.allow_older_day:
        return frozenset()
    found = set()
    for source in plan.sources(received):
        marker, day = markers.get(source), plan.day_of(received, source)
        if marker and marker.day and day and day < marker.day:
            found.add(source)
    return frozenset(found)


def say_superseded(
    sources: Iterable[str],
    received: Sequence[Received],
    markers: Mapping[str, Marker],
) -> None:
    """Name the newer day and the setting that turns the graph back."""
    for source in sorted(sources):
        logger.warning(
            "The graph holds the newer day %s of %s, so day %s changed "
            "nothing. To turn it back: TARGET_NEO4J_ALLOW_OLDER_DAY=true",
            markers[source].day,
            source,
            plan.day_of(received, source),
        )


def check_labels(ctx: Context) -> None:
    """Check that no label is another source's, or somebody else's.

    Raises:
        RefusedError: Names them all.
    """
    problems = [
        problem
        for node in ctx.nodes
        if (problem := _problem(ctx, node)) and not ctx.options.adopt
    ]
    if problems:
        more = len(problems) - _SHOWN
        shown = [*problems[:_SHOWN], *([f"and {more} more"] * (more > 0))]
        raise RefusedError(
            f"Nothing was changed. {'; '.join(shown)}.",
            "Check that NEO4J_URL names the right database. Give tables "
            "other labels (TARGET_NEO4J_LABELS), or let Daybook take the "
            "labels over, whose nodes then become those of the day: "
            "TARGET_NEO4J_ADOPT=true.",
        )


def _problem(ctx: Context, node: Node) -> str:
    for source, marker in ctx.markers.items():
        if source != node.source and node.label in marker.labels:
            return (
                f":{node.label} ({node.table.name} of {node.source}) is the "
                f"label of the source {source}"
            )
    own = ctx.markers.get(node.source)
    if own and node.label in own.labels:
        return ""
    count = ctx.server.value(cypher_read.count_nodes(node.label))
    if not count:
        return ""
    return (
        f":{node.label} ({node.table.name} of {node.source}) has "
        f"{counted(count, 'node')} that Daybook did not load"
    )


def check_orphans(ctx: Context, changes: Iterable[Change]) -> None:
    """Say which rows refer to nothing; inside a source that is an error.

    Raises:
        InputError: Rows refer to nothing in their own source.
    """
    for change in changes:
        if change.orphans and isinstance(change.part, Relationship):
            judge_orphans(
                ctx, change.part, change.orphans, change.first_orphans
            )


def judge_orphans(
    ctx: Context, one: Relationship, count: int, first: Sequence[str]
) -> None:
    """Say that rows refer to nothing, or refuse them.

    Raises:
        InputError: It is of one source and moment, and not to be
            skipped.
    """
    what = (
        f"{one.table.name} of {one.source}: {counted(count, 'row')} without "
        f"both ends of {one}, first of all "
        f"{'; '.join(map(cut, first))}"
    )
    if _is_of_one_moment(ctx, one) and not ctx.options.skip_orphans:
        raise InputError(
            f"{what}.",
            "Mend the rows at the source, or load without these "
            "relationships: TARGET_NEO4J_ORPHANS=skip.",
        )
    logger.warning("%s: these were left out.", what)


def _is_of_one_moment(ctx: Context, one: Relationship) -> bool:
    """Whether the day itself must hold what every row refers to.

    Not where rows are of other days, which no cursor sees change or go.
    """
    streams = {one.stream, one.start.stream, one.end.stream}
    return {one.start.source, one.end.source} == {one.source} and not any(
        received.table.window
        for stream, received in ctx.received.items()
        if stream in streams
    )


def check_deletes(
    ctx: Context, changes: Iterable[Change], gone: Iterable[Held]
) -> None:
    """Check that no node goes that others have tied something to.

    `gone` are labels and types of which all goes.

    Raises:
        RefusedError: Names relationships and nodes.
    """
    if ctx.options.detach:
        return
    places = {context.place(one) for one in ctx.relationships}
    places |= {one.place for one in gone if not one.is_node}
    ours = sorted(map(list, places))
    ties = [
        *(tie for change in changes for tie in _ties(ctx, change, ours)),
        *(tie for held in gone for tie in _ties_of_all(ctx, held, ours)),
    ]
    if ties:
        raise RefusedError(
            "Nothing was changed. Nodes that the day no longer has carry "
            f"relationships that this load did not make: {'; '.join(ties)}.",
            "Remove those relationships, load the sources that made them "
            "too, or let them go with their nodes: TARGET_NEO4J_DETACH=true.",
        )


def _ties(
    ctx: Context, change: Change, ours: Sequence[list[str]]
) -> Iterator[str]:
    """Yield the relationships of others on nodes that go."""
    node = change.part
    if not isinstance(node, Node) or not change.deleted or not change.table:
        return
    query = cypher_read.foreign_relationships(node)
    keys = room.execute(
        ctx.duck.connection, rows_delta.deleted_keys(node, change.table)
    )
    while some := keys.fetchmany(_KEYS_AT_ONCE):
        sent = [list(row) for row in some]
        for row in ctx.server.rows(query, rows=sent, ours=ours):
            yield _tie(node.label, row)


def _ties_of_all(
    ctx: Context, held: Held, ours: Sequence[list[str]]
) -> Iterator[str]:
    """Yield the relationships of others on all nodes of a label."""
    if held.is_node:
        query = cypher_read.foreign_relationships_of_all(held.name, held.key)
        for row in ctx.server.rows(query, ours=ours):
            yield _tie(held.name, row)


def _tie(label: str, row: Sequence[Any]) -> str:
    type_, labels, count, first = row
    shown = ", ".join(cut(key) for key in first)
    return (
        f"{count} [:{type_}] between :{label} ({shown}) and "
        f":{':'.join(labels)}"
    )
