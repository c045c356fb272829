"""Rows that should be in a graph against rows that are, in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daybook.duck import room
from daybook.duck.audit_result import Differing, Key, without
from daybook.neo4j import rows
from daybook.neo4j.model import End, Relationship

if TYPE_CHECKING:
    import duckdb

    from daybook.neo4j.rows import Part

_CHARS = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """What a comparison found; the first rows of each kind with it."""

    wanted: int
    held: int
    missing: int
    extra: int
    different: int
    missing_keys: tuple[Key, ...]
    extra_keys: tuple[Key, ...]
    differing: tuple[Differing, ...]


def compare(
    connection: duckdb.DuckDBPyConnection,
    part: Part,
    wanted: str,
    held: str,
    limit: int,
) -> Counts:
    """Compare a relation of rows with one of v0, v1, ... of the graph.

    Of several elements with one key the first counts, the others are
    extra.
    """
    room.execute(connection, _table(part, wanted, held))
    try:
        found = dict(
            connection.execute(
                "SELECT kind, count(*) FROM audited GROUP BY kind"
            ).fetchall()
        )
        both = found.get("same", 0) + found.get("different", 0)
        return Counts(
            wanted=both + found.get("missing", 0),
            held=both + found.get("extra", 0),
            missing=found.get("missing", 0),
            extra=found.get("extra", 0),
            different=found.get("different", 0),
            missing_keys=_keys(connection, part, "missing", limit),
            extra_keys=_keys(connection, part, "extra", limit),
            differing=_differing(connection, part, limit),
        )
    finally:
        connection.execute("DROP TABLE audited")


def _table(part: Part, wanted: str, held: str) -> str:
    """Return SQL for the table of keys, of values that differ, and kinds."""
    width, places = rows.width(part), rows.key_places(part)
    same = " AND ".join(f"a.v{p} = b.v{p}" for p in places)
    by = ", ".join(f"v{p}" for p in places)
    rest = [at for at in range(width) if at not in places]
    differ = [f"a.v{at} IS DISTINCT FROM b.v{at}" for at in rest]
    keys = ", ".join(
        _text(f"coalesce(a.v{p}, b.v{p})", f"v{p}") for p in places
    )
    values = "".join(
        f", a.v{at} IS DISTINCT FROM b.v{at} AS d{at}, "
        f"{_text(f'a.v{at}', f'a{at}')}, {_text(f'b.v{at}', f'b{at}')}"
        for at in rest
    )
    number = f"row_number() OVER (PARTITION BY {by}) AS n"
    return (
        f"CREATE TEMP TABLE audited AS SELECT a.row, {keys}{values}, "  # noqa: S608
        "CASE WHEN b.n IS NULL THEN 'missing' WHEN a.row IS NULL "
        f"THEN 'extra' WHEN NOT b.typed OR {' OR '.join(differ) or 'false'} "
        "THEN 'different' ELSE 'same' END AS kind "
        f"FROM ({wanted}) a FULL JOIN (SELECT *, {number} FROM ({held})) b "
        f"ON {same} AND b.n = 1"
    )


def _text(value: str, name: str) -> str:
    return f"left(CAST({value} AS VARCHAR), {_CHARS}) AS {name}"


def _keys(
    connection: duckdb.DuckDBPyConnection, part: Part, kind: str, limit: int
) -> tuple[Key, ...]:
    wanted = ", ".join(f"v{place}" for place in rows.key_places(part))
    found = room.execute(
        connection,
        f"SELECT {wanted} FROM audited WHERE kind = ? "  # noqa: S608
        f"ORDER BY row, {wanted} LIMIT {limit}",
        [kind],
    ).fetchall()
    hidden = _hidden(part)
    return tuple(without(_named(part, row), hidden) for row in found)


def _named(part: Part, row: tuple[Any, ...]) -> Key:
    return dict(zip(_key_names(part), row, strict=True))


def _hidden(part: Part) -> set[str]:
    """Return the names, as `_named` and `_columns` use them, not shown."""
    columns, hidden = part.table.column_names, part.table.hidden
    names = {one.name for one in part.properties if one.column in hidden}
    if isinstance(part, Relationship):
        for which, end in (("start", part.start), ("end", part.end)):
            ends = zip(_end_names(which, end), end.places, strict=True)
            names |= {name for name, at in ends if columns[at] in hidden}
    return names


def _key_names(part: Part) -> list[str]:
    if isinstance(part, Relationship):
        start = _end_names("start", part.start)
        return [*start, *_end_names("end", part.end)]
    return [one.name for one in part.key]


def _end_names(which: str, end: End) -> list[str]:
    return [f"{which}.{name}" for name in end.properties]


def _differing(
    connection: duckdb.DuckDBPyConnection, part: Part, limit: int
) -> tuple[Differing, ...]:
    places = rows.key_places(part)
    rest = [at for at in range(rows.width(part)) if at not in places]
    keys = ", ".join(f"v{place}" for place in places)
    values = "".join(f", d{at}, a{at}, b{at}" for at in rest)
    found = room.execute(
        connection,
        f"SELECT {keys}{values} FROM audited "  # noqa: S608
        f"WHERE kind = 'different' ORDER BY row LIMIT {limit}",
    ).fetchall()
    names, hidden = _value_names(part, rest), _hidden(part)
    return tuple(
        Differing(
            _named(part, row[: len(places)]),
            _columns(names, row[len(places) :]),
        ).without(hidden)
        for row in found
    )


def _value_names(part: Part, rest: list[int]) -> list[str]:
    offset = rows.width(part) - len(part.properties)
    return [part.properties[at - offset].name for at in rest]


def _columns(
    names: list[str], row: tuple[Any, ...]
) -> dict[str, tuple[str | None, str | None]]:
    return {
        name: (row[3 * at + 1], row[3 * at + 2])
        for at, name in enumerate(names)
        if row[3 * at]
    }
