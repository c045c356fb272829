"""Which nodes and relationships hold personal values, by the markers. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.erasure.found import noted
from daybook.neo4j.kinds import Kind, kind_named
from daybook.personal import EMAIL, IDS, Personal
from daybook.table import Column, Table

if TYPE_CHECKING:
    from daybook.erasure.found import Declared
    from daybook.neo4j.marker import Held, Marker

_NAMING = IDS | {EMAIL}
_VARIABLES = {"start": "a", "end": "b"}


@dataclass(frozen=True, slots=True)
class Value:
    """A column's value in the graph.

    Attributes:
        column: The column.
        of: The variable that has it: `r`, or an end's, `a` or `b`.
        name: The property.
        kind: What the values are.
        sql_type: The column's type in the lake, `""` if it is not known.
        personal: What it says about a person, None if nothing.
    """

    column: str
    of: str
    name: str
    kind: Kind
    sql_type: str
    personal: Personal | None

    @property
    def changes(self) -> bool:
        """Whether erasing changes it."""
        personal = self.personal
        return (
            self.of == "r"
            and personal is not None
            and personal.kind not in IDS
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Nodes or relationships that have personal properties.

    Attributes:
        source: Whose they are.
        held: What the marker says of them.
        properties: All of them, as the row's hash has them.
        ends: Personal columns that stand in the key of an end only.
    """

    source: str
    held: Held
    properties: tuple[Value, ...]
    ends: tuple[Value, ...]

    def __str__(self) -> str:
        """Return them as Cypher writes them."""
        held = self.held
        if held.is_node:
            return f"(:{held.name})"
        return f"(:{held.start})-[:{held.name}]->(:{held.end})"

    @property
    def values(self) -> tuple[Value, ...]:
        """All values that are read of one."""
        return (*self.properties, *self.ends)

    @property
    def personal(self) -> tuple[Value, ...]:
        """The personal ones, in the order of `table`'s columns."""
        return tuple(one for one in self.values if one.personal)

    @property
    def naming(self) -> tuple[Value, ...]:
        """Those by which people are found."""
        return tuple(
            one
            for one in self.personal
            if one.personal
            and (one.personal.fields or one.personal.kind in _NAMING)
        )


def find(markers: Iterable[Marker], declared: Declared) -> list[Place]:
    """Return all places that hold personal values."""
    return [
        place
        for marker in markers
        for held in marker.held
        if (place := _place(marker, held, declared))
    ]


def table(values: Iterable[Value]) -> Table:
    """Return a table of values, for who reads or erases rows."""
    columns = (Column(v.column, "text", personal=v.personal) for v in values)
    return Table("", "", tuple(columns))


def _place(marker: Marker, held: Held, declared: Declared) -> Place | None:
    tables = [
        one
        for one in declared.get(marker.source, ())
        if one.stream == held.stream
    ]
    personal = _personal(marker, held, tables)
    types = {c.name: c.sql_type for one in tables for c in one.columns}
    properties = tuple(
        Value(
            name,
            "r",
            name,
            kind_named(kind),
            types.get(name, ""),
            personal.get(name),
        )
        for name, kind in held.properties
    )
    names = {one.name for one in properties}
    ends = tuple(
        one for one in _ends(held, personal) if one.column not in names
    )
    place = Place(marker.source, held, properties, ends)
    changes = any(one.changes for one in properties)
    return place if changes and place.naming else None


def _personal(
    marker: Marker, held: Held, tables: Iterable[Table]
) -> dict[str, Personal]:
    said = marker.personal.get(held.stream, {})
    known = noted(f"{held.stream} in the graph's marker", said)
    for one in tables:
        known |= {c.name: c.personal for c in one.columns if c.personal}
    return known


def _ends(held: Held, personal: Mapping[str, Personal]) -> Iterator[Value]:
    """Yield personal columns by which the ends are found."""
    if held.is_node:
        return
    for which, name, kind, column in map(json.loads, held.key):
        if column in personal:
            yield Value(
                column,
                _VARIABLES[which],
                name,
                kind_named(kind),
                "",
                personal[column],
            )
