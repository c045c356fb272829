"""What DuckDB makes of the lake's text for a graph."""

from __future__ import annotations

from typing import Any

import duckdb

from daybook.neo4j import kinds
from daybook.neo4j.kinds import Kind

_DUCKDB = duckdb.connect()


def asked(sql: str, text: str | None) -> Any:
    """Return what SQL says of a text column `v`."""
    row = _DUCKDB.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR v)", [text])
    (value,) = row.fetchone() or ()
    return value


def sent(kind: Kind, text: str | None) -> Any:
    """Return what is sent of a text."""
    return asked(kinds.parameter(kind, "v"), text)


def fits(kind: Kind, text: str | None) -> bool:
    """Return whether Neo4j can hold it."""
    return asked(kinds.representable(kind, "v") or "true", text)
