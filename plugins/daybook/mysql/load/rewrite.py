"""DuckDB SQL that rewrites a file of the lake for LOAD DATA. Pure.

NULL becomes the word NULL, every other value stands in quotes; dates and
the like become MySQL's. A value that MySQL would take for another one is
an error that `refused` reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daybook.mysql.load.types import Form, form
from daybook.table import Table

_MARK = "daybook refuses"
_BETWEEN = "\x1f"
_SHOWN_CHARS = 200
# MySQL would take 0000-00-00 and 2024-00-01.
_YEAR = r"(\d{3}[1-9]|\d\d[1-9]\d|\d[1-9]\d\d|[1-9]\d{3})"
_DATE = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"\d\d:\d\d:\d\d(\.\d{1,6})?"
_STAMP = f"{_DATE}[ T]{_CLOCK}"
_UTC = rf"{_STAMP}(\+00(:?00)?|Z)"
_ZONE_AT_END = r"(\+00(:?00)?|Z)$"


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that cannot be loaded.

    Attributes:
        column: The column's name.
        value: The value, cut.
        key: The row's key as text, `""` for a table without one.
    """

    column: str
    value: str
    key: str


def copy(table: Table, scan: str, path: str) -> str:
    """Return the statement that writes the rewritten file to `path`."""
    values = ", ".join(
        _value(table, number) for number in range(len(table.columns))
    )
    place = path.replace("'", "''")
    return (
        f"COPY (SELECT {values} FROM {scan}) TO '{place}' "  # noqa: S608
        "(FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', "
        "FORCE_QUOTE *, NULLSTR 'NULL')"
    )


def longest(scan: str, places: Sequence[tuple[int, bool]]) -> str:
    """Return the query for the longest values of some columns.

    Each is given with whether it holds bytes, which count half: they are
    written in hexadecimal.
    """
    lengths = ", ".join(
        f"max(length(c{at})){' // 2' if is_bytes else ''}"
        for at, is_bytes in places
    )
    return f"SELECT {lengths} FROM {scan}"  # noqa: S608 - positions only


def row(table: Table, scan: str, number: int) -> str:
    """Return the query for the values of a row, the first being 1."""
    names = ", ".join(
        f"left(c{at}, {_SHOWN_CHARS})" for at in range(len(table.columns))
    )
    return (
        f"SELECT {names} FROM {scan} "  # noqa: S608 - positions only
        f"LIMIT 1 OFFSET {number - 1}"
    )


def count(scan: str) -> str:
    """Return the query for the number of rows."""
    return f"SELECT count(*) FROM {scan}"  # noqa: S608 - positions only


def refused(table: Table, message: str) -> Refused | None:
    """Return what an error of DuckDB says if it is one of ours."""
    _, at, text = message.partition(_MARK)
    if not at:
        return None
    _, number, value, *key = text.split(_BETWEEN)
    return Refused(
        table.columns[int(number)].name, value, ", ".join(key).strip()
    )


def _value(table: Table, number: int) -> str:
    """Return SQL for a column's value as MySQL is to read it."""
    c = f"c{number}"
    match form(table.columns[number].sql_type):
        case Form.BOOLEAN:
            return (
                f"CASE {c} WHEN 't' THEN '1' WHEN 'f' THEN '0' "
                f"WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {c} END"
            )
        case Form.BYTES:
            pattern = r"\\x([0-9a-fA-F]{2})*"
            return _checked(table, number, pattern, f"substr({c}, 3)")
        case Form.DATE:
            return _checked(table, number, _DATE, c)
        case Form.TIME:
            return _checked(table, number, _CLOCK, c)
        case Form.TIMESTAMP:
            return _checked(table, number, _STAMP, c)
        case Form.MOMENT:
            utc = f"regexp_replace({c}, '{_ZONE_AT_END}', '')"
            return _checked(table, number, _UTC, utc, _in_utc(c))
    return c


def _checked(
    table: Table, number: int, pattern: str, value: str, other: str = "NULL"
) -> str:
    """Return SQL for `value` where the column's text matches `pattern`.

    `other` is what else it can be; if that is NULL too, it is an error.
    """
    c = f"c{number}"
    return (
        f"CASE WHEN {c} IS NULL THEN NULL "
        f"WHEN regexp_full_match({c}, '{pattern}') THEN {value} "
        f"ELSE coalesce({other}, {_error(table, number)}) END"
    )


def _in_utc(c: str) -> str:
    """Return SQL for a moment in any zone, NULL if MySQL cannot hold it."""
    moment = f"TRY_CAST({c} AS TIMESTAMPTZ)"
    return (
        f"CASE WHEN isfinite({moment}) AND {moment} BETWEEN "
        "TIMESTAMPTZ '0001-01-01 00:00:00+00' AND "
        "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00' "
        f"AND NOT ends_with({c}, 'BC') THEN "
        f"CAST(make_timestamp(epoch_us({moment})) AS VARCHAR) END"
    )


def _error(table: Table, number: int) -> str:
    names = list(table.column_names)
    shown = [f"left(c{number}, {_SHOWN_CHARS})"]
    shown += [
        f"coalesce(left(c{names.index(name)}, {_SHOWN_CHARS}), 'NULL')"
        for name in table.primary_key
    ]
    parts = ", ".join([f"'{_MARK}'", f"'{number}'", *shown])
    return f"error(concat_ws(chr({ord(_BETWEEN)}), {parts}))"
