"""Which types can become which others without a loss. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daybook.relational import drift
from daybook.table import base_type

_INTEGERS = ("smallint", "integer", "bigint")
_LENGTHS = frozenset({"character varying", "bit varying"})
_PADDED = "character"
_FRACTIONS = ("timestamp ", "time ", "interval")
_MODIFIERS = re.compile(r"\(([0-9]+)(?:,(-?[0-9]+))?\)")


def compare(
    live: Mapping[str, str], wanted: Mapping[str, str], *, keep_missing: bool
) -> drift.Drift:
    """Return the difference between two maps of columns to types."""
    return drift.compare(
        live, wanted, keep_missing=keep_missing, widens=widens, holds=holds
    )


def widens(old: str, new: str) -> bool:
    """Return whether every value of `old` keeps its text in type `new`."""
    if old == new:
        return False
    if new == "text":
        return True
    before, after = base_type(old), base_type(new)
    if before in _INTEGERS:
        return _integer_widens(before, new)
    if before == after and before in _LENGTHS:
        return _length_grows(old, new)
    if before == after == "numeric":
        return _numeric_grows(old, new)
    return (old, new) == ("real", "double precision")


def holds(old: str, new: str) -> bool:
    """Return whether `new` is `old` with more places, and loses nothing.

    The text may change: 1.5 in numeric(4,2) reads 1.50.
    """
    kind = base_type(old)
    before, after = _modifiers(old), _modifiers(new)
    if old == new or kind != base_type(new) or before is None:
        return False
    if kind == "numeric" and after:
        return before[1] <= after[1] and (
            before[0] - before[1] <= after[0] - after[1]
        )
    if kind == _PADDED:
        return after is not None and before[0] < after[0]
    if kind.startswith(_FRACTIONS):
        return after is None or before[0] < after[0]
    return False


def _integer_widens(old: str, new: str) -> bool:
    if new in _INTEGERS:
        return _INTEGERS.index(old) < _INTEGERS.index(new)
    return new == "numeric"


def _length_grows(old: str, new: str) -> bool:
    before, after = _modifiers(old), _modifiers(new)
    if after is None:
        return True
    return before is not None and before[0] < after[0]


def _numeric_grows(old: str, new: str) -> bool:
    """The scale must stay: 1.5 in numeric(4,2) reads 1.50."""
    before, after = _modifiers(old), _modifiers(new)
    if after is None or before is None:
        return after is None
    return before[1] == after[1] and before[0] < after[0]


def _modifiers(sql_type: str) -> tuple[int, int] | None:
    match = _MODIFIERS.search(sql_type)
    return (int(match[1]), int(match[2] or 0)) if match else None
