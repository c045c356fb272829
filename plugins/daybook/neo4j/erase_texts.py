"""The graph's values as the lake's texts, and the hashes of rows. Pure.

A row's hash is that of the lake's texts, which the graph does not hold:
they are made again from its values. Where they give the hash that the row
has, they are right, and the hash of the row as it becomes is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from daybook.neo4j import rows
from daybook.neo4j.kinds import Base, Form, Kind
from daybook.neo4j.model import Property

if TYPE_CHECKING:
    import duckdb

    from daybook.neo4j.erase_places import Place, Value

UNKNOWN = 0
"""The hash of a row that the next load is to compare."""

_SCALE = re.compile(r"numeric\(\d+,(\d+)\)")
_DATED = frozenset({Base.LOCAL_DATETIME, Base.DATETIME})


def text(one: Value, value: Any) -> str | None:
    """Return a value as the lake has it; None for NULL."""
    if value is None or isinstance(value, str):
        return _of_text(one.kind, value)
    if isinstance(value, bytes | bytearray):
        return f"\\x{value.hex()}"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        scale = _SCALE.fullmatch(one.sql_type)
        if scale:
            return f"{value:.{scale[1]}f}"
        return repr(value).removesuffix(".0")
    return str(value)


def sent(kind: Kind, new: str | None) -> str | None:
    """Return a pseudonym as it is sent to the graph."""
    if new is not None and kind.base in _DATED:
        return new.replace(" ", "T", 1)
    return new


def hashes(
    duck: duckdb.DuckDBPyConnection,
    place: Place,
    before: Sequence[Sequence[str | None]],
    after: Sequence[Sequence[str | None]],
    held: Sequence[int | None],
) -> list[int | None]:
    """Return the hashes of rows as they become.

    `held` are those that they have; without one a row stays so.
    """
    known = zip(
        held,
        _hashes(duck, place, before),
        _hashes(duck, place, after),
        strict=True,
    )
    return [
        None if old is None else new if old == made else UNKNOWN
        for old, made, new in known
    ]


def _hashes(
    duck: duckdb.DuckDBPyConnection,
    place: Place,
    texts: Sequence[Sequence[str | None]],
) -> list[int]:
    properties = [
        Property(one.name, one.column, at, one.kind)
        for at, one in enumerate(place.properties)
    ]
    columns = [list(column) for column in zip(*texts, strict=True)]
    lists = ", ".join(
        f"unnest(${at + 1}::VARCHAR[]) AS c{at}" for at in range(len(columns))
    )
    numbers = f"unnest(range({len(texts)})) AS number"
    found = duck.execute(
        f"SELECT {rows.hash_of(properties)} "  # noqa: S608 - positions
        f"FROM (SELECT {numbers}, {lists}) ORDER BY number",
        columns,
    ).fetchall()
    return [row[0] for row in found]


def _of_text(kind: Kind, value: str | None) -> str | None:
    """Return the text of a string, or of a moment that came as one."""
    if value is None or kind.form is not Form.VALUE or kind.base not in _DATED:
        return value
    return re.sub("Z$", "+00", value.replace("T", " ", 1))
