"""DuckDB SQL: a file's rows as nodes or relationships of a graph. Pure.

A relation of rows has the columns `row` (from 1), v0, v1, ... (what is
sent, in the order of `cypher`'s rows) and `h` (the row's hash).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.neo4j.kinds import Kind, parameter
from daybook.neo4j.model import Node, Relationship

if TYPE_CHECKING:
    from daybook.neo4j.model import End, Property

Part = Node | Relationship

_CONSTANT = "0::BIGINT"


@dataclass(frozen=True, slots=True)
class Reference:
    """An end whose table is loaded too, so that its keys are known.

    Attributes:
        places: Places of the end's values among v0, v1, ...
        keys: SQL of a relation k0, k1, ... of the nodes that there are.
    """

    places: tuple[int, ...]
    keys: str


def of_nodes(node: Node, scan: str) -> str:
    """Return the relation of a table's nodes."""
    values = [_value(p) for p in node.properties]
    return _relation(values, hash_of(node.properties), scan)


def of_part(part: Part, scan: str) -> str:
    """Return the relation of all that a table's rows become."""
    if isinstance(part, Relationship):
        return of_relationships(part, scan)
    return of_nodes(part, scan)


def last_of_each_key(node: Node, relation: str) -> str:
    """Return the relation with the last row of each key only."""
    keys = ", ".join(f"v{at}" for at in key_places(node))
    return (
        f"SELECT * FROM ({relation}) QUALIFY row_number() "  # noqa: S608
        f"OVER (PARTITION BY {keys} ORDER BY row DESC) = 1"
    )


def of_relationships(
    one: Relationship, scan: str, known: Iterable[Reference] = ()
) -> str:
    """Return the relation of a table's relationships, both ends given.

    Those that refer to none of the `known` nodes are left out.
    """
    ends = [*_end_values(one.start), *_end_values(one.end)]
    values = [*ends, *(_value(p) for p in one.properties)]
    hash_ = hash_of(one.properties) if one.is_join else _CONSTANT
    filled = _all_filled(len(ends))
    rows = _relation(values, hash_, scan)
    all_ = f"SELECT * FROM ({rows}) WHERE {filled}"  # noqa: S608
    for reference in known:
        all_ = f"SELECT v.* FROM ({all_}) v SEMI JOIN {_to(reference)}"  # noqa: S608
    return all_


def without_end(
    one: Relationship, filled: str, matched: str, limit: int
) -> str:
    """Return the query for the first rows that refer to nothing, as text."""
    values = ", ".join(f"v{at}" for at in key_places(one))
    return (
        f"SELECT concat_ws(', ', {values}) FROM ({filled}) v "  # noqa: S608
        f"ANTI JOIN (SELECT row FROM ({matched})) m USING (row) "
        f"ORDER BY row LIMIT {limit}"
    )


def ends_looked_up(one: Relationship) -> list[End]:
    """Return the ends that are not the row's own node."""
    ends = {"start": one.start, "end": one.end}
    return [end for name, end in ends.items() if name != one.owner]


def end_places(one: Relationship, end: End) -> tuple[int, ...]:
    """Return which of v0, v1, ... are the key of an end."""
    first = 0 if end is one.start else len(one.start.kinds)
    return tuple(range(first, first + len(end.kinds)))


def reference(one: Relationship, end: End, node: Node, scan: str) -> Reference:
    """Return an end whose `node` is read from `scan`."""
    by_name = {p.name: p for p in node.properties}
    values = ", ".join(
        f"{_value(by_name[name])} AS k{at}"
        for at, name in enumerate(end.properties)
    )
    keys = f"SELECT {values} FROM {scan}"  # noqa: S608
    return Reference(end_places(one, end), keys)


def key_places(part: Part) -> tuple[int, ...]:
    """Return which of v0, v1, ... are a part's key."""
    if isinstance(part, Relationship):
        return tuple(range(len(part.start.kinds) + len(part.end.kinds)))
    return tuple(part.properties.index(p) for p in part.key)


def key_kinds(part: Part) -> tuple[Kind, ...]:
    """Return the kinds of a part's key."""
    if isinstance(part, Relationship):
        return (*part.start.kinds, *part.end.kinds)
    return tuple(p.kind for p in part.key)


def value_kinds(part: Part) -> tuple[Kind, ...]:
    """Return the kinds of v0, v1, ..."""
    kinds = tuple(p.kind for p in part.properties)
    return (
        (*key_kinds(part), *kinds) if isinstance(part, Relationship) else kinds
    )


def sorting(one: Relationship) -> tuple[int, int]:
    """Return where the values of the end begin and stop that many share."""
    start, all_ = len(one.start.kinds), len(key_kinds(one))
    return (0, start) if one.owner == "end" else (start, all_)


def width(part: Part) -> int:
    """Return how many values a row has, the hash not counted."""
    return len(value_kinds(part))


def select(part: Part, relation: str, op: Mapping[str, str] | None) -> str:
    """Return the query for the values and hashes of rows to send.

    `op` names a table of `delta` and one of its operations; None is for
    all rows.
    """
    values = ", ".join(f"v{at}" for at in range(width(part)))
    picked = f"SELECT {values}, h FROM ({relation})"  # noqa: S608
    if op:
        picked += (
            f" SEMI JOIN (SELECT row FROM {op['table']} "  # noqa: S608
            f"WHERE op = '{op['op']}') USING (row)"
        )
    return picked


def _relation(values: Sequence[str], hash_: str, scan: str) -> str:
    named = ", ".join(f"{value} AS v{at}" for at, value in enumerate(values))
    return (
        f"SELECT row, {named}, {hash_} AS h FROM "  # noqa: S608
        f"(SELECT row_number() OVER () AS row, * FROM {scan})"
    )


def _value(one: Property) -> str:
    return parameter(one.kind, f"c{one.place}")


def _end_values(end: End) -> list[str]:
    return [
        parameter(kind, f"c{place}")
        for kind, place in zip(end.kinds, end.places, strict=True)
    ]


def _all_filled(columns: int) -> str:
    return " AND ".join(f"v{at} IS NOT NULL" for at in range(columns))


def _to(reference: Reference) -> str:
    pairs = " AND ".join(
        f"v.v{place} = k.k{at}" for at, place in enumerate(reference.places)
    )
    return f"({reference.keys}) k ON {pairs}"


def keys(part: Part, name: str = "") -> str:
    """Return a part's key among the columns of its rows: `v0 AS k0, ...`."""
    prefix = f"{name}." if name else ""
    return ", ".join(
        f"{prefix}v{place} AS k{at}"
        for at, place in enumerate(key_places(part))
    )


def hash_of(properties: Sequence[Property]) -> str:
    """Return SQL for 64 bits of a row's text, and of what it becomes."""
    shape = ";".join(f"{p.name}:{p.kind}" for p in properties)
    salt = "'" + shape.replace("'", "''") + "'"
    # A JSON list keeps NULL, '' and the borders of values apart.
    texts = ", ".join(f"c{p.place}" for p in properties)
    number = (
        f"md5_number_lower({salt} || to_json([{texts}]::VARCHAR[])::VARCHAR)"
    )
    return f"({number}::HUGEINT - 9223372036854775808)::BIGINT"
