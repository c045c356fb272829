"""What must change in the graph, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.neo4j import rows, rows_delta
from daybook.neo4j.load import context, read
from daybook.neo4j.model import Node
from daybook.neo4j.rows import Reference

if TYPE_CHECKING:
    from daybook.neo4j.load.context import Context
    from daybook.neo4j.model import End, Relationship
    from daybook.neo4j.rows import Part

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one part of the graph.

    Attributes:
        part: The nodes or relationships.
        relation: SQL of all rows as they shall be.
        table: DuckDB's table of what differs; None where all is new.
        rows: How many there shall be.
        created: Of these, new ones.
        updated: Of these, changed ones.
        deleted: Those that go.
        keyless: Nodes without a whole key, which go too.
        bytes: Of text, that is sent.
        orphans: Rows left out because they refer to nothing.
        first_orphans: What the first of them refer to.
    """

    part: Part
    relation: str
    table: str | None
    rows: int
    created: int = 0
    updated: int = 0
    deleted: int = 0
    keyless: int = 0
    bytes: int = 0
    orphans: int = 0
    first_orphans: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many nodes or relationships change."""
        return self.created + self.updated + self.deleted + self.keyless

    @property
    def values(self) -> int:
        """How many values that writes."""
        return (self.created + self.updated) * (rows.width(self.part) + 1)


def find(
    ctx: Context, cleared: frozenset[tuple[str, str, str]]
) -> list[Change]:
    """Return the changes of all nodes, then of all relationships.

    What is `cleared` is created anew.
    """
    nodes = [_of_node(ctx, node, cleared) for node in ctx.nodes]
    others = [_of_relationship(ctx, r, cleared) for r in ctx.relationships]
    return [*nodes, *others]


def is_settled(ctx: Context, part: Part) -> bool:
    """Return whether file, mapping and graph are what was loaded."""
    held = ctx.held(part)
    if part.source not in ctx.trusted or held is None or ctx.options.recheck:
        return False
    same = held.shape == context.new_held(ctx.graph, part).shape
    return same and not held.orphans and ctx.has_same_file(part)


def _of_node(
    ctx: Context, node: Node, cleared: frozenset[tuple[str, str, str]]
) -> Change:
    relation = rows.of_nodes(node, ctx.scan(node.stream))
    total = ctx.received[node.stream].file.rows
    if is_settled(ctx, node):
        return Change(node, relation, None, total)
    if not node.source:
        relation = rows.last_of_each_key(node, relation)
        total = _number(ctx, f"SELECT count(*) FROM ({relation})")  # noqa: S608
    held = None if context.place(node) in cleared else _held(ctx, node)
    if held:
        held = rows_delta.without_moved(held, len(node.key), ())
    return _compare(ctx, Change(node, relation, None, total), held)


def _of_relationship(
    ctx: Context, one: Relationship, cleared: frozenset[tuple[str, str, str]]
) -> Change:
    held = ctx.held(one)
    ends = [
        (end, node)
        for end in rows.ends_looked_up(one)
        if (node := ctx.node_of(end.stream))
    ]
    scan = ctx.scan(one.stream)
    known = [
        rows.reference(one, end, node, ctx.scan(node.stream))
        for end, node in ends
    ]
    relation = rows.of_relationships(one, scan, known)
    if is_settled(ctx, one) and all(is_settled(ctx, n) for _, n in ends):
        return Change(one, relation, None, held.rows if held else 0)
    change = _count(ctx, one, relation, scan)
    there = None if context.place(one) in cleared else _held(ctx, one)
    if there:
        width = len(rows.key_places(one))
        there = rows_delta.without_moved(there, width, _moved(ctx, one, ends))
    return _compare(ctx, change, there)


def _moved(
    ctx: Context, one: Relationship, ends: Iterable[tuple[End, Node]]
) -> list[Reference]:
    """Return what refers to other nodes than before, by the same values.

    That can be where an end is not found by its node's primary key.
    """
    return [
        Reference(rows.end_places(one, end), _moved_keys(ctx, node, end))
        for end, node in ends
        if {p.name for p in node.key} != set(end.properties)
        and not is_settled(ctx, node)
    ]


def _moved_keys(ctx: Context, node: Node, end: End) -> str:
    narrow, before, after = versions(ctx, node, end.properties)
    return rows_delta.moved(narrow, before, after, end.properties)


def versions(
    ctx: Context, node: Node, names: Iterable[str]
) -> tuple[Node, str, str]:
    """Return nodes with their key and `names` only, as they were and are."""
    wanted = {p.name for p in node.key} | set(names)
    kept = tuple(p for p in node.properties if p.name in wanted)
    narrow = replace(node, properties=kept)
    scan = _old_scan(ctx, node)
    before = (
        rows.of_nodes(narrow, scan)
        if scan
        else read.values(ctx.server, ctx.duck.connection, narrow)
    )
    return narrow, before, rows.of_nodes(narrow, ctx.scan(node.stream))


def _count(
    ctx: Context, one: Relationship, relation: str, scan: str
) -> Change:
    """Count rows and orphans of a relationship's file."""
    filled = rows.of_relationships(one, scan)
    total = _number(ctx, f"SELECT count(*) FROM ({relation})")  # noqa: S608
    if relation == filled:
        return Change(one, relation, None, total)
    orphans = _number(ctx, f"SELECT count(*) FROM ({filled})") - total  # noqa: S608
    first: tuple[str, ...] = ()
    if orphans:
        found = room.execute(
            ctx.duck.connection,
            rows.without_end(one, filled, relation, _SHOWN),
        ).fetchall()
        first = tuple(row[0] for row in found)
    return Change(
        one, relation, None, total, orphans=orphans, first_orphans=first
    )


