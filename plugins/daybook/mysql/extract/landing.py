"""Which type a column of MySQL or MariaDB lands as. Pure.

The names are those of information_schema's DATA_TYPE. Every value of the
source has an exact one in the type it lands as, written as PostgreSQL
itself would write it; what has none, as a zero date, is never changed
without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXTS = frozenset(
    {
        "char", "varchar", "tinytext", "text", "mediumtext", "longtext",
        "enum", "set", "json", "uuid", "inet4", "inet6", "xmltype",
    }
)  # fmt: skip
BARE_TEXTS = frozenset({"uuid", "inet4", "inet6"})
"""Texts that never need quotes."""
BINARIES = frozenset(
    {
        "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
        "vector", "geometry", "point", "linestring", "polygon", "multipoint",
        "multilinestring", "multipolygon", "geometrycollection",
        "geomcollection",
    }
)  # fmt: skip
DATES = frozenset({"date", "datetime", "timestamp"})
INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
FLOATS = frozenset({"float", "double"})

_SIGNED: Mapping[str, str] = {
    "tinyint": "smallint",
    "smallint": "smallint",
    "mediumint": "integer",
    "int": "integer",
    "bigint": "bigint",
    "float": "real",
    "double": "double precision",
    "date": "date",
    "time": "interval",
    "year": "smallint",
    "json": "json",
    "uuid": "uuid",
}
_UNSIGNED: Mapping[str, str] = {
    "tinyint": "smallint",
    "smallint": "integer",
    "mediumint": "integer",
    "int": "bigint",
    "bigint": "numeric(20,0)",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A column's type in the source.

    Attributes:
        name: The type without modifiers, in lower case.
        full: As the source spells it, for example `int(6) zerofill`.
        digits: Of a decimal, in all; of a bit, how many bits.
        scale: Of a decimal, digits after the point; of a float or
            double, -1 unless it is rounded to so many.
        fraction: Of a time or timestamp, digits of a second.
        chars: Of char and varchar, the longest in characters.
        charset: Of a text, `""` for others.
        unsigned: Whether a number has no sign.
        zerofill: Whether a number is shown with leading zeros.
    """

    name: str
    full: str = ""
    digits: int = 0
    scale: int = -1
    fraction: int = 0
    chars: int = 0
    charset: str = ""
    unsigned: bool = False
    zerofill: bool = False


def land(kind: Kind) -> str | None:
    """Return PostgreSQL's type for it; None for one that is not known."""
    if kind.unsigned and kind.name in _UNSIGNED:
        return _UNSIGNED[kind.name]
    if kind.name in _SIGNED:
        return _SIGNED[kind.name]
    if kind.name in BINARIES:
        return "bytea"
    return _with_modifiers(kind)


def _with_modifiers(kind: Kind) -> str | None:
    match kind.name:
        case "decimal":
            return f"numeric({kind.digits},{max(kind.scale, 0)})"
        case "bit":
            return f"bit({kind.digits})"
        case "datetime":
            return f"timestamp({kind.fraction}) without time zone"
        case "timestamp":
            return f"timestamp({kind.fraction}) with time zone"
        case "char" | "varchar" if kind.chars:
            return f"character varying({kind.chars})"
    # A varchar(0) is possible here, but not in PostgreSQL.
    return "text" if kind.name in TEXTS else None
