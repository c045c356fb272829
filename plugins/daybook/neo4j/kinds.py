r"""Which Neo4j type a column's values have, and how they travel. Pure.

A value leaves the lake as text, is turned by DuckDB into what Bolt
carries (`parameter`), by Cypher into what is stored (`in_cypher`), and
comes back (`out_of_cypher`) equal to what was sent. The kind is chosen
per column, never per value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    raise NotImplementedError


def duckdb_type(kind: Kind) -> str:
    """Return the DuckDB type of what `parameter` gives."""
    raise NotImplementedError


def parameter(kind: Kind, column: str) -> str:
    """Return DuckDB SQL that gives what is sent over Bolt.

    `column` is SQL of type VARCHAR, the lake's text. NULL gives NULL;
    so does, or may, a value that is not `representable`.
    """
    raise NotImplementedError


def representable(kind: Kind, column: str) -> str | None:
    """Return the DuckDB condition under which Neo4j can hold a value.

    It is true or false, never NULL, and true for NULL. None where
    every text can be held.
    """
    raise NotImplementedError


def fits_list(column: str) -> str:
    """Return the DuckDB condition under which an array can be a list.

    A list has one dimension, starts at 1 and has no NULL. It is true
    or false, never NULL, and true for NULL.
    """
    raise NotImplementedError


def in_cypher(kind: Kind, expression: str) -> str:
    """Return Cypher that makes the stored value of what was sent."""
    raise NotImplementedError


def out_of_cypher(kind: Kind, expression: str) -> str:
    """Return Cypher that makes of a stored value what was sent."""
    raise NotImplementedError
