r"""What PostgreSQL takes as a value of a type, as a DuckDB condition. Pure.

Only what a type can hold in full is taken: a value that PostgreSQL
would round to the type's scale is wrong. Types that are not named here
are left to the database that loads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from daybook.table import base_type

_DECIMAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_ZERO = r"[+-]?[0.]+([eE].*)?"
_SPECIAL = r"(?i)nan|[+-]?inf(inity)?"
_DATE = r"[0-9]{4,6}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,%d}0*)?)?"
_ZONE = r" ?(Z|[+-][0-9]{2}(:?[0-9]{2}(:?[0-9]{2})?)?)"
_INFINITY = r"(?i)[+-]?infinity"
_BOOLEAN = r"(?i)t(r(ue?)?)?|f(a(l(se?)?)?)?|y(es?)?|no?|on|off?|1|0"
_TEXTS = frozenset({"text", "character varying", "character"})

TEXT_TYPES = _TEXTS | {"name", "citext", "bpchar"}
"""Types in which an empty string is a value."""


def condition(value: str, sql_type: str) -> str:
    """Return when the SQL expression `value` (a text) fits the type.

    `""` stands for always. NULL may give anything.
    """
    rule = _RULES.get(base_type(sql_type))
    return rule(value, sql_type) if rule else ""


def modifiers(sql_type: str) -> tuple[int, ...]:
    """Return the numbers in a type's brackets: `numeric(8,2)` -> (8, 2)."""
    bracket = re.search(r"\(([-0-9, ]+)\)", sql_type)
    return tuple(map(int, bracket[1].split(","))) if bracket else ()


def _matches(value: str, pattern: str) -> str:
    quoted = pattern.replace("'", "''")
    return f"regexp_full_match({value}, '{quoted}')"


def _casts(value: str, duck_type: str) -> str:
    return f"TRY_CAST({value} AS {duck_type}) IS NOT NULL"


def _integer(duck_type: str) -> Callable[[str, str], str]:
    def rule(value: str, _: str) -> str:
        """Return SQL that says whether `value` is such an integer."""
        digits = _matches(value, "[+-]?[0-9]+")
        return f"{digits} AND {_casts(value, duck_type)}"

    return rule


def _floating(duck_type: str) -> Callable[[str, str], str]:
    def rule(value: str, _: str) -> str:
        """Return SQL that says whether `value` is such a number."""
        cast = f"TRY_CAST({value} AS {duck_type})"
        return (
            f"({_matches(value, _SPECIAL)} OR {_matches(value, _DECIMAL)} "
            f"AND isfinite({cast}) "
            f"AND ({cast} <> 0 OR {_matches(value, _ZERO)}))"
        )

    return rule


def _numeric(value: str, sql_type: str) -> str:
    limits = modifiers(sql_type)
    if not limits:
        number = rf"{_DECIMAL}|{_SPECIAL}"
        return _matches(value, number)
    precision, scale = (*limits, 0)[:2]
    whole = max(precision - scale, 0)
    fraction = rf"(\.[0-9]{{0,{max(scale, 0)}}}0*)?"
    return (
        f"({_matches(value, '(?i)nan')} OR "
        + _matches(value, rf"[+-]?0*[0-9]{{0,{whole}}}{fraction}")
        + f" AND {_matches(value, '.*[0-9].*')})"
    )


def _date(value: str, _: str) -> str:
    special = _matches(value, rf"{_INFINITY}|{_DATE} BC")
    day = f"{_matches(value, _DATE)} AND {_casts(value, 'DATE')}"
    return f"({special} OR {day})"


def _timed(*, date: bool, zone: bool) -> Callable[[str, str], str]:
    def rule(value: str, sql_type: str) -> str:
        """Return SQL that says whether `value` is such a time."""
        digits = (*modifiers(sql_type), 6)[0]
        time = _time(digits)
        before = rf"{_DATE}[ T]" if date else ""
        after = _ZONE if zone else ""
        era = "( BC)?" if date else ""
        shape = _matches(value, f"{before}{time}{after}{era}")
        if not date:
            return f"{shape} AND {_clock(value, 1)}"
        start = f"instr(replace({value}, 'T', ' '), ' ') + 1"
        day = _casts(f"regexp_extract({value}, '^{_DATE}')", "DATE")
        era_or_day = f"({_matches(value, '.* BC')} OR {day})"
        return (
            f"({_matches(value, _INFINITY)} OR {shape} AND {era_or_day} "
            f"AND {_clock(value, start)})"
        )

    return rule


def _time(digits: int) -> str:
    if not digits:
        return r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.0*)?)?"
    return _TIME % digits


def _clock(value: str, start: int | str) -> str:
    """Return when hour, minute and second are those of a clock."""
    time = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]|:60)?([^0-9:].*)?"
    midnight = r"24:00(:00(\.0*)?)?([^0-9:.].*)?"
    return _matches(f"substr({value}, {start})", f"{time}|{midnight}")


def _length(value: str, sql_type: str) -> str:
    limits = modifiers(sql_type)
    return f"length({value}) <= {limits[0]}" if limits else ""


def _pattern(pattern: str) -> Callable[[str, str], str]:
    return lambda value, _: _matches(value, pattern)


_HEX = "[0-9a-fA-F]"
_RULES: Mapping[str, Callable[[str, str], str]] = {
    "smallint": _integer("SMALLINT"),
    "integer": _integer("INTEGER"),
    "bigint": _integer("BIGINT"),
    "numeric": _numeric,
    "real": _floating("FLOAT"),
    "double precision": _floating("DOUBLE"),
    "boolean": _pattern(_BOOLEAN),
    "date": _date,
    "time without time zone": _timed(date=False, zone=False),
    "time with time zone": _timed(date=False, zone=True),
    "timestamp without time zone": _timed(date=True, zone=False),
    "timestamp with time zone": _timed(date=True, zone=True),
    "uuid": _pattern(f"{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"),
    "bytea": _pattern(rf"\\x({_HEX}{{2}})*"),
    "json": lambda value, _: f"json_valid({value})",
    "jsonb": lambda value, _: f"json_valid({value})",
    "character varying": _length,
    "character": _length,
}
