"""DuckDB SQL: a file's rows as nodes or relationships of a graph. Pure.

A relation of rows has the columns `row` (from 1), v0, v1, ... (what is
sent, in the order of `cypher`'s rows) and `h` (the row's hash).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.neo4j.kinds import Kind, duckdb_type, parameter
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
    return _relation(values, _hash(node.properties), scan)


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
    hash_ = _hash(one.properties) if one.is_join else _CONSTANT
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


def moved(node: Node, before: str, after: str, names: Sequence[str]) -> str:
    """Return the values k0, ... of `names` that other nodes have now.

    `before` and `after` are relations of rows, of the same properties.
    """
    places = {p.name: at for at, p in enumerate(node.properties)}
    wanted = [places[name] for name in names]
    same = " AND ".join(f"a.v{at} = b.v{at}" for at in wanted)
    other = " OR ".join(f"a.v{at} <> b.v{at}" for at in key_places(node))
    picked = ", ".join(f"a.v{at} AS k{n}" for n, at in enumerate(wanted))
    return (
        f"SELECT DISTINCT {picked} FROM ({after}) a JOIN ({before}) b "  # noqa: S608
        f"ON {same} WHERE {other}"
    )


def without_moved(held: str, width: int, moved: Iterable[Reference]) -> str:
    """Return what is held, `stays` false where an end's node is another.

    The result has the columns k0, ..., h, stays; `width` is that of keys.
    """
    tests = [
        "NOT EXISTS (FROM ({}) m WHERE {})".format(
            one.keys,
            " AND ".join(
                f"m.k{at} = x.k{place}" for at, place in enumerate(one.places)
            ),
        )
        for one in moved
    ]
    keys = ", ".join(f"k{at}" for at in range(width))
    stays = " AND ".join(tests) or "true"
    return f"SELECT {keys}, h, {stays} AS stays FROM ({held}) x"  # noqa: S608


def without_hash(part: Part, held: str, keys: str) -> str:
    """Return what is held, the hash NULL for those among `keys`."""
    names = [f"k{at}" for at in range(len(key_places(part)))]
    same = " AND ".join(f"h.{k} = d.{k}" for k in names)
    kept = ", ".join(f"h.{k}" for k in names)
    return (
        f"SELECT {kept}, CASE WHEN d.k0 IS NULL THEN h.h END AS h "  # noqa: S608
        f"FROM ({held}) h LEFT JOIN ({keys}) d ON {same}"
    )


def changed_bytes(scan: str, columns: int, table: str) -> str:
    """Return the query for the bytes of the rows that a delta sends."""
    # A sum of 1,000 terms would be too deep an expression.
    all_ = ", ".join(f"c{at}" for at in range(columns))
    return (
        f"SELECT coalesce(sum(strlen(concat({all_}))), 0) FROM "  # noqa: S608
        f"(SELECT row_number() OVER () AS row, * FROM {scan}) SEMI JOIN "
        f"(SELECT row FROM {table} WHERE op <> 'delete') USING (row)"
    )


def keys_of_end(node: Node, end: End, scan: str) -> str:
    """Return the relation (k0, ...) of the nodes that an end refers to."""
    by_name = {p.name: p for p in node.properties}
    values = ", ".join(
        f"{_value(by_name[name])} AS k{at}"
        for at, name in enumerate(end.properties)
    )
    return f"SELECT {values} FROM {scan}"  # noqa: S608


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


def make_held(name: str, kinds: Sequence[Kind], last: str) -> str:
    """Return SQL for an empty table k0, k1, ..., and `last`."""
    columns = ", ".join(
        f"k{at} {duckdb_type(kind)}" for at, kind in enumerate(kinds)
    )
    return f"CREATE TEMP TABLE {name} ({columns}, {last})"


def fill_held(name: str, types: Sequence[str]) -> str:
    """Return SQL that takes rows as one list per column."""
    lists = ", ".join(
        f"unnest(${at}::{type_}[])" for at, type_ in enumerate(types, 1)
    )
    return f"INSERT INTO {name} SELECT {lists}"


def as_held(part: Part, relation: str) -> str:
    """Return a relation of rows as keys and hash: k0, ..., h."""
    return f"SELECT {_keys(part)}, h FROM ({relation})"  # noqa: S608


def delta(name: str, part: Part, after: str, held: str) -> str:
    """Return SQL for the table of what differs: row, k0, ..., op.

    `after` is a relation of rows, `held` one of k0, ..., h, stays. What
    does not stay is deleted, and created anew. What is held without a
    whole key is `keyless`.
    """
    keys = [f"k{at}" for at in range(len(key_places(part)))]
    same = " AND ".join(f"a.{k} = b.{k}" for k in keys)
    either = ", ".join(f"coalesce(a.{k}, b.{k}) AS {k}" for k in keys)
    whole = " AND ".join(f"b.{k} IS NOT NULL" for k in keys)
    return (
        f"CREATE TEMP TABLE {name} AS SELECT a.row, {either}, "  # noqa: S608
        f"CASE WHEN b.stays IS NULL THEN 'create' WHEN NOT ({whole}) "
        "THEN 'keyless' WHEN a.row IS NULL THEN 'delete' "
        "ELSE 'update' END AS op "
        f"FROM (SELECT row, {_keys(part)}, h, true AS stays FROM ({after})) a "
        f"FULL JOIN ({held}) b ON {same} AND a.stays = b.stays "
        "WHERE a.row IS NULL OR b.stays IS NULL OR a.h IS DISTINCT FROM b.h"
    )


def differing(part: Part, after: str, values: str) -> str:
    """Return the keys of rows of which a value is not as in `values`.

    `values` is a relation v0, v1, ..., typed of what the graph holds.
    """
    same = " AND ".join(f"a.v{p} = b.v{p}" for p in key_places(part))
    others = [f"a.v{at} IS DISTINCT FROM b.v{at}" for at in range(width(part))]
    return (
        f"SELECT {_keys(part, 'a')} FROM ({after}) a "  # noqa: S608
        f"JOIN ({values}) b ON {same} "
        f"WHERE NOT b.typed OR {' OR '.join(others)}"
    )


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


def keep_others(table: str) -> str:
    """Return SQL that lets what is not among the rows stay."""
    return f"DELETE FROM {table} WHERE op IN ('delete', 'keyless')"  # noqa: S608


def deleted_keys(part: Part, table: str) -> str:
    """Return the query for the keys of what is to be deleted."""
    keys = ", ".join(f"k{at}" for at in range(len(key_places(part))))
    return f"SELECT {keys} FROM {table} WHERE op = 'delete'"  # noqa: S608


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


def _keys(part: Part, name: str = "") -> str:
    prefix = f"{name}." if name else ""
    return ", ".join(
        f"{prefix}v{place} AS k{at}"
        for at, place in enumerate(key_places(part))
    )


def _hash(properties: Sequence[Property]) -> str:
    """Return SQL for 64 bits of a row's text, and of what it becomes."""
    shape = ";".join(f"{p.name}:{p.kind}" for p in properties)
    salt = "'" + shape.replace("'", "''") + "'"
    # A JSON list keeps NULL, '' and the borders of values apart.
    texts = ", ".join(f"c{p.place}" for p in properties)
    number = (
        f"md5_number_lower({salt} || to_json([{texts}]::VARCHAR[])::VARCHAR)"
    )
    return f"({number}::HUGEINT - 9223372036854775808)::BIGINT"
