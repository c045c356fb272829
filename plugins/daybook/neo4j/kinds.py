r"""Which Neo4j type a column's values have, and how they travel. Pure.

A value leaves the lake as text, is turned by DuckDB into what Bolt
carries (`parameter`), by Cypher into what is stored (`in_cypher`), and
comes back (`out_of_cypher`) equal to what was sent. The kind is chosen
per column, never per value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from daybook.neo4j import arrays, durations, scalars, temporals
from daybook.neo4j.duck_sql import matches
from daybook.table import base_type


class Base(StrEnum):
    """The type of a value, or of an array's elements."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    LOCAL_TIME = "local time"
    TIME = "time"
    LOCAL_DATETIME = "local datetime"
    DATETIME = "datetime"
    DURATION = "duration"
    STRING = "string"
    BYTES = "bytes"


class Form(StrEnum):
    """Whether a column holds values or arrays of them."""

    VALUE = "value"
    LIST = "list"
    """PostgreSQL arrays, stored as lists."""
    JSON = "json"
    """PostgreSQL arrays that no list can hold, stored as JSON text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column's values become; `str(kind)` is stable.

    Attributes:
        base: The type of a value, or of an array's elements.
        form: Value, list, or an array as JSON text.
        separator: Between an array's elements in PostgreSQL's text.
    """

    base: Base
    form: Form = Form.VALUE
    separator: str = ","

    def __str__(self) -> str:
        """Return for example `date` or `date list`."""
        if self.form is Form.VALUE:
            return str(self.base)
        return f"{self.base} {self.form}"

    @property
    def as_json(self) -> Kind:
        """The kind of an array column of which a value is no list."""
        return Kind(self.base, Form.JSON, self.separator)

    @property
    def as_text(self) -> Kind:
        """The kind that holds every value, as the lake's text."""
        return Kind(Base.STRING, self.form, self.separator)


def kind_of(sql_type: str) -> Kind:
    """Return the kind of a column of a type, in PostgreSQL's spelling.

    An array is a list; whoever has seen a value that `fits_list`
    refuses takes `as_json` instead.
    """
    if not sql_type.endswith("[]"):
        return Kind(_base_of(sql_type))
    base = _base_of(sql_type.removesuffix("[]"))
    if base is Base.BYTES:
        base = Base.STRING  # a property is no list of byte arrays
    return Kind(base, Form.LIST, ";" if sql_type == "box[]" else ",")


def kind_named(text: str) -> Kind:
    """Return the kind that `str(kind)` wrote, but for its separator."""
    for form in (Form.LIST, Form.JSON):
        if text.endswith(f" {form}"):
            return Kind(Base(text.removesuffix(f" {form}")), form)
    return Kind(Base(text))


def duckdb_type(kind: Kind) -> str:
    """Return the DuckDB type of what `parameter` gives."""
    plain = _DUCKDB_TYPES.get(kind.base, "VARCHAR")
    match kind.form:
        case Form.VALUE:
            return plain
        case Form.LIST:
            return f"{plain}[]"
        case Form.JSON:
            return "VARCHAR"


def parameter(kind: Kind, column: str) -> str:
    """Return DuckDB SQL that gives what is sent over Bolt.

    `column` is SQL of type VARCHAR, the lake's text. NULL gives NULL;
    a value that is not `representable` gives NULL or anything.
    """
    to_value = _TO_VALUE[kind.base]
    match kind.form:
        case Form.VALUE:
            return f"({to_value(column)})"
        case Form.LIST:
            found = arrays.elements(column, kind.separator)
            return f"list_transform({found}, lambda e: {to_value('e')})"
        case Form.JSON:
            element = _to_json(kind.base, "e")
            return arrays.json_text(column, kind.separator, element, "e")


def representable(kind: Kind, column: str) -> str | None:
    """Return the DuckDB condition under which Neo4j can hold a value.

    It is true or false, never NULL, and true for NULL. None where
    every text can be held.
    """
    fits = _FITS.get(kind.base)
    if fits is None or kind.form is Form.JSON:
        return None
    if kind.form is Form.VALUE:
        return f"({column} IS NULL OR ({fits(column)}))"
    found = arrays.elements(column, kind.separator)
    others = f"list_filter({found}, lambda e: NOT ({fits('e')}))"
    return f"coalesce(len({others}) = 0, true)"


def fits_list(column: str) -> str:
    """Return the DuckDB condition under which an array can be a list.

    A list has one dimension, starts at 1 and has no NULL. It is true
    or false, never NULL, and true for NULL.
    """
    return arrays.fits_list(column)


def fits_key(parts: Iterable[tuple[Kind, str]]) -> str:
    """Return the DuckDB condition under which a key can be indexed.

    `parts` are a key's kinds and columns. Its text has at most about
    8,160 bytes, and NaN is equal to nothing, itself included. It is
    true or false, never NULL; a NULL counts for nothing.
    """
    parts = list(parts)
    sizes = " + ".join(_index_bytes(kind, column) for kind, column in parts)
    numbers = [column for kind, column in parts if kind.base is Base.FLOAT]
    never = [f"coalesce(lower({name}) <> 'nan', true)" for name in numbers]
    return " AND ".join([f"({sizes} <= {_MAX_INDEX_BYTES})", *never])


