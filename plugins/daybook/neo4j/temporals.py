"""DuckDB SQL: PostgreSQL's text of a moment -> Neo4j's own. Pure.

Every function takes SQL of type VARCHAR. The result is the text that
Neo4j's `toString()` gives for the value, so that the two compare equal;
it is undefined for a text that `fits_...` refuses. What files may hold
beside PostgreSQL's own form (`T`, no seconds, `Z`) is understood too.
"""

from __future__ import annotations

from daybook.neo4j.duck_sql import extract, matches

_DATE = "[0-9]{4,9}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9}0*)?)?"
_HOURS = "0[0-9]|1[0-7]"
_ZONE = rf" ?(Z|[+-](({_HOURS})(:?[0-5][0-9](:?00)?)?|18(:?00(:?00)?)?))"
_USUAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}(\.[0-9]*[1-9])?"
"""What PostgreSQL writes for nearly all: the rest costs ten times more."""


def date(text: str) -> str:
    """Return SQL of an ISO date: years of five digits get a sign."""
    year = f"TRY_CAST({extract(text, '^([0-9]+)')} AS BIGINT)"
    rest = extract(text, "(-[0-9]+-[0-9]+)")
    era = f"CASE WHEN ends_with({text}, ' BC') THEN 1 - {year} ELSE {year} END"
    return (
        f"CASE WHEN length({text}) = 10 THEN {text} "
        f"ELSE ({_year(f'({era})')}) || {rest} END"
    )


def local_time(text: str) -> str:
    """Return SQL of an ISO time: with seconds, without needless zeros."""
    fraction = f"rtrim(rtrim(substr({text}, 9), '0'), '.')"
    return (
        f"CASE length({text}) WHEN 8 THEN {text} "
        f"WHEN 5 THEN {text} || ':00' "
        f"ELSE left({text}, 8) || {fraction} END"
    )


def time(text: str) -> str:
    """Return SQL of an ISO time and its zone: `Z` or `+05:30`."""
    clock = extract(text, "^([0-9:.]+)")
    return f"({local_time(clock)}) || ({_zone(text)})"


def local_datetime(text: str) -> str:
    """Return SQL of an ISO date and time, `T` between them."""
    usual = matches(text, _USUAL)
    return (
        f"CASE WHEN {usual} THEN replace({text}, ' ', 'T') "
        f"ELSE {_day_and_clock(text)} END"
    )


def datetime(text: str) -> str:
    """Return SQL of an ISO date, time and zone."""
    usual = matches(text, rf"{_USUAL}\+00")
    quick = f"replace(left({text}, length({text}) - 3), ' ', 'T') || 'Z'"
    return (
        f"CASE WHEN {usual} THEN {quick} "
        f"ELSE {_day_and_clock(text)} || ({_zone(text)}) END"
    )


def fits_date(text: str) -> str:
    """Return when it is a day of the calendar: infinity is not."""
    return f"{matches(text, f'{_DATE}( BC)?')} AND {_on_calendar(text)}"


def fits_local_time(text: str) -> str:
    """Return when it is a time that Neo4j can hold: 24:00 is not."""
    return matches(text, _CLOCK)


def fits_time(text: str) -> str:
    """Return when it is a time with a zone of hours and minutes."""
    return matches(text, _CLOCK + _ZONE)


def fits_local_datetime(text: str) -> str:
    """Return when it is a date and time: infinity is not."""
    return _fits_moment(text, f"{_DATE}[ T]{_CLOCK}( BC)?")


def fits_datetime(text: str) -> str:
    """Return when it is a date, time and zone of hours and minutes."""
    return _fits_moment(text, f"{_DATE}[ T]{_CLOCK}{_ZONE}( BC)?")


def _fits_moment(text: str, shape: str) -> str:
    return f"{matches(text, shape)} AND {_on_calendar(_day(text))}"


def _on_calendar(text: str) -> str:
    return f"TRY_CAST(replace({text}, ' BC', ' (BC)') AS DATE) IS NOT NULL"


def _day_and_clock(text: str) -> str:
    clock = extract(text, "[ T]([0-9:.]+)")
    return f"({date(_day(text))}) || 'T' || ({local_time(clock)})"


def _day(text: str) -> str:
    era = f"CASE WHEN ends_with({text}, ' BC') THEN ' BC' ELSE '' END"
    return f"({extract(text, '^([0-9]+-[0-9]+-[0-9]+)')} || {era})"


def _year(number: str) -> str:
    digits = f"lpad(abs({number})::VARCHAR, 4, '0')"
    # lpad() would cut what is longer.
    return (
        f"CASE WHEN {number} > 9999 THEN '+' || {number} "
        f"WHEN {number} < -9999 THEN {number}::VARCHAR "
        f"WHEN {number} < 0 THEN '-' || {digits} ELSE {digits} END"
    )


def _zone(text: str) -> str:
    zone = extract(text, "(Z|[+-][0-9:]+)( BC)?$")
    digits = f"rpad(replace(substr({zone}, 2, 5), ':', ''), 4, '0')"
    return (
        f"CASE WHEN {zone} = 'Z' OR {digits} = '0000' THEN 'Z' "
        f"ELSE left({zone}, 1) || left({digits}, 2) || ':' "
        f"|| substr({digits}, 3) END"
    )
