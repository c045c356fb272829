"""DuckDB SQL: what a graph holds against what it should hold. Pure.

What is held is a relation k0, k1, ... (a key) and `h` (the row's hash);
what should be is a relation of rows, see `rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daybook.neo4j import rows
from daybook.neo4j.kinds import Kind, duckdb_type

if TYPE_CHECKING:
    from daybook.neo4j.model import Node
    from daybook.neo4j.rows import Part, Reference


def moved(node: Node, before: str, after: str, names: Sequence[str]) -> str:
    """Return the values k0, ... of `names` that other nodes have now.

    `before` and `after` are relations of rows, of the same properties.
    """
    places = {p.name: at for at, p in enumerate(node.properties)}
    wanted = [places[name] for name in names]
    same = " AND ".join(f"a.v{at} = b.v{at}" for at in wanted)
    other = " OR ".join(f"a.v{at} <> b.v{at}" for at in rows.key_places(node))
    picked = ", ".join(f"a.v{at} AS k{n}" for n, at in enumerate(wanted))
    return (
        f"SELECT DISTINCT {picked} FROM ({after}) a JOIN ({before}) b "  # noqa: S608
        f"ON {same} WHERE {other}"
    )


def changed(node: Node, before: str, after: str, names: Sequence[str]) -> str:
    """Return the query for a node that has other values of `names` now.

    `before` and `after` are relations of rows, of the same properties.
    """
    places = {p.name: at for at, p in enumerate(node.properties)}
    same = " AND ".join(f"a.v{at} = b.v{at}" for at in rows.key_places(node))
    other = " OR ".join(
        f"a.v{places[name]} IS DISTINCT FROM b.v{places[name]}"
        for name in names
    )
    return (
        f"SELECT 1 FROM ({after}) a JOIN ({before}) b "  # noqa: S608
        f"ON {same} WHERE {other} LIMIT 1"
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
    names = [f"k{at}" for at in range(len(rows.key_places(part)))]
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
    return f"SELECT {rows.keys(part)}, h FROM ({relation})"  # noqa: S608


def delta(name: str, part: Part, after: str, held: str) -> str:
    """Return SQL for the table of what differs: row, k0, ..., op.

    `after` is a relation of rows, `held` one of k0, ..., h, stays. What
    does not stay is deleted, and created anew. What is held without a
    whole key is `keyless`.
    """
    keys = [f"k{at}" for at in range(len(rows.key_places(part)))]
    same = " AND ".join(f"a.{k} = b.{k}" for k in keys)
    either = ", ".join(f"coalesce(a.{k}, b.{k}) AS {k}" for k in keys)
    whole = " AND ".join(f"b.{k} IS NOT NULL" for k in keys)
    return (
        f"CREATE TEMP TABLE {name} AS SELECT a.row, {either}, "  # noqa: S608
        f"CASE WHEN b.stays IS NULL THEN 'create' WHEN NOT ({whole}) "
        "THEN 'keyless' WHEN a.row IS NULL THEN 'delete' "
        "ELSE 'update' END AS op "
        f"FROM (SELECT row, {rows.keys(part)}, h, true AS stays "
        f"FROM ({after})) a "
        f"FULL JOIN ({held}) b ON {same} AND a.stays = b.stays "
        "WHERE a.row IS NULL OR b.stays IS NULL OR a.h IS DISTINCT FROM b.h"
    )


def differing(part: Part, after: str, values: str) -> str:
    """Return the keys of rows of which a value is not as in `values`.

    `values` is a relation v0, v1, ..., typed of what the graph holds.
    """
    same = " AND ".join(f"a.v{p} = b.v{p}" for p in rows.key_places(part))
    others = [
        f"a.v{at} IS DISTINCT FROM b.v{at}" for at in range(rows.width(part))
    ]
    return (
        f"SELECT {rows.keys(part, 'a')} FROM ({after}) a "  # noqa: S608
        f"JOIN ({values}) b ON {same} "
        f"WHERE NOT b.typed OR {' OR '.join(others)}"
    )


def keep_others(table: str) -> str:
    """Return SQL that lets what is not among the rows stay."""
    return f"DELETE FROM {table} WHERE op IN ('delete', 'keyless')"  # noqa: S608


def deleted_keys(part: Part, table: str) -> str:
    """Return the query for the keys of what is to be deleted."""
    keys = ", ".join(f"k{at}" for at in range(len(rows.key_places(part))))
    return f"SELECT {keys} FROM {table} WHERE op = 'delete'"  # noqa: S608
