"""Parts of statements, for those that write and those that read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from daybook.neo4j.kinds import Base, Form, Kind, in_cypher
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote

if TYPE_CHECKING:
    from daybook.neo4j.model import End, Node, Property, Relationship

OURS = f"r.{quote(ROW_HASH)} IS NOT NULL"
"""Says that a relationship `r` is Daybook's."""

_TYPES = {
    Base.INTEGER: "INTEGER",
    Base.FLOAT: "FLOAT",
    Base.BOOLEAN: "BOOLEAN",
    Base.DATE: "DATE",
    Base.LOCAL_TIME: "LOCAL TIME",
    Base.TIME: "ZONED TIME",
    Base.LOCAL_DATETIME: "LOCAL DATETIME",
    Base.DATETIME: "ZONED DATETIME",
    Base.DURATION: "DURATION",
    Base.STRING: "STRING",
}
"""What Cypher calls them; it has no name for byte arrays."""


def kinds_of(properties: Iterable[Property]) -> list[Kind]:
    """Return the kinds of properties."""
    return [one.kind for one in properties]


def unwound(kinds: Sequence[Kind]) -> str:
    """Begin a statement: `v` is a row with its values converted.

    The hash, which comes last where there is one, stays as it is.
    """
    values = [in_cypher(k, f"row[{at}]") for at, k in enumerate(kinds)]
    rest = f" + row[{len(kinds)}..]"
    return f"UNWIND $rows AS row WITH row, [{', '.join(values)}]{rest} AS v "


def matched_by_key(node: Node) -> str:
    """Begin a statement: `n` is the node of a row, which is its key."""
    places = {p.name: place for place, p in enumerate(node.key)}
    found = pattern("n", node.label, places)
    return f"{unwound(kinds_of(node.key))}MATCH {found} "


def end_kinds(one: Relationship) -> list[Kind]:
    """Return the kinds of both ends' keys."""
    return [*one.start.kinds, *one.end.kinds]


def ends_width(one: Relationship) -> int:
    """Return how many values both ends' keys are."""
    return len(one.start.kinds) + len(one.end.kinds)


def matched_ends(one: Relationship) -> str:
    """Begin a statement: `a` and `b` are the ends of a row."""
    kinds = [*end_kinds(one), *kinds_of(one.properties)]
    return (
        f"{unwound(kinds)}MATCH {matched_end('a', one.start, 0)} "
        f"MATCH {matched_end('b', one.end, len(one.start.kinds))} "
    )


def matched_end(name: str, end: End, first: int) -> str:
    """Return the pattern of an end, its key from `v[first]` on."""
    places = dict(zip(end.properties, count(first)))
    return pattern(name, end.label, places)


def pattern(name: str, label: str, places: dict[str, int]) -> str:
    """Return the pattern of a node with properties at places of `v`."""
    pairs = ", ".join(f"{quote(p)}: v[{at}]" for p, at in places.items())
    return f"({name}:{quote(label)} {{{pairs}}})"


def map_of(names: Sequence[str], first: int = 0) -> str:
    """Return a map of properties, their values from `v[first]` on."""
    pairs = (f"{quote(n)}: v[{at}]" for at, n in enumerate(names, first))
    return f"{{{', '.join(pairs)}}}"


def typed(name: str, properties: Iterable[Property]) -> str:
    """Return Cypher that says whether all properties have their types."""
    tests = [
        f"{name}.{quote(p.name)} IS :: {type_}"
        for p in properties
        if (type_ := type_of(p.kind))
    ]
    return f"all(fits IN [{', '.join(tests)}] WHERE fits)"


def filled(name: str, properties: Iterable[Property]) -> str:
    """Return Cypher that says whether all properties are there."""
    return " AND ".join(
        f"{name}.{quote(p.name)} IS NOT NULL" for p in properties
    )


def type_of(kind: Kind) -> str | None:
    """Return how Cypher calls a kind, None where it cannot."""
    if kind.form is Form.JSON:
        return "STRING"
    plain = _TYPES.get(kind.base)
    if kind.form is Form.LIST:
        return f"LIST<{plain} NOT NULL>"
    return plain


def each(name: str, properties: Iterable[str]) -> str:
    """Return a list of properties, commas between."""
    return ", ".join(f"{name}.{quote(p)}" for p in properties)