def in_cypher(kind: Kind, expression: str) -> str:
    """Return Cypher that makes the stored value of what was sent."""
    return _each(kind, _CONSTRUCTORS.get(kind.base), expression)


def out_of_cypher(kind: Kind, expression: str) -> str:
    """Return Cypher that makes of a stored value what was sent."""
    function = "toString" if kind.base in _CONSTRUCTORS else None
    return _each(kind, function, expression)


def _each(kind: Kind, function: str | None, expression: str) -> str:
    """Return Cypher that applies a function to a value or its elements."""
    if function is None or kind.form is Form.JSON:
        return expression
    if kind.form is Form.VALUE:
        return f"{function}({expression})"
    return f"[element IN {expression} | {function}(element)]"


def _base_of(sql_type: str) -> Base:
    plain = base_type(sql_type)
    if plain == "numeric":
        return _base_of_numeric(sql_type)
    if plain.startswith("interval"):  # `interval day to second`
        return Base.DURATION
    return _BASES.get(plain, Base.STRING)


def _base_of_numeric(sql_type: str) -> Base:
    """Return a float where it gives back every digit, else a string."""
    limits = re.fullmatch(r"numeric\((\d+)(?:,(-?\d+))?\)", sql_type)
    if limits is None or int(limits[1]) > _EXACT_DIGITS:
        return Base.STRING
    exact = abs(int(limits[2] or 0)) <= _MOST_SCALE
    return Base.FLOAT if exact else Base.STRING


def _index_bytes(kind: Kind, column: str) -> str:
    """Return SQL of about how much of an index's entry a value takes."""
    if kind.form is Form.LIST:
        return f"coalesce(strlen({column}) * {_ELEMENT_BYTES}, 0)"
    if kind.base in {Base.STRING, Base.BYTES} or kind.form is Form.JSON:
        return f"coalesce(strlen({column}) + {_TEXT_BYTES}, 0)"
    return str(_OTHER_BYTES)


def _to_json(base: Base, text: str) -> str:
    """Return SQL of an element as JSON, as array_to_json() writes it."""
    quoted = f"to_json({text})::VARCHAR"
    if base is Base.BOOLEAN:
        return f"({scalars.to_boolean(text)})::VARCHAR"
    if base in {Base.INTEGER, Base.FLOAT}:
        number = matches(text, scalars.JSON_NUMBER)
        return f"CASE WHEN {number} THEN {text} ELSE {quoted} END"
    return quoted


_MAX_INDEX_BYTES = 8_167
_TEXT_BYTES = 3
_ELEMENT_BYTES = 9
_OTHER_BYTES = 40

_EXACT_DIGITS = 15
"""A decimal of so many digits survives the way through a double."""
_MOST_SCALE = 200
_BASES: Mapping[str, Base] = {
    "smallint": Base.INTEGER,
    "integer": Base.INTEGER,
    "bigint": Base.INTEGER,
    "real": Base.FLOAT,
    "double precision": Base.FLOAT,
    "boolean": Base.BOOLEAN,
    "date": Base.DATE,
    "time without time zone": Base.LOCAL_TIME,
    "time with time zone": Base.TIME,
    "timestamp without time zone": Base.LOCAL_DATETIME,
    "timestamp with time zone": Base.DATETIME,
    "bytea": Base.BYTES,
}
"""Per type without modifiers; any other is a string."""

_DUCKDB_TYPES: Mapping[Base, str] = {
    Base.INTEGER: "BIGINT",
    Base.FLOAT: "DOUBLE",
    Base.BOOLEAN: "BOOLEAN",
    Base.BYTES: "BLOB",
}
"""Any other is text: Bolt's own temporal values take 30 times longer."""

_CONSTRUCTORS: Mapping[Base, str] = {
    Base.DATE: "date",
    Base.LOCAL_TIME: "localtime",
    Base.TIME: "time",
    Base.LOCAL_DATETIME: "localdatetime",
    Base.DATETIME: "datetime",
    Base.DURATION: "duration",
}

_TO_VALUE: Mapping[Base, Callable[[str], str]] = {
    Base.INTEGER: "TRY_CAST({} AS BIGINT)".format,
    Base.FLOAT: "TRY_CAST({} AS DOUBLE)".format,
    Base.BOOLEAN: scalars.to_boolean,
    Base.DATE: temporals.date,
    Base.LOCAL_TIME: temporals.local_time,
    Base.TIME: temporals.time,
    Base.LOCAL_DATETIME: temporals.local_datetime,
    Base.DATETIME: temporals.datetime,
    Base.DURATION: durations.duration,
    Base.STRING: str,
    Base.BYTES: scalars.to_bytes,
}

_FITS: Mapping[Base, Callable[[str], str]] = {
    Base.INTEGER: scalars.fits_integer,
    Base.FLOAT: "TRY_CAST({} AS DOUBLE) IS NOT NULL".format,
    Base.BOOLEAN: scalars.fits_boolean,
    Base.DATE: temporals.fits_date,
    Base.LOCAL_TIME: temporals.fits_local_time,
    Base.TIME: temporals.fits_time,
    Base.LOCAL_DATETIME: temporals.fits_local_datetime,
    Base.DATETIME: temporals.fits_datetime,
    Base.DURATION: durations.fits_duration,
    Base.BYTES: scalars.fits_bytes,
}
