"""Writes the changes, in an order that leaves no relationship loose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.errors import RefusedError
from daybook.neo4j import cypher, cypher_read, rows, rows_delta
from daybook.neo4j.load.write import Row, Writer, batches
from daybook.neo4j.model import Node, Relationship
from daybook.singer import log

if TYPE_CHECKING:
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.load.context import Context
    from daybook.neo4j.marker import Held
    from daybook.neo4j.rows import Part

_CLEARED_AT_ONCE = 10_000
_SHOWN = 10


def clear(ctx: Context, writer: Writer, helds: Iterable[Held]) -> None:
    """Delete all that some parts hold."""
    limit = min(_CLEARED_AT_ONCE, ctx.options.transaction_rows)
    for held in sorted(helds, key=lambda one: one.is_node):
        if held.is_node:
            detach = ctx.options.detach
            query = cypher.clear_nodes(held.name, detach=detach)
        else:
            query = cypher.clear_relationships(*held.place)
        while found := writer.run(query, limit=limit)[0][0]:
            writer.count(found)


def delete(ctx: Context, writer: Writer, changes: Sequence[Change]) -> None:
    """Delete relationships, then nodes, that the day no longer has."""
    ordered = sorted(changes, key=lambda one: isinstance(one.part, Node))
    for change in ordered:
        part, detach = change.part, ctx.options.detach
        if change.keyless and isinstance(part, Node):
            writer.run(cypher.delete_keyless_nodes(part, detach=detach))
            writer.count(change.keyless)
        if not change.deleted or change.table is None:
            continue
        query = (
            cypher.delete_nodes(part, detach=detach)
            if isinstance(part, Node)
            else cypher.delete_relationships(part)
        )
        keys = rows_delta.deleted_keys(part, change.table)
        for some, size in _fetch(ctx, change, keys):
            writer.send(query, some, size)


def put_nodes(
    ctx: Context, writer: Writer, change: Change, node: Node
) -> None:
    """Create new nodes, and set what differs of those that are there."""
    for some, size in _rows(ctx, change, "create"):
        writer.send(cypher.create_nodes(node), some, size)
    update = cypher.update_nodes(node, _gone(ctx, node))
    for some, size in _rows(ctx, change, "update"):
        _check_all_there(change, writer.send(update, some, size), some)


def put_relationships(
    ctx: Context, writer: Writer, change: Change, one: Relationship
) -> tuple[int, tuple[str, ...]]:
    """Create new relationships, and set what differs of the others.

    Returns how many found no end, and the first of their keys: those
    whose ends are no tables of this load.
    """
    lost = 0
    first: list[str] = []
    for some, size in _rows(ctx, change, "create"):
        made = writer.send(cypher.create_relationships(one), some, size)
        if made[0][0] < len(some):
            missing = [
                r[0]
                for r in writer.send(cypher_read.missing_ends(one), some, 0)
            ]
            lost += len(missing)
            first += [_key(one, row) for row in missing[: _SHOWN - len(first)]]
    update = cypher.update_relationships(one, _gone(ctx, one))
    for some, size in _rows(ctx, change, "update"):
        _check_all_there(change, writer.send(update, some, size), some)
    if lost and all(ctx.node_of(end.stream) for end in (one.start, one.end)):
        raise _not_as_marked(str(one))
    return lost, tuple(first)


def _gone(ctx: Context, part: Part) -> list[str]:
    """Return the properties that rows of a part no longer have."""
    held = ctx.held(part)
    kept = {p.name for p in part.properties}
    before = [name for name, _ in held.properties] if held else []
    return [name for name in before if name not in kept]


def _key(one: Relationship, row: Row) -> str:
    width = len(one.start.kinds) + len(one.end.kinds)
    return ", ".join(map(str, row[:width]))


def _rows(
    ctx: Context, change: Change, op: str
) -> Iterator[tuple[list[Row], int]]:
    number = {"create": change.created, "update": change.updated}[op]
    if not number:
        return
    picked = {"table": change.table, "op": op} if change.table else None
    query = rows.select(change.part, change.relation, picked)
    with log.progress(f"{change.part}, {op}") as state:
        for some, size in _fetch(ctx, change, query):
            _sort(change.part, some)
            yield some, size
            state.rows += len(some)
            state.bytes += size


def _sort(part: Part, some: list[Row]) -> None:
    """Bring relationships of one node together: it is locked once.

    All of them sorted would take DuckDB more memory than it may have.
    """
    if isinstance(part, Relationship):
        place = slice(*rows.sorting(part))
        some.sort(key=lambda row: row[place])


def _fetch(
    ctx: Context, change: Change, query: str
) -> Iterator[tuple[list[Row], int]]:
    longest = ctx.received[change.part.stream].file.longest_line
    found = room.execute(ctx.duck.connection, query)
    width = rows.width(change.part) + 1
    yield from batches(found, longest, ctx.options, width=width)


def _check_all_there(
    change: Change, found: list[Row], sent: Sequence[Row]
) -> None:
    if found[0][0] != len(sent):
        raise _not_as_marked(str(change.part))


def _not_as_marked(what: str) -> RefusedError:
    return RefusedError(
        f"The graph is not what was loaded: of {what} something is gone "
        "that somebody else must have removed.",
        "Compare everything and mend it: TARGET_NEO4J_RECHECK=true",
    )
