"""What a description demands of values, beyond their types. Pure.

They are those of Table Schema. What is demanded and could not be checked
is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from daybook.csv.compare import has_order
from daybook.csv.patterns import UnreadableError, to_re2
from daybook.errors import InputError, cut

BOUNDS: Mapping[str, tuple[str, str]] = {
    "minimum": (">=", "is below the minimum {}"),
    "maximum": ("<=", "is above the maximum {}"),
    "exclusiveMinimum": (">", "is not above {}"),
    "exclusiveMaximum": ("<", "is not below {}"),
}
"""Per constraint: how a value compares with it, and a breach's words."""

LENGTHS: Mapping[str, tuple[str, str]] = {
    "minLength": (">=", "has fewer than {} characters"),
    "maxLength": ("<=", "has more than {} characters"),
}
"""The same of the constraints on a text's length."""

_KNOWN: Mapping[str, str] = {
    **dict.fromkeys(BOUNDS, "a value"),
    **dict.fromkeys(LENGTHS, "a number of characters"),
    "required": "true or false",
    "unique": "true or false",
    "pattern": "a regular expression",
    "enum": "a list of values",
}
"""All constraints, and what each says."""

_OF_TEXTS = frozenset({"string", "any"})
_MOST_DIGITS = 1_000


@dataclass(frozen=True, slots=True)
class Constraint:
    """What the values of one column must keep, NULLs apart.

    Attributes:
        column: The column's name.
        name: As Table Schema calls it, for example `minimum`.
        bounds: What it says, as text: several for `enum`, else one.
    """

    column: str
    name: str
    bounds: tuple[str, ...]


def constraints(
    where: str, field: Mapping[str, Any], sql_type: str
) -> list[Constraint]:
    """Return what a field demands but `required` and `unique`.

    Raises:
        InputError: Something that cannot be checked.
    """
    found = []
    for name, said in dict(field.get("constraints") or {}).items():
        for fault in _faults(field, sql_type, name, said):
            raise InputError(
                f"{where}, field {cut(field['name'])}: the constraint "
                f"{cut(name)} {fault}.",
                "Mend the description, or leave the constraint out, then run "
                "the same command again.",
            )
        if name not in {"required", "unique"}:
            column = str(field["name"])
            found.append(Constraint(column, name, _bounds(name, said)))
    return found


def unique_keys(schema: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the columns whose values must not come twice, key apart.

    Raises:
        TypeError: Malformed.
    """
    fields = [
        (str(field["name"]),)
        for field in schema["fields"]
        if dict(field.get("constraints") or {}).get("unique")
    ]
    said = schema.get("uniqueKeys", [])
    if not isinstance(said, list):
        raise TypeError(f"uniqueKeys is {cut(said)}, no list")
    keys = [_names(key) for key in said]
    primary = _names(schema.get("primaryKey", ()))
    return tuple(key for key in dict.fromkeys(fields + keys) if key != primary)


def _names(key: Any) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(map(str, key))


def _faults(
    field: Mapping[str, Any], sql_type: str, name: str, said: Any
) -> list[str]:
    texts = field.get("type", "string") in _OF_TEXTS
    checks = {
        f"is none that tap-csv checks ({', '.join(sorted(_KNOWN))})": (
            name not in _KNOWN
        ),
        f"is {cut(said)}, not {_KNOWN.get(name)}": not _is_said(name, said),
        f"is for numbers, dates and times, not for {sql_type}": (
            name in BOUNDS and not has_order(sql_type)
        ),
        "is for texts": name in {*LENGTHS, "pattern"} and not texts,
    }
    faults = [fault for fault, present in checks.items() if present]
    if not faults and name == "pattern":
        faults += _pattern_faults(said)
    return faults


def _is_said(name: str, said: Any) -> bool:
    if name in {"required", "unique"}:
        return isinstance(said, bool)
    if name in LENGTHS:
        return type(said) is int and said >= 0
    if name == "pattern":
        return isinstance(said, str) and _is_value(said)
    if name == "enum":
        return (
            isinstance(said, list)
            and len(said) > 0
            and all(map(_is_value, said))
        )
    return name not in BOUNDS or (
        _is_value(said) and not isinstance(said, bool)
    )


def _is_value(said: Any) -> bool:
    """Return whether it is one value that a file can hold."""
    if not isinstance(said, str):
        return isinstance(said, int | Decimal)
    return said == said.encode(errors="ignore").decode().replace("\0", "")


def _pattern_faults(pattern: str) -> list[str]:
    try:
        to_re2(pattern)
    except UnreadableError as error:
        return [f"is {cut(pattern)}: {error}"]
    return []


def _bounds(name: str, said: Any) -> tuple[str, ...]:
    values = said if name == "enum" else [said]
    return tuple(map(_text, values))


def _text(value: Any) -> str:
    """Return a value of JSON as it would stand in a file: 1e3 as 1000."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal) and abs(value.adjusted()) < _MOST_DIGITS:
        return f"{value:f}"
    return str(value)
