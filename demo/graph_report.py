"""What the demo shows of the graph: counts, a path, what has changed.

Changes are found by reading the graph before and after a load, so they
show what is there, not what the load says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.markup import escape

from daybook.neo4j import cypher
from daybook.neo4j.server import Server, connect
from demo import report
from demo.graph import VARIABLE

Elements = Mapping[str, Mapping[object, Mapping[str, Any]]]
"""Of each label and type of relationship: key to properties."""

_NODES = (
    f"MATCH (n) WHERE NOT n:{cypher.MARKER} "
    "RETURN elementId(n), labels(n)[0], properties(n)"
)
_RELATIONSHIPS = (
    "MATCH (a)-[r]->(b) "
    "RETURN elementId(a), type(r), elementId(b), properties(r)"
)
_PATH = """
    MATCH (c:Customer)-[:PURCHASED]->(o:Order)-[line:ORDERS]->(p:Product)
          -[:PART_OF]->(g:Category)
    RETURN c.company_name, o.order_id, line.quantity, p.product_name,
           g.category_name
    ORDER BY o.order_id DESC, p.product_id LIMIT 1
"""


def read(url: str) -> Elements:
    """Return all that the graph holds, but for Daybook's own nodes."""
    found: dict[str, dict[object, Mapping[str, Any]]] = {}
    with connect(url, variable=VARIABLE, plugin="demo") as server:
        keys = _keys(server)
        nodes = {}
        for id_, label, body in server.rows(_NODES):
            key = tuple(body[name] for name in keys[label])
            nodes[id_] = label, key
            found.setdefault(f"(:{label})", {})[key] = body
        for start, type_, end, body in server.rows(_RELATIONSHIPS):
            (one, own), (other, theirs) = nodes[start], nodes[end]
            name = f"(:{one})-[:{type_}]->(:{other})"
            found.setdefault(name, {})[own, theirs] = body
    return found


def counts(elements: Elements) -> None:
    """Print how many nodes and relationships of each kind there are."""
    table = report.table("nodes", "", "relationships", " ")
    nodes, others = _sizes(elements, nodes=True), _sizes(elements, nodes=False)
    for pair in zip_longest(nodes, others, fillvalue=("", "")):
        table.add_row(*(escape(cell) for cells in pair for cell in cells))
    report.console.print()
    report.console.print(table)


def path(url: str) -> None:
    """Print how the newest order leads from its customer to a category."""
    with connect(url, variable=VARIABLE, plugin="demo") as server:
        for customer, order, quantity, product, category in server.rows(_PATH):
            shown = (
                f"({customer})-[:PURCHASED]->(order {order})"
                f"-[:ORDERS {{quantity: {quantity}}}]->({product})"
                f"-[:PART_OF]->({category})"
            )
            report.say(escape(shown))


def changes(before: Elements, after: Elements) -> None:
    """Print what was created, updated and deleted, if anything."""
    table = report.table("graph", "all", "created", "updated", "deleted")
    for name in sorted({*before, *after}, key=_nodes_first):
        old, new = before.get(name, {}), after.get(name, {})
        numbers = _differences(old, new)
        if any(numbers):
            cells = (f"{number:,}" if number else "·" for number in numbers)
            table.add_row(escape(name), f"{len(new):,}", *cells)
    if table.row_count:
        report.console.print()
        report.console.print(table)
        return
    nodes = sum(len(e) for name, e in after.items() if _is_nodes(name))
    all_ = sum(map(len, after.values()))
    report.say(
        f"graph: [green]unchanged[/], all {nodes:,} nodes and "
        f"{all_ - nodes:,} relationships"
    )


def _keys(server: Server) -> dict[str, Sequence[str]]:
    """Return the properties that are a label's key."""
    found = server.rows(cypher.CONSTRAINTS)
    return {labels[0]: names for _, labels, names in found}


def _sizes(elements: Elements, *, nodes: bool) -> list[tuple[str, str]]:
    return [
        (name, f"{len(elements[name]):,}")
        for name in sorted(elements)
        if _is_nodes(name) == nodes
    ]


def _differences(
    old: Mapping[object, Mapping[str, Any]],
    new: Mapping[object, Mapping[str, Any]],
) -> tuple[int, int, int]:
    """Return how many were created, updated, deleted."""
    both = old.keys() & new.keys()
    updated = sum(old[key] != new[key] for key in both)
    return len(new) - len(both), updated, len(old) - len(both)


def _nodes_first(name: str) -> tuple[bool, str]:
    return not _is_nodes(name), name


def _is_nodes(name: str) -> bool:
    return "]" not in name
