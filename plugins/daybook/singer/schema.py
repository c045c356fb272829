"""Table <-> the JSON Schema of a Singer SCHEMA message. Pure.

Beside the usual keywords a property carries `x-sql-datatype` (the type
it lands as), where that is only its base, `x-source-datatype` and, where it
says something about a person, `x-personal`; the root carries `x-table`,
`x-foreign-keys`, of a table of which a day holds a part only `x-window`
and, where a day of the lake is read, `x-source`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daybook.day import Day
from daybook.errors import InputError, cut
from daybook.personal import (
    Personal,
    personal_from_json,
    personal_to_json,
)
from daybook.table import (
    Column,
    Table,
    foreign_key_from_json,
    foreign_key_to_json,
    split_stream_name,
)
from daybook.table import base_type as base_type
from daybook.window import Window, window_from_json, window_to_json

_JSON_TYPES: Mapping[str, Mapping[str, str]] = {
    "smallint": {"type": "integer"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer"},
    "numeric": {"type": "number"},
    "real": {"type": "number"},
    "double precision": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time without time zone": {"type": "string", "format": "time"},
    "timestamp without time zone": {"type": "string", "format": "date-time"},
    "timestamp with time zone": {"type": "string", "format": "date-time"},
}
"""JSON Schema per SQL type without modifiers; any other is a string."""

_SQL_FORMATS: Mapping[str, str] = {
    "date-time": "timestamp with time zone",
    "date": "date",
    "time": "time without time zone",
    "uuid": "uuid",
}
_SQL_TYPES: Mapping[str, str] = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "object": "jsonb",
    "array": "jsonb",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """The lake day that a stream was read from.

    Attributes:
        source: The source's name.
        day: The day.
        earlier: Of a table with a window: earlier published days that
            hold such a part too, oldest first; not all if they are many.
    """

    source: str
    day: Day
    earlier: tuple[Day, ...] = ()


def to_singer(table: Table, origin: Origin | None = None) -> dict[str, Any]:
    """Return the JSON Schema of the table's rows."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            column.name: _to_property(column) for column in table.columns
        },
        "x-table": {"schema": table.schema, "name": table.name},
    }
    if table.foreign_keys:
        schema["x-foreign-keys"] = [
            foreign_key_to_json(key) for key in table.foreign_keys
        ]
    if table.window:
        schema["x-window"] = window_to_json(table.window)
    if origin:
        schema["x-source"] = {
            "source": origin.source,
            "day": str(origin.day),
        }
        if origin.earlier:
            schema["x-source"]["earlier"] = list(map(str, origin.earlier))
    return schema


def from_singer(
    stream: str,
    schema: Mapping[str, Any],
    key_properties: Sequence[str] | None,
) -> Table:
    """Return the table that a SCHEMA message of any tap describes.

    Without our keywords the schema and name come from the stream's name
    and the types from `type` and `format`.

    Raises:
        InputError: The schema is no table's.
    """
    keys = tuple(key_properties or ())
    properties = _properties(stream, schema, keys)
    place = schema.get("x-table")
    parts = (
        (place["schema"], place["name"])
        if place
        else split_stream_name(stream)
    )
    return Table(
        schema=parts[0],
        name=parts[1],
        columns=tuple(
            _from_property(name, definition, key=name in keys)
            for name, definition in properties.items()
        ),
        primary_key=keys,
        foreign_keys=tuple(
            foreign_key_from_json(key)
            for key in schema.get("x-foreign-keys", ())
        ),
        window=_window(stream, schema.get("x-window")),
    )


def _window(stream: str, body: Mapping[str, Any] | None) -> Window | None:
    if not body:
        return None
    try:
        return window_from_json(body)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{cut(stream)}: the stream's `x-window` is malformed: "
            f"{cut(error)}. Nothing was changed.",
            "Use tap and target of the same Daybook version.",
        ) from error


def _properties(
    stream: str, schema: Mapping[str, Any], keys: Sequence[str]
) -> Mapping[str, Any]:
    """Return the columns' definitions, having looked at their form."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        problem = "has no `properties`"
    elif odd := [n for n, d in properties.items() if not isinstance(d, dict)]:
        problem = f"says of the property {cut(odd[0])} nothing that is a type"
    elif lost := [name for name in keys if name not in properties]:
        problem = f"lacks the key property {cut(lost[0])}"
    else:
        return properties
    raise InputError(
        f"{cut(stream)}: the stream's schema {problem}. Nothing was changed.",
        "The tap is at fault; mend its schema (in Meltano: the extractor's "
        "`schema` extra), or leave the stream out.",
    )


def json_properties(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the properties whose values are JSON, to be written as text.

    Our own taps send json and jsonb as the text that the source holds,
    to the byte; other taps send the value itself.
    """
    return frozenset(
        name
        for name, definition in schema["properties"].items()
        if "x-sql-datatype" not in definition
        and _sql_type(definition, _kinds(definition)) == "jsonb"
    )


def origin_of(schema: Mapping[str, Any]) -> Origin | None:
    """Return the lake day that `x-source` names, if there is one."""
    source = schema.get("x-source")
    if not source:
        return None
    return Origin(
        source["source"],
        Day.parse(source["day"], variable="day"),
        tuple(map(Day.parse, source.get("earlier", ()))),
    )


def _to_property(column: Column) -> dict[str, Any]:
    definition: dict[str, Any] = dict(
        _JSON_TYPES.get(base_type(column.sql_type), {"type": "string"})
    )
    if column.nullable:
        definition["type"] = [definition["type"], "null"]
    definition["x-sql-datatype"] = column.sql_type
    if column.source_type:
        definition["x-source-datatype"] = column.source_type
    if column.personal:
        definition["x-personal"] = personal_to_json(column.personal)
    return definition


def _from_property(
    name: str, definition: Mapping[str, Any], *, key: bool
) -> Column:
    kinds = _kinds(definition)
    return Column(
        name=name,
        sql_type=definition.get("x-sql-datatype")
        or _sql_type(definition, kinds),
        nullable=not key and ("null" in kinds or not kinds),
        source_type=definition.get("x-source-datatype", ""),
        personal=_personal(name, definition.get("x-personal")),
    )


def _personal(name: str, body: object) -> Personal | None:
    if not body:
        return None
    try:
        return personal_from_json(body)
    except ValueError as error:
        raise InputError(
            f"The property {cut(name)} has an `x-personal` that is none: "
            f"{error}. Nothing was changed.",
            "Use tap and target of the same Daybook version.",
        ) from error


def _kinds(definition: Mapping[str, Any]) -> tuple[str, ...]:
    if "type" in definition:
        kind = definition["type"]
        return (kind,) if isinstance(kind, str) else tuple(kind)
    branches = definition.get("anyOf") or definition.get("oneOf") or ()
    return tuple(kind for branch in branches for kind in _kinds(branch))


def _sql_type(definition: Mapping[str, Any], kinds: Sequence[str]) -> str:
    values = {kind for kind in kinds if kind != "null"}
    if values == {"integer", "number"}:
        return "numeric"
    if len(values) != 1:
        return "jsonb" if values & {"object", "array"} else "text"
    (kind,) = values
    if kind == "string":
        return _SQL_FORMATS.get(_format(definition), "text")
    return _SQL_TYPES.get(kind, "text")


def _format(definition: Mapping[str, Any]) -> str:
    if "format" in definition:
        return str(definition["format"])
    branches = definition.get("anyOf") or definition.get("oneOf") or ()
    return next((_format(b) for b in branches if _format(b)), "")