def _held(ctx: Context, part: Part) -> str | None:
    """Return a relation of what the graph holds, None if nothing."""
    if ctx.held(part) is None and not ctx.options.adopt:
        return None
    old = _old_scan(ctx, part)
    if old is None:
        return _held_by_graph(ctx, part)
    return rows_delta.as_held(part, rows.of_part(part, old))


def _old_scan(ctx: Context, part: Part) -> str | None:
    """Return SQL that reads what the graph holds from the lake, if it can."""
    held = ctx.held(part)
    trusted = part.source in ctx.trusted and not ctx.options.recheck
    if held is None or held.orphans or not trusted:
        return None
    same = held.shape == context.new_held(ctx.graph, part).shape
    return ctx.old_scan(part) if same else None


def _held_by_graph(ctx: Context, part: Part) -> str | None:
    if not read.count(ctx.server, part):
        return None
    connection = ctx.duck.connection
    held = read.keys_and_hashes(ctx.server, connection, part)
    if not ctx.options.recheck:
        return held
    relation = rows.of_part(part, ctx.scan(part.stream))
    values = read.values(ctx.server, connection, part)
    return rows_delta.without_hash(
        part, held, rows_delta.differing(part, relation, values)
    )


def _compare(ctx: Context, change: Change, held: str | None) -> Change:
    part = change.part
    size = ctx.received[part.stream].file.path.stat().st_size
    if held is None:
        return replace(change, created=change.rows, bytes=size)
    connection = ctx.duck.connection
    table = f"delta{len(ctx.tables)}"
    ctx.tables.append(table)
    room.execute(
        connection, rows_delta.delta(table, part, change.relation, held)
    )
    read.drop_all(connection)
    if not part.source:
        connection.execute(rows_delta.keep_others(table))
    counts = dict(
        connection.execute(
            f"SELECT op, count(*) FROM {table} GROUP BY op"  # noqa: S608
        ).fetchall()
    )
    return replace(
        change,
        table=table,
        created=counts.get("create", 0),
        updated=counts.get("update", 0),
        deleted=counts.get("delete", 0),
        keyless=counts.get("keyless", 0) if isinstance(part, Node) else 0,
        bytes=_bytes(ctx, part, table),
    )


def _bytes(ctx: Context, part: Part, table: str) -> int:
    """Return how much text the changed rows are."""
    columns = len(ctx.received[part.stream].table.columns)
    return _number(
        ctx, rows_delta.changed_bytes(ctx.scan(part.stream), columns, table)
    )


def _number(ctx: Context, query: str) -> int:
    row = room.execute(ctx.duck.connection, query).fetchone()
    return int(row[0]) if row else 0
