"""DuckDB SQL: an interval's text -> Neo4j's own text of it. Pure.

PostgreSQL's form (`1 year 2 mons -3 days +04:05:06.7`) and ISO 8601
(`P1Y2M-3DT4H5M6.7S`, as descriptions of files have it) are understood.
An interval has months, days and a time, each with a sign of its own.
"""

from __future__ import annotations

from daybook.neo4j.duck_sql import extract, let, matches

_NUMBER = "[+-]?[0-9]{1,10}"
_WORDS = (
    rf"({_NUMBER} years?)?( ?{_NUMBER} mons?)?( ?{_NUMBER} days?)?"
    r"( ?[+-]?[0-9]{2,10}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?)?"
)
_ISO = (
    rf"P({_NUMBER}Y)?({_NUMBER}M)?({_NUMBER}W)?({_NUMBER}D)?"
    rf"(T({_NUMBER}H)?({_NUMBER}M)?([+-]?[0-9]{{1,12}}(\.[0-9]{{1,9}})?S)?)?"
)
_SECOND = 1_000_000_000
"""Nanoseconds."""


def duration(text: str) -> str:
    """Return SQL of the ISO form that Neo4j's `toString()` gives."""
    parts = (
        f"CASE WHEN starts_with({text}, 'P') THEN {_from_iso(text)} "
        f"ELSE {_from_words(text)} END"
    )
    return (
        f"CASE WHEN {text} IS NOT NULL THEN {let('i', parts, _ISO_TEXT)} END"
    )


def fits_duration(text: str) -> str:
    """Return when it is an interval in one of the two forms."""
    shape = matches(text, f"{_WORDS}|{_ISO}")
    return f"{shape} AND {matches(text, '.*[0-9].*')}"


def _from_words(text: str) -> str:
    clock = extract(text, r"([+-]?[0-9]+:[0-9]+:[0-9.]+)$")
    sign = f"CASE WHEN starts_with({clock}, '-') THEN -1 ELSE 1 END"
    hours = _integer(clock, "([0-9]+):")
    minutes = _integer(clock, ":([0-9]+):")
    seconds = f"({hours} * 60 + {minutes}) * 60 + {_integer(clock, _LAST)}"
    return _parts(
        months=_months(text, "([+-]?[0-9]+) year", "([+-]?[0-9]+) mon"),
        days=_integer(text, "([+-]?[0-9]+) day"),
        nanos=f"{sign} * (({seconds}) * {_SECOND} + {_fraction(clock)})",
    )


_LAST = r":([0-9]+)(?:\.[0-9]*)?$"


def _from_iso(text: str) -> str:
    day, time = (f"split_part({text}, 'T', {part})" for part in (1, 2))
    sign = f"CASE WHEN {matches(time, r'.*-[0-9.]+S')} THEN -1 ELSE 1 END"
    minutes = (
        f"{_integer(time, _unit('H'))} * 60 + {_integer(time, _unit('M'))}"
    )
    seconds = f"({minutes}) * 60 + {_integer(time, _WHOLE)}"
    return _parts(
        months=_months(day, _unit("Y"), _unit("M")),
        days=f"{_integer(day, _unit('W'))} * 7 + {_integer(day, _unit('D'))}",
        nanos=f"({seconds}) * {_SECOND} + {sign} * {_fraction(time)}",
    )


_WHOLE = r"([+-]?[0-9]+)(?:\.[0-9]*)?S"


def _unit(letter: str) -> str:
    return f"([+-]?[0-9]+){letter}"


def _months(text: str, years: str, months: str) -> str:
    return f"{_integer(text, years)} * 12 + {_integer(text, months)}"


def _parts(months: str, days: str, nanos: str) -> str:
    return f"{{'m': {months}, 'd': {days}, 'n': {nanos}}}"


def _integer(text: str, pattern: str) -> str:
    found = f"TRY_CAST({extract(text, pattern)} AS HUGEINT)"
    return f"coalesce({found}, 0::HUGEINT)"


def _fraction(text: str) -> str:
    """Return the nanoseconds after the point."""
    digits = extract(text, r"\.([0-9]+)")
    return f"rpad({digits}, 9, '0')::HUGEINT"


def _written(number: str, unit: str) -> str:
    return f"CASE WHEN {number} = 0 THEN '' ELSE ({number}) || '{unit}' END"


def _iso_text() -> str:
    """Return SQL that writes the parts in `i` as Neo4j does.

    Months and the time are each written in units of one sign.
    """
    years, months = ("i.m // 12", "i.m % 12")
    hours = _written(f"i.n // {3600 * _SECOND}", "H")
    minutes = _written(f"i.n // {60 * _SECOND} % 60", "M")
    rest = f"abs(i.n) % {60 * _SECOND}"
    decimals = f"rtrim(lpad(({rest} % {_SECOND})::VARCHAR, 9, '0'), '0')"
    seconds = (
        f"CASE WHEN {rest} = 0 THEN '' ELSE CASE WHEN i.n < 0 THEN '-' "
        f"ELSE '' END || rtrim(({rest} // {_SECOND}) || '.' || {decimals}, "
        "'.') || 'S' END"
    )
    return (
        "CASE WHEN i.m = 0 AND i.d = 0 AND i.n = 0 THEN 'PT0S' ELSE 'P' || "
        f"{_written(years, 'Y')} || {_written(months, 'M')} || "
        f"{_written('i.d', 'D')} || CASE WHEN i.n = 0 THEN '' ELSE 'T' || "
        f"{hours} || {minutes} || {seconds} END END"
    )


_ISO_TEXT = _iso_text()
