"""One table over several days: which columns and types it then has. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daybook.day import Day
from daybook.duck.types import duckdb_type
from daybook.errors import InputError, cut
from daybook.table import Column, Table

_INTEGERS = ("smallint", "integer", "bigint")
_DIGITS: Mapping[str, tuple[int, int]] = {
    "smallint": (5, 0),
    "integer": (10, 0),
    "bigint": (19, 0),
}
_FLOATS = ("real", "double precision")
_NUMERIC = re.compile(r"numeric\((\d+)(?:,(\d+))?\)")
_MAX_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Version:
    """A table as it was on a day.

    Attributes:
        day: The day.
        table: Its definition then.
    """

    day: Day
    table: Table


def columns_over(
    source: str, versions: Sequence[Version]
) -> tuple[Column, ...]:
    """Return the columns of a table over all its versions, by name.

    The newest version's come first, in its order, then those it has no
    more. A type is one that holds the values of all days: the larger
    number, or text where text is among them.

    Raises:
        InputError: A column has types that nothing but text could hold.
    """
    types: dict[str, tuple[str, Day]] = {}
    for version in reversed(versions):
        for column in version.table.columns:
            name, sql_type = column.name, column.sql_type
            known, since = types.get(name, (sql_type, version.day))
            both = common_type(known, sql_type)
            if not both:
                raise _differing(
                    source, version, name, (sql_type, known), since
                )
            types[name] = (both, since)
    return tuple(Column(name, found) for name, (found, _) in types.items())


def common_type(one: str, other: str) -> str:
    """Return the type that holds the values of both; `""` if none does."""
    if one == other:
        return one
    if duckdb_type(one) == duckdb_type(other) == "VARCHAR":
        return "text"
    for ladder in (_INTEGERS, _FLOATS):
        if one in ladder and other in ladder:
            return max(one, other, key=ladder.index)
    if _is_text(one) or _is_text(other):
        return "text"
    return _common_numeric(one, other)


def _is_text(sql_type: str) -> bool:
    return sql_type == "text" or sql_type.startswith("character")


def _common_numeric(one: str, other: str) -> str:
    left, right = _digits(one), _digits(other)
    if not left or not right:
        same = duckdb_type(one) == duckdb_type(other)
        return one if same else ""
    scale = max(left[1], right[1])
    digits = max(left[0] - left[1], right[0] - right[1]) + scale
    return f"numeric({digits},{scale})" if digits <= _MAX_DIGITS else ""


def _digits(sql_type: str) -> tuple[int, int] | None:
    numeric = _NUMERIC.fullmatch(sql_type)
    if numeric:
        return int(numeric[1]), int(numeric[2] or 0)
    return _DIGITS.get(sql_type)


def _differing(
    source: str,
    version: Version,
    name: str,
    types: tuple[str, str],
    since: Day,
) -> InputError:
    older, newer = types
    where = version.table.name
    return InputError(
        f"{source}: the column {cut(name)} of {cut(where)} is {older} on "
        f"{version.day}, but {newer} on {since}: no type holds both.",
        f"Read the days up to {version.day} and those since apart (the "
        f"source {source} instead of {source}_all), or remove the older "
        f"ones: daybook prune.",
    )
