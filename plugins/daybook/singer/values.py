"""A value's PostgreSQL text -> the JSON value of a RECORD message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from daybook.table import base_type

_TRUE = frozenset({"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"})
_FALSE = frozenset(
    {"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"}
)


def json_reader(sql_type: str) -> Callable[[str], Any]:
    """Return the function that reads the text of a type's values.

    Integers become int, other numbers Decimal (digits and scale are
    kept), booleans bool; all else stays text, as the JSON Schema of
    `singer.schema` says. The function raises `ValueError` for what JSON
    cannot say: NaN and the infinities.
    """
    return _READERS.get(base_type(sql_type), str)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    # A JSON reader takes -0 for the integer 0 and drops the sign.
    return Decimal("-0.0") if text == "-0" else number


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


_READERS: Mapping[str, Callable[[str], Any]] = {
    "smallint": int,
    "integer": int,
    "bigint": int,
    "numeric": _number,
    "real": _number,
    "double precision": _number,
    "boolean": _boolean,
}
