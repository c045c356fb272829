"""The type of a result's column, as MySQL's protocol tells it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pymysql.constants import FIELD_TYPE, FLAG

from daybook.mysql.extract.landing import Kind

_BINARY_CHARSET = 63
_BYTES_PER_CHAR = 4
_NO_SCALE = 31
_MAX_FRACTION = 6
_NAMES: Mapping[int, str] = {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.DECIMAL: "decimal",
    FIELD_TYPE.NEWDECIMAL: "decimal",
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.YEAR: "year",
    FIELD_TYPE.BIT: "bit",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.GEOMETRY: "geometry",
    FIELD_TYPE.NULL: "text",
}
_SHORT_TEXTS = frozenset(
    {FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING}
)
_LONG_TEXTS = frozenset(
    {
        FIELD_TYPE.TINY_BLOB,
        FIELD_TYPE.MEDIUM_BLOB,
        FIELD_TYPE.LONG_BLOB,
        FIELD_TYPE.BLOB,
    }
)


class Column(Protocol):
    """What PyMySQL keeps of a column."""

    type_code: int
    charsetnr: int
    flags: int
    length: int
    scale: int


def kind_of(column: Column) -> Kind:
    """Return the column's type; one that is not known has a number."""
    code = column.type_code
    if code in _SHORT_TEXTS | _LONG_TEXTS:
        return _text(column)
    unsigned = bool(column.flags & FLAG.UNSIGNED)
    scale = -1 if column.scale >= _NO_SCALE else column.scale
    name = _NAMES.get(code, f"type {code}")
    return Kind(
        name=name,
        full=name,
        digits=_digits(column, scale, unsigned=unsigned),
        scale=scale,
        fraction=scale if 0 < scale <= _MAX_FRACTION else 0,
        unsigned=unsigned,
        zerofill=bool(column.flags & FLAG.ZEROFILL),
    )


def _digits(column: Column, scale: int, *, unsigned: bool) -> int:
    """Return a decimal's digits, a bit's bits: no point and no sign."""
    if column.type_code == FIELD_TYPE.BIT:
        return column.length
    return column.length - (scale > 0) - (not unsigned)


def _text(column: Column) -> Kind:
    if not column.length:  # a bare NULL, or ''
        return Kind("text", "text")
    is_short = column.type_code in _SHORT_TEXTS
    if column.charsetnr == _BINARY_CHARSET:
        return Kind("varbinary" if is_short else "blob", "binary")
    if column.flags & (FLAG.ENUM | FLAG.SET):
        return Kind("enum", "enum")
    if not is_short:
        return Kind("text", "text")
    chars = column.length // _BYTES_PER_CHAR
    return Kind("varchar", f"varchar({chars})", chars=chars)
