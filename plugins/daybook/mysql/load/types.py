"""Which type a column gets in MySQL, and which may become which. Pure.

Types are spelled as information_schema does, without the display widths
that MariaDB adds. A text is compared by its code points, blanks at its end
included; one in another collation has that in its type's spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from daybook.table import base_type

TEXT = "longtext"
BYTES = "longblob"
MAX_KEY_CHARS = 768
"""The longest text in a key: 3072 bytes."""

_MAX_DIGITS, _MAX_SCALE = 65, 30
_VARCHAR_CHARS = 255
"""A longer `varchar` becomes `longtext`: a row has 65,535 bytes for them."""

_ROW_CHARS = 12_000
_KEY_SIZES = (32, 64, 128, 255, 512, MAX_KEY_CHARS)
"""A key's column grows in steps: a longer value seldom alters the table."""

_MODIFIERS = re.compile(r"\((\d+)(?:,\s*(-?\d+))?\)")
_WIDTH = re.compile(r"^(smallint|mediumint|int|bigint|tinyint)\((?!1\))\d+\)")
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_DIGITS = {"tinyint": 3, "smallint": 5, "mediumint": 8, "int": 10}
_FRACTIONS = frozenset({"datetime", "time"})
_LENGTHS = frozenset({"varchar", "varbinary"})
_AS_TEXT: Mapping[str, frozenset[str]] = {
    TEXT: frozenset({*_INTEGERS, "decimal", "char", "varchar"}),
    BYTES: frozenset({"varbinary"}),
}
"""Types whose values have the same text, or bytes, in these two."""

_SIMPLE: Mapping[str, str] = {
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    # A `float` is shown with six digits.
    "real": "double",
    "double precision": "double",
    "boolean": "tinyint(1)",
    "date": "date",
    "uuid": "char(36)",
    "bytea": BYTES,
}


class Form(Enum):
    """How a value's text becomes what MySQL reads."""

    PLAIN = auto()
    BOOLEAN = auto()
    BYTES = auto()
    DATE = auto()
    TIME = auto()
    TIMESTAMP = auto()
    MOMENT = auto()
    """A timestamp with time zone, written in UTC without one."""


_FORMS: Mapping[str, Form] = {
    "boolean": Form.BOOLEAN,
    "bytea": Form.BYTES,
    "date": Form.DATE,
    "time without time zone": Form.TIME,
    "timestamp without time zone": Form.TIMESTAMP,
    "timestamp with time zone": Form.MOMENT,
}


def form(sql_type: str) -> Form:
    """Return how values of a type of the lake are rewritten."""
    return _FORMS.get(base_type(sql_type), Form.PLAIN)


def mysql_type(sql_type: str) -> str:
    """Return the MySQL type that holds every ordinary value exactly.

    What MySQL has none for is text, just as the lake has it: `numeric`
    without limits, intervals, JSON, arrays and the like.
    """
    base, limits = base_type(sql_type), _limits(sql_type)
    if base in _SIMPLE:
        return _SIMPLE[base]
    match base:
        case "numeric" if limits and 0 <= limits[1] <= _MAX_SCALE:
            digits = max(limits)
            if digits <= _MAX_DIGITS:
                return f"decimal({digits},{limits[1]})"
        case "character varying" | "character" if limits:
            if limits[0] <= _VARCHAR_CHARS:
                return f"varchar({limits[0]})"
        case "time without time zone":
            return _with_fraction("time", limits)
        case "timestamp without time zone" | "timestamp with time zone":
            return _with_fraction("datetime", limits)
    return TEXT


def types_of(
    columns: Mapping[str, str],
    lengths: Mapping[str, int],
    key: Sequence[str] = (),
) -> dict[str, str]:
    """Return the types of a table's columns.

    `columns` are their types in the lake, `lengths` the longest value of
    those in a key, in characters or bytes, where that decides. `key` is
    the primary key, whose columns together take no more than one alone.
    """
    types = {name: mysql_type(text) for name, text in columns.items()}
    for name, length in lengths.items():
        types[name] = key_type(types[name], length)
    if sum(capacity(types[name]) for name in key) > MAX_KEY_CHARS:
        for name in lengths.keys() & {*key}:
            kind = _base(types[name])
            types[name] = f"{kind}({max(lengths[name], 1)})"
    total = sum(_chars(text) for text in types.values())
    if total <= _ROW_CHARS:
        return types
    return {
        name: TEXT
        if text.startswith("varchar") and name not in lengths
        else text
        for name, text in types.items()
    }


