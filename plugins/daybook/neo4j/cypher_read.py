"""All Cypher that reads the nodes and relationships of a day. Pure.

Names come quoted from `names.quote`, values only as parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daybook.neo4j.clauses import (
    OURS,
    end_kinds,
    matched_by_key,
    matched_end,
    type_of,
    typed,
    unwound,
)
from daybook.neo4j.kinds import Kind, out_of_cypher
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote

if TYPE_CHECKING:
    from daybook.neo4j.model import End, Node, Property, Relationship


def foreign_relationships(node: Node) -> str:
    """Return the query for relationships that are not in `$ours`.

    It asks about the nodes of `$rows`, which are keys, and gives type,
    labels at the other end, number and first keys. `$ours` are types
    with the labels of start and end.
    """
    return matched_by_key(node) + _foreign(
        [f"n.{quote(p.name)}" for p in node.key]
    )


def foreign_relationships_of_all(label: str, key: Iterable[str]) -> str:
    """Return the same query about all nodes of a label."""
    names = [f"n.{quote(name)}" for name in key]
    return f"MATCH (n:{quote(label)}) " + _foreign(names)


def _foreign(key: Sequence[str]) -> str:
    """Return the rest of a query for relationships of `n` not in `$ours`."""
    return (
        f"MATCH (n)-[r]-(m) WHERE NOT (coalesce({OURS}, false) AND "
        "any(one IN $ours WHERE one[0] = type(r) "
        "AND one[1] IN labels(startNode(r)) "
        "AND one[2] IN labels(endNode(r)))) "
        "RETURN type(r), labels(m), count(DISTINCT r), "
        f"collect(DISTINCT [{', '.join(key)}])[..3]"
    )


def missing_ends(one: Relationship) -> str:
    """Return the query for the rows of which an end is not there."""
    return (
        f"{unwound(end_kinds(one))}"
        f"OPTIONAL MATCH {matched_end('a', one.start, 0)} "
        f"OPTIONAL MATCH {matched_end('b', one.end, len(one.start.kinds))} "
        "WITH row, a, b WHERE a IS NULL OR b IS NULL RETURN row"
    )


def read_nodes(node: Node, *, values: bool) -> str:
    """Return the query for a part of the nodes, in lists.

    Of each: its key and its hash, or with `values` all its properties
    and whether all have the types they should have. What has another
    type is read as NULL.
    """
    wanted = node.properties if values else node.key
    last = typed("n", wanted) if values else f"n.{quote(ROW_HASH)}"
    row = ", ".join([*_out("n", wanted), last])
    # Of many properties the server plans a map much faster than a node.
    taken = "properties(n) AS n" if values else "n"
    return (
        f"MATCH (n:{quote(node.label)}) WHERE id(n) % $parts = $part "
        f"WITH id(n) / $parts % $lists AS list, {taken} "
        f"WITH list, [{row}] AS row "
        "RETURN list, collect(row)"
    )


def read_relationships(one: Relationship, *, values: bool) -> str:
    """Return the query for a part of the relationships, in lists.

    Of each: the keys of its ends and its hash, or with `values` all its
    properties and whether they have the types they should have, and
    then of those that are not ours too.
    """
    ends = [*_out_end("a", one.start), *_out_end("b", one.end)]
    rest = (
        [*_out("r", one.properties), typed("r", one.properties)]
        if values
        else [f"r.{quote(ROW_HASH)}"]
    )
    return (
        f"MATCH (a:{quote(one.start.label)})-[r:{quote(one.type)}]->"
        f"(b:{quote(one.end.label)}) WHERE id(r) % $parts = $part "
        f"{'' if values else f'AND {OURS} '}"
        "WITH id(r) / $parts % $lists AS list, "
        f"[{', '.join([*ends, *rest])}] AS row "
        "RETURN list, collect(row)"
    )


def count_nodes(label: str) -> str:
    """Return the query for the number of nodes with a label."""
    return f"MATCH (n:{quote(label)}) RETURN count(n)"


def count_relationships(type_: str) -> str:
    """Return the query for the number of relationships of a type."""
    return f"MATCH ()-[r:{quote(type_)}]->() RETURN count(r)"


def _out(name: str, properties: Iterable[Property]) -> list[str]:
    return [_out_one(p.kind, f"{name}.{quote(p.name)}") for p in properties]


def _out_end(name: str, end: End) -> list[str]:
    return [
        _out_one(kind, f"{name}.{quote(p)}")
        for p, kind in zip(end.properties, end.kinds, strict=True)
    ]


def _out_one(kind: Kind, expression: str) -> str:
    type_ = type_of(kind)
    sent = out_of_cypher(kind, expression)
    if type_ is None:
        return sent
    return f"CASE WHEN {expression} IS :: {type_} THEN {sent} END"
