"""Table <-> Frictionless Table Schema. Pure.

The standard cannot say everything: a field's `daybook` key holds its SQL
type and what is personal, a resource's `daybook` key the foreign keys in
full. What the standard does say is such that a validator accepts every
day: types only where every value fits, `''` missing only where it cannot be
a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from daybook.personal import personal_from_json, personal_to_json
from daybook.table import (
    Column,
    ForeignKey,
    Table,
    base_type,
    foreign_key_from_json,
)

Place = tuple[str, str]
"""A table's schema and name."""

_FIELD_TYPES: Mapping[str, str] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "boolean": "boolean",
}
"""Field type per SQL type without modifiers; any other is a string."""

_SQL_TYPES: Mapping[str, str] = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "date": "date",
    "time": "time without time zone",
    "datetime": "timestamp with time zone",
    "year": "integer",
    "duration": "interval",
    "object": "jsonb",
    "array": "jsonb",
    "geojson": "jsonb",
}
"""SQL type per field type without a `daybook` key; any other is text."""

_INTEGERS = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying", "name"})
_SAME_TEXT = _INTEGERS | _TEXTS | {"boolean", "uuid", "date", "bytea"}
"""Types of which equal values have equal text, so that they can be
compared as text across two files."""


def to_table_schema(
    table: Table, package: Mapping[Place, Table]
) -> dict[str, Any]:
    """Return the table's Table Schema.

    `package` holds all tables that lie in the same package, this one
    included; foreign keys to others are left out here.
    """
    exact = _never_missing(table, package.values())
    schema: dict[str, Any] = {
        "fields": [
            _to_field(
                column,
                exact=column.name in exact,
                key=column.name in table.primary_key,
            )
            for column in table.columns
        ]
    }
    if table.primary_key:
        schema["primaryKey"] = list(table.primary_key)
    keys = [
        _to_key(key, table)
        for key in table.foreign_keys
        if _comparable(key, table, package) and _null_safe(key, table, exact)
    ]
    if keys:
        schema["foreignKeys"] = keys
    return schema


def from_table_schema(
    schema: Mapping[str, Any],
    place: Place,
    places: Mapping[str, Place],
    foreign_keys: Iterable[Mapping[str, Any]] = (),
) -> Table:
    """Return the table at `place` that a Table Schema describes.

    `places` maps each resource's name to its table, for the foreign
    keys inside the package; `foreign_keys` are those of the resource's
    `daybook` key, which come first and win.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: Malformed.
    """
    primary_key = _names(schema.get("primaryKey", ()))
    known = [foreign_key_from_json(key) for key in foreign_keys]
    known += [
        key
        for body in schema.get("foreignKeys", ())
        if (key := _from_key(body, place, places)) not in _unnamed(known)
    ]
    return Table(
        schema=place[0],
        name=place[1],
        columns=tuple(
            _from_field(field, key=field["name"] in primary_key)
            for field in schema["fields"]
        ),
        primary_key=primary_key,
        foreign_keys=tuple(known),
    )


def _to_field(column: Column, *, exact: bool, key: bool) -> dict[str, Any]:
    kind = _FIELD_TYPES.get(base_type(column.sql_type), "string")
    field: dict[str, Any] = {"name": column.name, "type": kind}
    if kind == "boolean":
        field |= {"trueValues": ["t"], "falseValues": ["f"]}
    if kind == "string" and exact:
        field["missingValues"] = []
    own: dict[str, Any] = {"type": column.sql_type}
    if column.nullable == key:  # what a reader would not guess
        own["nullable"] = column.nullable
    if column.source_type:
        own["sourceType"] = column.source_type
    if column.personal:
        own["personal"] = personal_to_json(column.personal)
    return field | {"daybook": own}


def _from_field(field: Mapping[str, Any], *, key: bool) -> Column:
    own = field.get("daybook", {})
    required = field.get("constraints", {}).get("required", False)
    said = own.get("personal")
    return Column(
        name=str(field["name"]),
        sql_type=str(own.get("type") or _sql_type(field)),
        nullable=bool(own.get("nullable", not (required or key))),
        source_type=str(own.get("sourceType", "")),
        personal=personal_from_json(said) if said else None,
    )


def _sql_type(field: Mapping[str, Any]) -> str:
    if field.get("format") == "uuid":
        return "uuid"
    return _SQL_TYPES.get(field.get("type", "string"), "text")


def _never_missing(table: Table, package: Iterable[Table]) -> frozenset[str]:
    """Return the columns in which `''` is a value, or may be referred to."""
    referred = {
        name
        for other in package
        for key in other.foreign_keys
        if (key.schema, key.table) == (table.schema, table.name)
        and not key.source
        for name in key.references
    }
    required = {c.name for c in table.columns if not c.nullable}
    return frozenset(referred | required | set(table.primary_key))


def _comparable(
    key: ForeignKey, table: Table, package: Mapping[Place, Table]
) -> bool:
    """Whether both sides are in the package and compare as they read."""
    other = package.get((key.schema, key.table))
    if key.source or other is None or other.window:
        return False
    pairs = zip(key.columns, key.references, strict=True)
    return all(
        theirs in other.column_names
        and _alike(table.column(ours), other.column(theirs))
        for ours, theirs in pairs
    )


def _alike(ours: Column, theirs: Column) -> bool:
    mine, other = base_type(ours.sql_type), base_type(theirs.sql_type)
    if {mine, other} <= _INTEGERS or {mine, other} <= _TEXTS:
        return True
    return mine == other and mine in _SAME_TEXT


def _null_safe(key: ForeignKey, table: Table, exact: frozenset[str]) -> bool:
    """Whether no NULL in the key can be taken for a value."""
    if all(not table.column(name).nullable for name in key.columns):
        return True
    return len(key.columns) == 1 and key.columns[0] not in exact


def _to_key(key: ForeignKey, table: Table) -> dict[str, Any]:
    other = Table(key.schema, key.table, ())
    resource = "" if other.stream == table.stream else other.stream
    reference = {"resource": resource, "fields": list(key.references)}
    return {"fields": list(key.columns), "reference": reference}


def _from_key(
    body: Mapping[str, Any], place: Place, places: Mapping[str, Place]
) -> ForeignKey:
    reference = body["reference"]
    resource = reference.get("resource", "")
    schema, name = places[resource] if resource else place
    return ForeignKey(
        name="",
        columns=_names(body["fields"]),
        schema=schema,
        table=name,
        references=_names(reference["fields"]),
    )


def _unnamed(keys: Iterable[ForeignKey]) -> list[ForeignKey]:
    return [
        ForeignKey(
            "", key.columns, key.schema, key.table, key.references, key.source
        )
        for key in keys
    ]


def _names(value: object) -> tuple[str, ...]:
    """Return one or several field names, which the standard both allows."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple)):
        raise TypeError(value)
    return tuple(str(name) for name in value)