def is_sized(sql_type: str) -> bool:
    """Whether a column's type in a key depends on how long values are."""
    return mysql_type(sql_type) in {TEXT, BYTES}


def is_varying(sql_type: str) -> bool:
    """Whether a column in a key has a length of its own, or gets one."""
    return is_sized(sql_type) or bool(capacity(mysql_type(sql_type)))


def is_long(sql_types: Iterable[str]) -> bool:
    """Whether columns of these types may be too long for one key."""
    return sum(capacity(mysql_type(text)) for text in sql_types) > (
        MAX_KEY_CHARS
    )


def capacity(text: str) -> int:
    """Return how long values of a column that was in a key may be."""
    return _pair(text)[0] if _base(text) in _LENGTHS else 0


def key_type(text: str, length: int) -> str:
    """Return the type of a key's column whose values are that long."""
    if text not in {TEXT, BYTES}:
        return text
    kind = "varchar" if text == TEXT else "varbinary"
    size = next((size for size in _KEY_SIZES if size >= length), length)
    return f"{kind}({size})"


def normal(column_type: str, collation: str | None, exact: str) -> str:
    """Return a type as it stands in information_schema in our spelling.

    `exact` is the collation that texts are to have.
    """
    text = _WIDTH.sub(r"\1", column_type)
    if collation is None or collation == exact:
        return text
    return f"{text} collate {collation}"


def is_text(text: str) -> bool:
    """Whether a type, in our spelling, has a collation."""
    return text.startswith(("varchar", "char", TEXT))


def widens(old: str, new: str) -> bool:
    """Return whether every value of `old` keeps its text in type `new`."""
    plain, _, collation = old.partition(" collate ")
    if collation:
        return plain == new or widens(plain, new)
    if old == new or " " in old or " " in new:
        return False
    before, after = _base(old), _base(new)
    if before in _INTEGERS and after in _INTEGERS:
        return _INTEGERS.index(before) < _INTEGERS.index(after)
    if before == after == "decimal":
        return _pair(old)[1] == _pair(new)[1] and _pair(old) < _pair(new)
    if before == after and before in _LENGTHS:
        return _pair(old) < _pair(new)
    return before in _AS_TEXT.get(new, ()) and old != "tinyint(1)"


def holds(old: str, new: str) -> bool:
    """Return whether `new` loses nothing of `old`, whatever its text."""
    before, after = _base(old), _base(new)
    if old == new:
        return False
    if new == TEXT:
        return "blob" not in before and "binary" not in before
    if after == "decimal" and " " not in old:
        return _holds_number(old, new)
    return (
        before == after
        and before in _FRACTIONS
        and _pair(old)[0] < _pair(new)[0]
    )


def _holds_number(old: str, new: str) -> bool:
    digits, scale = _pair(new)
    if _base(old) in _DIGITS:
        return digits - scale >= _DIGITS[_base(old)]
    before, after = _pair(old)
    return (
        _base(old) == "decimal"
        and after <= scale
        and before - after <= digits - scale
    )


def _base(text: str) -> str:
    return text.partition("(")[0].partition(" ")[0]


def _pair(text: str) -> tuple[int, int]:
    return _limits(text) or (0, 0)


def _limits(text: str) -> tuple[int, int] | None:
    found = _MODIFIERS.search(text)
    return (int(found[1]), int(found[2] or 0)) if found else None


def _with_fraction(base: str, limits: tuple[int, int] | None) -> str:
    digits = limits[0] if limits else 6
    return f"{base}({digits})" if digits else base


def _chars(text: str) -> int:
    return _pair(text)[0] if text.startswith("varchar") else 0
