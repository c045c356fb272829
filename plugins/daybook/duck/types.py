"""Which type a column of the lake has in DuckDB. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daybook.table import base_type

_TYPES: Mapping[str, str] = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time without time zone": "TIME",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ",
    "uuid": "UUID",
    "json": "JSON",
    "jsonb": "JSON",
}
_ERAS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ"})
_NUMERIC = re.compile(r"numeric\((\d+)(?:,(\d+))?\)")
_MAX_DIGITS = 38


def duckdb_type(sql_type: str) -> str:
    """Return the DuckDB type that holds every ordinary value exactly.

    What DuckDB has no exact type for is VARCHAR: `numeric` without
    limits, intervals, bytea, arrays and all that is text anyway.
    """
    numeric = _NUMERIC.fullmatch(sql_type)
    if numeric:
        digits, scale = int(numeric[1]), int(numeric[2] or 0)
        fits = scale <= digits <= _MAX_DIGITS
        return f"DECIMAL({digits},{scale})" if fits else "VARCHAR"
    return _TYPES.get(base_type(sql_type), "VARCHAR")


def typed(reference: str, sql_type: str) -> str:
    """Return SQL that gives the text column `reference` its type.

    A value that the type cannot hold is an error when it is read.
    """
    kind = duckdb_type(sql_type)
    if kind == "VARCHAR":
        return reference
    if kind not in _ERAS:
        return f"CAST({reference} AS {kind})"
    # PostgreSQL writes BC last, DuckDB wants (BC) after the date and
    # would read a timestamp BC as one AD.
    era = rf"regexp_replace({reference}, '^(\S+)(.*) BC$', '\1 (BC)\2')"
    return (
        f"CAST(CASE WHEN ends_with({reference}, ' BC') THEN {era} "
        f"ELSE {reference} END AS {kind})"
    )
