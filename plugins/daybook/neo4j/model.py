"""What a graph made of tables consists of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from daybook.neo4j.kinds import Kind
    from daybook.table import Table

ROW_HASH = "_daybook_hash"
"""The property, of nodes and relationships, that is Daybook's own."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A table and the source that it comes from."""

    stream: str
    source: str
    table: Table


@dataclass(frozen=True, slots=True)
class Property:
    """A column that becomes a property.

    Attributes:
        name: The property's key in the graph.
        column: The column's name.
        place: The column's index in the file, from 0: `c{place}`.
        kind: What its values become.
    """

    name: str
    column: str
    place: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Node:
    """A table whose rows become nodes.

    Attributes:
        key: The primary key, in its order.
        properties: All kept columns in file order, the key included.
        indexes: Other sets of properties that a foreign key refers to.
    """

    stream: str
    source: str
    table: Table
    label: str
    key: tuple[Property, ...]
    properties: tuple[Property, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        """Return the nodes as Cypher writes them: `(:Order)`."""
        return f"(:{self.label})"


@dataclass(frozen=True, slots=True)
class End:
    """The start or the end of a relationship: how its node is found.

    Attributes:
        label: The node's label.
        properties: The node's properties that are compared.
        places: The columns of the relationship's own file whose values
            they must have, paired with `properties`.
        kinds: The kinds of `properties`, or of the own columns when
            the table is not among those that are loaded.
        stream: The stream of the node's table, None when it is not
            among those that are loaded.
        source: The source of the node's table.
        schema: The schema of the node's table.
        table: The name of the node's table.
    """

    label: str
    properties: tuple[str, ...]
    places: tuple[int, ...]
    kinds: tuple[Kind, ...]
    stream: str | None
    source: str
    schema: str
    table: str


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key, or a join table, whose rows become relationships.

    Attributes:
        stream: The stream of the table that has the foreign key.
        type: The relationship's type.
        start: Where it starts, reversal applied.
        end: Where it ends, reversal applied.
        key_places: The columns of the file that identify a row.
        properties: Of a join table: the columns outside its two
            foreign keys. Else empty.
        is_join: Whether the whole table is the relationship.
        owner: Of a foreign key: the end that is the row's own node.
    """

    stream: str
    source: str
    table: Table
    type: str
    start: End
    end: End
    key_places: tuple[int, ...]
    properties: tuple[Property, ...]
    is_join: bool
    owner: Literal["start", "end"] | None

    def __str__(self) -> str:
        """Return it as Cypher writes it: `(:A)-[:HAS_B]->(:B)`."""
        return f"(:{self.start.label})-[:{self.type}]->(:{self.end.label})"


@dataclass(frozen=True, slots=True)
class Graph:
    """What the tables of a load become.

    Attributes:
        nodes: By label.
        relationships: By type, start and end.
        left_out: The streams that the settings leave out.
        warnings: Settings that name nothing, as sentences.
    """

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
