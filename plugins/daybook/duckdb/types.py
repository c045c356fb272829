"""A type of DuckDB: its tree, and the PostgreSQL type it lands as. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_NESTED = frozenset({"struct", "tuple", "map", "union"})
_LISTS = frozenset({"list", "array"})
_JSON = "json"
_SQL_TYPES: Mapping[str, str] = {
    "boolean": "boolean",
    "tinyint": "smallint",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "hugeint": "numeric(39,0)",
    "utinyint": "smallint",
    "usmallint": "integer",
    "uinteger": "bigint",
    "ubigint": "numeric(20,0)",
    "uhugeint": "numeric(39,0)",
    "bignum": "numeric",
    "float": "real",
    "double": "double precision",
    "varchar": "text",
    "enum": "text",
    "null": "text",
    "blob": "bytea",
    "bit": "bit varying",
    "date": "date",
    "time": "time without time zone",
    "time_ns": "time without time zone",
    "time with time zone": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamp_s": "timestamp(0) without time zone",
    "timestamp_ms": "timestamp(3) without time zone",
    "timestamp_ns": "timestamp without time zone",
    "timestamp with time zone": "timestamp with time zone",
    "timestamptz_ns": "timestamp with time zone",
    "interval": "interval",
    "uuid": "uuid",
    _JSON: "json",
}
_SAME_TEXT = frozenset({"float", "double", "interval", "time with time zone"})
"""Types of which two values may be equal, but not their texts."""


@dataclass(frozen=True, slots=True)
class DuckType:
    """A type, with those it is made of.

    Attributes:
        kind: DuckDB's name for it without parameters, `list`, `struct`,
            `decimal`; `json` for JSON, which DuckDB calls a VARCHAR.
        name: As DuckDB writes it in full, for example `DECIMAL(8,2)`.
        parts: Element of a list, fields of a struct, key and value of a
            map, members of a union, each with its name.
    """

    kind: str
    name: str
    parts: tuple[tuple[str, DuckType], ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether it is a list or an array of one length."""
        return self.kind in _LISTS

    @property
    def is_array(self) -> bool:
        """Whether it lands as an array: a list of what is no container."""
        return self.is_list and self.parts[0][1].is_scalar

    @property
    def is_scalar(self) -> bool:
        """Whether it is no container."""
        return self.kind not in _NESTED | _LISTS

    @property
    def is_fraction(self) -> bool:
        """Whether it is a DECIMAL without digits before the point."""
        digits = self.name.removeprefix("DECIMAL").strip("()").split(",")
        return self.kind == "decimal" and digits[0] == digits[-1]

    @property
    def is_ordered(self) -> bool:
        """Whether equal values have equal texts, so that it sorts them."""
        return self.is_scalar and self.kind not in _SAME_TEXT

    def holds(self, kind: str) -> bool:
        """Return whether it is of this kind, or a part of it is."""
        return self.kind == kind or any(
            part.holds(kind) for _, part in self.parts
        )


def from_duckdb(found: DuckDBPyType) -> DuckType:
    """Return the tree of a type that DuckDB described."""
    kind, name = str(found.id), str(found)
    if name == "JSON":
        return DuckType(_JSON, name)
    if kind not in _NESTED | _LISTS:
        return DuckType(kind, name)
    parts = [
        (str(label), from_duckdb(part))
        for label, part in found.children
        if not isinstance(part, int | list)
    ]
    # The first member of a union is its tag.
    return DuckType(kind, name, tuple(parts[kind == "union" :]))


def sql_type(of: DuckType) -> str:
    """Return the type it lands as; `""` if there is none.

    What holds other values lands as jsonb, and as json where JSON texts
    are among them: their spelling is kept.
    """
    if of.kind == "decimal":
        return f"numeric{of.name.removeprefix('DECIMAL')}"
    if of.is_scalar:
        return _SQL_TYPES.get(of.kind, "")
    if not all(sql_type(part) for _, part in of.parts):
        return ""
    if of.is_array:
        return f"{sql_type(of.parts[0][1])}[]"
    return "json" if of.holds(_JSON) else "jsonb"


def source_type(of: DuckType) -> str:
    """Return DuckDB's name where `sql_type` says less than it, else `""`."""
    plain = of.is_scalar and of.kind != "enum"
    return "" if plain else of.name
