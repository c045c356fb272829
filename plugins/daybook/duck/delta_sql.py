"""DuckDB SQL that finds the rows in which two files differ. Pure.

Rows are told apart by the md5 of their values, so that what DuckDB
holds per row is a key and 16 bytes, however wide the table is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ROWS_AT_ONCE = 1_000_000
"""So many rows are grouped in the memory of `session.MEMORY_BYTES`."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two files.

    Attributes:
        scan: SQL that reads it, columns c0, c1 and so on.
        key: Positions of the key's columns in it; may be empty.
        rest: Positions of the other columns that both files have, in
            the same order for both sides.
    """

    scan: str
    key: tuple[int, ...]
    rest: tuple[int, ...]


def by_key(old: Side, new: Side) -> str:
    """Return SQL that makes the table `delta` (k0, ..., kind).

    It has a row for each key; of those that are the `same` on both
    sides the key itself is left out.
    """
    keys = _keys(old)
    kept = ", ".join(
        f"CASE WHEN kind <> 'same' THEN {k} END AS {k}" for k in keys
    )
    either = ", ".join(f"coalesce(o.{k}, n.{k}) AS {k}" for k in keys)
    return (
        f"CREATE TEMP TABLE delta AS SELECT {kept}, kind FROM ("  # noqa: S608
        f"SELECT {either}, CASE WHEN o.h IS NULL THEN 'added' "
        "WHEN n.h IS NULL THEN 'removed' "
        "WHEN o.h <> n.h THEN 'changed' ELSE 'same' END AS kind "
        f"FROM ({_hashed(old)}) o FULL JOIN ({_hashed(new)}) n "
        f"ON {_equal(keys, 'o', 'n')})"
    )


def as_bag(old: Side, new: Side, rows: int) -> list[str]:
    """Return SQL that makes the table `delta` (h, n).

    `n` says how many rows with the hash `h` were added (removed where
    negative); `rows` is how many rows both sides have together.
    """
    parts = rows // _ROWS_AT_ONCE + 1
    part = f"(hash(h) % {parts})::USMALLINT AS part"
    make = (
        f"CREATE TEMP TABLE bag AS SELECT h, n, {part} FROM ("  # noqa: S608
        f"SELECT h, -1 AS n FROM ({_hashed(old)}) UNION ALL "
        f"SELECT h, 1 AS n FROM ({_hashed(new)}))"
    )
    empty = "CREATE TEMP TABLE delta (h UHUGEINT, n BIGINT)"
    group = (
        "INSERT INTO delta SELECT h, sum(n) FROM bag WHERE part = {} "
        "GROUP BY h HAVING sum(n) <> 0"
    )
    return [make, empty, *(group.format(index) for index in range(parts))]


def keys_of(side: Side, kind: str, limit: int, chars: int) -> str:
    """Return SQL for the first keys of a kind, numbers in their order.

    Values are cut to `chars` characters.
    """
    cut = ", ".join(f"left({key}, {chars})" for key in _keys(side))
    return f"SELECT {cut} FROM ({_first(side, kind, limit)})"  # noqa: S608


def changed_values(old: Side, new: Side, limit: int, chars: int) -> str:
    """Return SQL for the first changed rows: what they were and are.

    Per row: the key; then per column of `rest` whether it differs, its
    old and its new value, cut to `chars` characters.
    """
    keys = _keys(old)
    shown = ", ".join(f"left(o.{k}, {chars})" for k in keys)
    values = "".join(
        f", o.v{i} IS DISTINCT FROM n.v{i}, "
        f"left(o.v{i}, {chars}), left(n.v{i}, {chars})"
        for i in range(len(old.rest))
    )
    return (
        f"WITH shown AS MATERIALIZED ({_first(old, 'changed', limit)}) "  # noqa: S608
        f"SELECT {shown}{values} "
        f"FROM ({_those_shown(old)}) o JOIN ({_those_shown(new)}) n "
        f"ON {_equal(keys, 'o', 'n')} "
        f"ORDER BY {_natural([f'o.{k}' for k in keys])}"
    )


def whole_rows(side: Side, sign: int, limit: int, chars: int) -> str:
    """Return SQL for some rows of `as_bag` that are on this side only.

    `sign` is 1 for the new side, -1 for the old one.
    """
    values = ", ".join(f"left(c{i}, {chars})" for i in side.rest)
    return (
        f"SELECT DISTINCT {values} FROM {side.scan} WHERE {_md5(side.rest)} "  # noqa: S608
        f"IN (SELECT h FROM delta WHERE n * {sign} > 0 ORDER BY h "
        f"LIMIT {limit}) ORDER BY ALL"
    )


def differing_rows(side: Side) -> str:
    """Return SQL for the whole rows of a side that `delta` tells apart.

    Of a side without a key, `delta` being that of `as_bag`: all rows of
    which the other side has more or fewer.
    """
    if not side.key:
        known = f"{_md5(side.rest)} IN (SELECT h FROM delta)"  # noqa: S608
        return f"SELECT * FROM {side.scan} WHERE {known}"  # noqa: S608
    return (
        f"SELECT * FROM {side.scan} SEMI JOIN "  # noqa: S608
        "(SELECT * FROM delta WHERE kind <> 'same') AS delta ON "
        + _equal_in_file(side, "delta")
    )


def _keys(side: Side) -> list[str]:
    return [f"k{index}" for index in range(len(side.key))]


def _first(side: Side, kind: str, limit: int) -> str:
    keys = _keys(side)
    return (
        f"SELECT {', '.join(keys)} FROM delta "  # noqa: S608
        f"WHERE kind = '{kind}' ORDER BY {_natural(keys)} LIMIT {limit}"
    )


def _hashed(side: Side) -> str:
    keys = "".join(f"c{c} AS k{k}, " for k, c in enumerate(side.key))
    return f"SELECT {keys}{_md5(side.rest)} AS h FROM {side.scan}"  # noqa: S608


def _md5(columns: Iterable[int]) -> str:
    values = ", ".join(f"c{index}" for index in columns)
    # A JSON list keeps NULL, '' and the borders of values apart.
    return f"md5_number(to_json([{values}]::VARCHAR[])::VARCHAR)"


def _those_shown(side: Side) -> str:
    keys = ", ".join(f"c{c} AS k{k}" for k, c in enumerate(side.key))
    values = "".join(f", c{c} AS v{v}" for v, c in enumerate(side.rest))
    return (
        f"SELECT {keys}{values} FROM {side.scan} SEMI JOIN shown ON "  # noqa: S608
        + _equal_in_file(side, "shown")
    )


def _equal_in_file(side: Side, other: str) -> str:
    return " AND ".join(
        f"c{c} IS NOT DISTINCT FROM {other}.k{k}"
        for k, c in enumerate(side.key)
    )


def _equal(keys: Sequence[str], one: str, other: str) -> str:
    return " AND ".join(
        f"{one}.{key} IS NOT DISTINCT FROM {other}.{key}" for key in keys
    )


def _natural(keys: Sequence[str]) -> str:
    return ", ".join(f"TRY_CAST({key} AS HUGEINT), {key}" for key in keys)
