"""DuckDB SQL: text of numbers, truth values and bytes. Pure."""

from __future__ import annotations

from daybook.neo4j.duck_sql import matches

JSON_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_TRUE = "(?i)t(r(ue?)?)?|y(es?)?|on|1"
_FALSE = "(?i)f(a(l(se?)?)?)?|no?|off?|0"


def to_boolean(text: str) -> str:
    """Return SQL of a truth value in any of PostgreSQL's spellings."""
    return (
        f"CASE WHEN {matches(text, _TRUE)} THEN true "
        f"WHEN {matches(text, _FALSE)} THEN false END"
    )


def to_bytes(text: str) -> str:
    """Return SQL of a byte string."""
    return f"CASE WHEN {fits_bytes(text)} THEN unhex(substr({text}, 3)) END"


def fits_bytes(text: str) -> str:
    """Return when it is bytea as PostgreSQL writes it."""
    return matches(text, r"\\x([0-9a-fA-F]{2})*")


def fits_integer(text: str) -> str:
    """Return when it is a whole number of 64 bits."""
    # A foreign key of type numeric may refer to integers.
    whole = matches(text, r"[+-]?[0-9]+(\.0*)?")
    return f"{whole} AND TRY_CAST({text} AS BIGINT) IS NOT NULL"


def fits_boolean(text: str) -> str:
    """Return when it is a truth value."""
    return matches(text, f"{_TRUE}|{_FALSE}")
