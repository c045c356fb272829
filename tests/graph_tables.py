"""Tables and the graphs that they become, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from daybook.neo4j.graph import Graph, Relationship, Sourced, build
from daybook.neo4j.mapping_settings import parse
from daybook.table import Column, ForeignKey, Table

Refers = Mapping[str, tuple[str, str]]
"""Own columns -> the table (`schema.name` if not public) and its columns,
several ones with blanks between them."""


def made(
    name: str,
    columns: str,
    key: str = "id",
    refers: Refers | None = None,
    *,
    schema: str = "public",
    source: str = "postgres",
    to_source: str = "",
) -> Sourced:
    """Return a table; a column is `name` or `name:type`."""
    pairs = [each.partition(":") for each in columns.split()]
    foreign = []
    for own, (other, theirs) in (refers or {}).items():
        before, dot, table = other.rpartition(".")
        place = (before if dot else "public", table)
        columns_of = (tuple(own.split()), *place, tuple(theirs.split()))
        foreign.append(ForeignKey("", *columns_of, to_source))
    table = Table(
        schema,
        name,
        tuple(Column(n, t or "integer") for n, _, t in pairs),
        tuple(key.split()),
        tuple(foreign),
    )
    return Sourced(table.stream, source, table)


def graph(*tables: Sourced, **settings: object) -> Graph:
    """Return what tables become under some settings."""
    return build(tables, parse(settings))


def drawn(found: Graph) -> set[str]:
    """Return the relationships as Cypher draws them."""
    return {
        f"({each.start.label})-[:{each.type}]->({each.end.label})"
        for each in found.relationships
    }


def only(found: Graph) -> Relationship:
    """Return the one relationship there is."""
    (relationship,) = found.relationships
    return relationship


USERS = made("users", "id name:text")
FILMS = made("films", "id title:text")
LIKES = made(
    "likes",
    "film_id user_id stars at:date",
    "user_id film_id",
    {"film_id": ("films", "id"), "user_id": ("users", "id")},
)
