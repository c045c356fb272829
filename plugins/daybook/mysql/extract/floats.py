"""Floats as PostgreSQL writes them: the fewest digits that say which. Pure.

PostgreSQL takes no text that lies exactly between two floats, though most
would read it as the right one; Python does. So 1e23 is
`9.999999999999999e+22` there (`acceptBounds` in its `d2s.c`).
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction

_SMALLEST_NORMAL = 2.0**-126
_WHOLE = 2.0**24
"""From here on what lies between two 32-bit floats is a whole number,
and can have fewer digits than they."""

_MOST_DIGITS = 17


def shortest_double(value: float) -> str:
    """Return the fewest digits that mean this 64-bit float only."""
    text = repr(value)
    if _is_between(text, value, *_doubles_beside(value)):
        return text
    least = sum(map(str.isdigit, text.partition("e")[0]))
    return next(
        text
        for digits in range(least, _MOST_DIGITS + 1)
        if _is_between(
            text := f"{value:.{digits}g}", value, *_doubles_beside(value)
        )
    )


def shortest_single(value: float) -> str:
    """Return the fewest digits that mean this 32-bit float only."""
    least = 6 if abs(value) >= _SMALLEST_NORMAL else 1
    return next(
        text
        for digits in range(least, 10)
        if _as_single(text := f"{value:.{digits}g}") == value
        and (
            abs(value) < _WHOLE
            or _is_between(text, value, *_singles_beside(value))
        )
    )


def _is_between(text: str, value: float, below: float, above: float) -> bool:
    """Whether `text` is nearer to `value` than to the floats beside it."""
    off = Fraction(text) - Fraction(value)
    beside = above if off > 0 else below
    return 2 * abs(off) < abs(Fraction(beside) - Fraction(value))


def _doubles_beside(value: float) -> tuple[float, float]:
    below = math.nextafter(value, -math.inf)
    above = math.nextafter(value, math.inf)
    return _finite(value, below, above)


def _singles_beside(value: float) -> tuple[float, float]:
    (bits,) = struct.unpack("i", struct.pack("f", abs(value)))
    smaller, larger = (
        struct.unpack("f", struct.pack("i", bits + step))[0]
        for step in (-1, 1)
    )
    if value > 0:
        return _finite(value, smaller, larger)
    return _finite(value, -larger, -smaller)


def _finite(value: float, below: float, above: float) -> tuple[float, float]:
    """Return the neighbours; beside the largest is as much as before it."""
    if math.isinf(above):
        above = below
    if math.isinf(below):
        below = above
    return below, above


def _as_single(text: str) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", float(text)))[0])
    except OverflowError:
        return float("inf")
