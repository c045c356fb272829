"""How values compare, though they are texts: as DuckDB conditions. Pure.

The text must fit its type (`types.condition`). Where DuckDB lacks a value
that PostgreSQL has (23:59:60, infinity), texts are compared, which for
times and dates have the same order.
"""

from __future__ import annotations

from collections.abc import Mapping

from daybook.table import base_type

_INTEGERS = frozenset({"smallint", "integer", "bigint"})
_NUMBERS = frozenset({"numeric", "real", "double precision"})
_TIMES: Mapping[str, str] = {
    "date": "DATE",
    "time without time zone": "TIME",
    "time with time zone": "TIMETZ",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ",
}
_PADDED = frozenset({"character", "bpchar"})
_YES = "('t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1')"
_ZERO = r"[+-]?[0.]+"
_PLAIN = r"[+-]?[0-9]*\.?[0-9]*"
_EXPONENT = r"([+-]?)([0-9]*)\.?([0-9]*)[eE]([+-]?[0-9]{1,3})"


def has_order(sql_type: str) -> bool:
    """Return whether values of the type can be less than others."""
    return base_type(sql_type) in _INTEGERS | _NUMBERS | _TIMES.keys()


def compared(value: str, sql_type: str, sign: str, bound: str) -> str:
    """Return the condition that a value is `sign` (say, `>=`) the bound.

    `value` is an SQL expression, `bound` a text that fits the type, which
    must have an order.
    """
    base, other = base_type(sql_type), literal(bound)
    if base in _INTEGERS:
        return f"CAST({value} AS BIGINT) {sign} {int(bound)}"
    if base in _NUMBERS:
        return _number(value, sign, other)
    before, after = (_time(text, base) for text in (value, other))
    return f"coalesce({before} {sign} {after}, {value} {sign} {other})"


def key(value: str, sql_type: str) -> str:
    """Return an expression that is equal for equal values.

    `value` is an SQL expression; NULL gives NULL.
    """
    base = base_type(sql_type)
    if base in _INTEGERS:
        return f"TRY_CAST({value} AS BIGINT)"
    if base == "numeric":
        return _digits(value)
    if base in _NUMBERS:
        kind = "FLOAT" if base == "real" else "DOUBLE"
        return f"TRY_CAST({value} AS {kind})"
    if base == "uuid":
        return f"TRY_CAST({value} AS UUID)"
    if base == "boolean":
        return f"lower({value}) IN {_YES}"
    if base in _TIMES:
        return f"coalesce(CAST({_time(value, base)} AS VARCHAR), {value})"
    if base == "citext":
        return f"lower({value})"
    return f"rtrim({value}, ' ')" if base in _PADDED else value


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _number(value: str, sign: str, bound: str) -> str:
    """Compare doubles, and all digits where these are equal."""
    ours, theirs = (f"TRY_CAST({n} AS DOUBLE)" for n in (value, bound))
    exact = ", ".join(
        f"TRY_CAST({value} AS {kind}) {sign} TRY_CAST({bound} AS {kind})"
        for kind in ("DECIMAL(38,18)", "BIGNUM")
    )
    return (
        f"CASE WHEN isnan({ours}) THEN false "
        f"WHEN {ours} <> {theirs} THEN {ours} {sign} {theirs} "
        f"ELSE coalesce({exact}, {'=' in sign}) END"
    )


def _digits(value: str) -> str:
    """Return a number's digits that count: 1.50 and 01.5 are one key."""
    return (
        f"CASE WHEN regexp_full_match({value}, '{_EXPONENT}') "
        f"THEN list_transform([{_plain(value)}], lambda n: {_count('n')})[1] "
        f"ELSE {_count(value)} END"
    )


def _plain(value: str) -> str:
    """Return a number without its exponent: 1.5e2 as 150."""
    parts = f"regexp_extract({value}, '{_EXPONENT}', ['s', 'i', 'f', 'e'])"
    point = "(length(n.i) + n.e::INTEGER)"
    digits = f"repeat('0', -{point}) || n.i || n.f || repeat('0', {point})"
    moved = f"greatest({point}, 0)"
    return (
        f"list_transform([{parts}], lambda n: n.s || left({digits}, {moved}) "
        f"|| '.' || substr({digits}, {moved} + 1))[1]"
    )


def _count(value: str) -> str:
    whole = f"regexp_replace({value}, '^[+]?(-?)0*', '\\1')"
    return (
        f"CASE WHEN regexp_full_match({value}, '{_ZERO}') THEN '0' "
        f"WHEN NOT regexp_full_match({value}, '{_PLAIN}') THEN lower({value}) "
        f"WHEN contains({value}, '.') "
        f"THEN rtrim(rtrim({whole}, '0'), '.') ELSE {whole} END"
    )


def _time(value: str, base: str) -> str:
    text = value
    if base.endswith("with time zone"):
        # `10:00Z` and `10:00 +02`, which PostgreSQL takes.
        text = f"regexp_replace({text}, ' ?Z$', '+00')"
        text = f"regexp_replace({text}, ' ([+-][0-9:]*)$', '\\1')"
    if base == "time with time zone":
        text = f"regexp_replace({text}, '^([0-9:]{{5}})([+-])', '\\1:00\\2')"
    if base == "date":
        text = f"replace({text}, ' BC', ' (BC)')"
    return f"TRY_CAST({text} AS {_TIMES[base]})"
