"""A field of a user's Table Schema -> SQL type, and what means NULL. Pure.

What a description says and this tap would not follow is refused, never
ignored: else values would be read as others than they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from daybook.csv.nulls import Nulls
from daybook.csv.types import TEXT_TYPES
from daybook.errors import InputError, cut
from daybook.personal import personal_from_json
from daybook.table import base_type

_ALIASES = {
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "char": "character",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}
_SQL_TYPE = re.compile(
    r"(?P<name>[a-z_][a-z0-9_]*(?: (?:precision|varying))?)"
    r" ?(?P<modifiers>\( ?-?[0-9]+ ?(?:, ?-?[0-9]+ ?)?\))?"
    r"(?P<zone> with(?:out)? time zone)?(?P<array>(?:\[\])*)"
)
_TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE = frozenset({"f", "false", "n", "no", "off", "0"})
_TEMPORAL = frozenset({"date", "time", "datetime"})
_KNOWN = _TEMPORAL | {
    "any", "array", "boolean", "duration", "geojson", "geopoint", "integer",
    "list", "number", "object", "string", "year", "yearmonth",
}  # fmt: skip

_MEND = "Mend the description, then run the same command again."
_OWN = frozenset({"type", "nullable", "sourceType", "personal"})


def check_own(where: str, body: Mapping[str, Any], known: Set[str]) -> None:
    """Check that the key `daybook` of a description says only what is known.

    Raises:
        InputError: It says something else, or is no object.
    """
    own = _object(where, body, "daybook")
    for name in sorted(own.keys() - known):
        raise InputError(
            f"{where}: its key `daybook` says {cut(name)}, which is none of "
            f"{', '.join(sorted(known))}.",
            _MEND,
        )


def resolve(where: str, field: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field, its `daybook.type` (if any) spelled normally.

    Raises:
        InputError: It asks for something that this tap does not do.
    """
    name = f"{where}, field {cut(field['name'])}"
    check_own(name, field, _OWN)
    _object(name, field, "constraints")
    for fault in _faults(field):
        raise InputError(
            f"{name}: {fault}.",
            'Describe it as text ({"type": "string"}), or write the values '
            "as PostgreSQL does.",
        )
    own = dict(field.get("daybook", {}))
    _check_personal(name, own)
    if "type" in own:
        own["type"] = normal_type(name, own["type"])
    elif field.get("type") == "datetime":
        # Table Schema takes times without a zone; a zone must be said.
        own["type"] = "timestamp without time zone"
    return {**field, "daybook": own}


def nulls(
    schema: Mapping[str, Any], field: Mapping[str, Any], sql_type: str
) -> Nulls:
    """Return what means NULL in a field that lands as `sql_type`."""
    words = field.get("missingValues", schema.get("missingValues", [""]))
    return Nulls(
        words=frozenset(_word(word).encode() for word in words),
        text=base_type(sql_type) in TEXT_TYPES,
    )


def normal_type(where: str, sql_type: str) -> str:
    """Return a type as PostgreSQL spells it: `decimal(8, 2)` -> numeric(8,2).

    Raises:
        InputError: It is not of a type's form.
    """
    match = _SQL_TYPE.fullmatch(" ".join(str(sql_type).lower().split()))
    if not match:
        raise InputError(
            f"{where}: {cut(sql_type)} is not a PostgreSQL type.",
            "Write it as in CREATE TABLE, for example numeric(8,2).",
        )
    name = match["name"]
    if not match["zone"]:
        name = _ALIASES.get(name, name)
    word, _, rest = name.partition(" ")
    modifiers = (match["modifiers"] or "").replace(" ", "")
    if rest.endswith("time zone"):
        name = f"{word}{modifiers} {rest}"
    else:
        name += modifiers
    return f"{name}{match['zone'] or ''}{match['array']}"


def _object(
    where: str, body: Mapping[str, Any], key: str
) -> Mapping[str, Any]:
    said = body.get(key, {})
    if not isinstance(said, Mapping):
        raise InputError(
            f"{where}: its key `{key}` is {cut(said)}, no object.", _MEND
        )
    return said


def _check_personal(where: str, own: Mapping[str, Any]) -> None:
    try:
        if "personal" in own:
            personal_from_json(own["personal"])
    except ValueError as error:
        raise InputError(f"{where}: {error}.", _MEND) from error


def _faults(field: Mapping[str, Any]) -> list[str]:
    kind = field.get("type", "string")
    checks = {
        f"the type {cut(kind)} is not one of Table Schema": kind not in _KNOWN,
        f"the format {cut(field.get('format'))} is not supported": (
            kind in _TEMPORAL and field.get("format", "default") != "default"
        ),
        "decimalChar must be '.'": field.get("decimalChar", ".") != ".",
        "groupChar is not supported": bool(field.get("groupChar")),
        "bareNumber must be true": field.get("bareNumber", True) is not True,
        "trueValues must be some of t, true, y, yes, on, 1": (
            not _within(field.get("trueValues", ()), _TRUE)
        ),
        "falseValues must be some of f, false, n, no, off, 0": (
            not _within(field.get("falseValues", ()), _FALSE)
        ),
    }
    return [fault for fault, present in checks.items() if present]


def _within(words: Sequence[str], known: frozenset[str]) -> bool:
    return all(str(word).lower() in known for word in words)


def _word(word: Any) -> str:
    """Return a missing value; version 2 also knows them with a label."""
    return str(word["value"] if isinstance(word, Mapping) else word)
