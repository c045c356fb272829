"""All Cypher that finds people's nodes and relationships, and writes them.

Pure. Nothing personal stands in a statement or its parameters when rows
are looked for: they are read, and known by their element ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daybook.neo4j.clauses import OURS
from daybook.neo4j.kinds import in_cypher, out_of_cypher
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote

if TYPE_CHECKING:
    from daybook.neo4j.erase_places import Value
    from daybook.neo4j.marker import Held


def pattern(held: Held) -> str:
    """Return the pattern of nodes `r`, or of relationships `r`."""
    if held.is_node:
        return f"(r:{quote(held.name)})"
    return (
        f"(a:{quote(held.start)})-[r:{quote(held.name)}]->"
        f"(b:{quote(held.end)})"
    )


def count(held: Held) -> str:
    """Return the query for how many there are."""
    return f"MATCH {pattern(held)} RETURN count(r)"


def read(held: Held, values: Sequence[Value]) -> str:
    """Return the query for values of a part of them, in lists.

    Of each: its element id, then the values.
    """
    ours = "" if held.is_node else f"AND {OURS} "
    return (
        f"MATCH {pattern(held)} WHERE id(r) % $parts = $part {ours}"
        "WITH id(r) / $parts % $lists AS list, "
        f"[elementId(r), {_out(values)}] AS row "
        "RETURN list, collect(row)"
    )


def read_some(held: Held, values: Sequence[Value]) -> str:
    """Return the query for values of those in `$ids`, and their hashes."""
    return (
        f"MATCH {pattern(held)} WHERE elementId(r) IN $ids "
        f"RETURN elementId(r), [{_out(values)}], r.{quote(ROW_HASH)}"
    )


def write(held: Held, values: Sequence[Value]) -> str:
    """Return the statement that sets values; a row is id, values, hash."""
    sets = [
        f"r.{quote(one.name)} = {in_cypher(one.kind, f'row[{at}]')}"
        for at, one in enumerate(values, 1)
    ]
    hash_ = f"r.{quote(ROW_HASH)} = row[{len(values) + 1}]"
    return (
        f"UNWIND $rows AS row MATCH {pattern(held)} "
        "WHERE elementId(r) = row[0] "
        f"SET {', '.join([*sets, hash_])} RETURN count(*)"
    )


def _out(values: Sequence[Value]) -> str:
    return ", ".join(
        out_of_cypher(one.kind, f"{one.of}.{quote(one.name)}")
        for one in values
    )
