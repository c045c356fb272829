"""All Cypher that writes the nodes and relationships of a day. Pure.

Names come quoted from `names.quote`, values only as parameters. A
row is a list: a node's is its properties and its hash; a relationship's
is the key of its start, the key of its end, its properties and its hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daybook.neo4j.clauses import (
    OURS,
    each,
    end_kinds,
    ends_width,
    filled,
    kinds_of,
    map_of,
    matched_by_key,
    matched_end,
    matched_ends,
    pattern,
    typed,
    unwound,
)
from daybook.neo4j.kinds import Base
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote

if TYPE_CHECKING:
    from daybook.neo4j.model import Node, Property, Relationship

MARKER = "DaybookLoad"
"""The label of the nodes that say what was loaded, one per source."""

LOCK = "DaybookLock"
"""The label of nodes that are written, never committed, to lock a source."""

RESERVED_LABELS = frozenset({MARKER, LOCK})
"""Labels that no table may have."""

_INDEX = "daybook_"


def unique(label: str, properties: Iterable[str]) -> str:
    """Return the statement that makes a key of some properties."""
    return (
        f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{quote(label)}) "
        f"REQUIRE ({each('n', properties)}) IS UNIQUE"
    )


def index(label: str, properties: Sequence[str]) -> str:
    """Return the statement that makes an index on some properties."""
    return (
        f"CREATE INDEX {_index_name(label, properties)} IF NOT EXISTS "
        f"FOR (n:{quote(label)}) "
        f"ON ({each('n', properties)})"
    )


def create_nodes(node: Node) -> str:
    """Return the statement that creates nodes of rows."""
    body = map_of([*(p.name for p in node.properties), ROW_HASH])
    begin = unwound(kinds_of(node.properties))
    return f"{begin}CREATE (:{quote(node.label)} {body})"


def update_nodes(node: Node, gone: Sequence[str]) -> str:
    """Return the statement that sets what differs, and only that.

    `gone` are properties that rows no longer have.
    """
    places = {p.name: place for place, p in enumerate(node.properties)}
    match = pattern(
        "n", node.label, {p.name: places[p.name] for p in node.key}
    )
    changed = [p for p in node.properties if p not in node.key]
    return (
        unwound(kinds_of(node.properties))
        + f"MATCH {match} "
        + _set_differing("n", [(p, places[p.name]) for p in changed], gone)
        + f"SET n.{quote(ROW_HASH)} = v[{len(places)}] RETURN count(*)"
    )


def delete_nodes(node: Node, *, detach: bool) -> str:
    """Return the statement that deletes nodes; a row is a key."""
    verb = "DETACH DELETE" if detach else "DELETE"
    return f"{matched_by_key(node)}{verb} n"


def delete_keyless_nodes(node: Node, *, detach: bool) -> str:
    """Return the statement that deletes nodes without a whole key.

    Relationships of ours go with them.
    """
    verb = "DETACH DELETE" if detach else "DELETE"
    return (
        f"MATCH (n:{quote(node.label)}) "
        f"WHERE NOT ({filled('n', node.key)} AND {typed('n', node.key)}) "
        f"OPTIONAL MATCH (n)-[r]-() WHERE {OURS} DELETE r "
        f"WITH DISTINCT n {verb} n"
    )


def create_relationships(one: Relationship) -> str:
    """Return the statement that creates relationships of rows.

    It returns how many found both their ends.
    """
    names = [*(p.name for p in one.properties), ROW_HASH]
    body = map_of(names, first=ends_width(one))
    return (
        f"{matched_ends(one)}CREATE (a)-[:{quote(one.type)} {body}]->(b) "
        "RETURN count(*)"
    )


def update_relationships(one: Relationship, gone: Sequence[str]) -> str:
    """Return the statement that sets what differs of a join's rows.

    `gone` are properties that rows no longer have.
    """
    places = [(p, at) for at, p in enumerate(one.properties, ends_width(one))]
    hash_ = f"v[{ends_width(one) + len(places)}]"
    return (
        f"{matched_ends(one)}MATCH (a)-[r:{quote(one.type)}]->(b) "
        f"WHERE {OURS} "
        f"{_set_differing('r', places, gone)}"
        f"SET r.{quote(ROW_HASH)} = {hash_} RETURN count(*)"
    )


def delete_relationships(one: Relationship) -> str:
    """Return the statement that deletes relationships; a row is two keys."""
    return (
        f"{unwound(end_kinds(one))}"
        f"MATCH {matched_end('a', one.start, 0)}-[r:{quote(one.type)}]->"
        f"{matched_end('b', one.end, len(one.start.kinds))} "
        f"WHERE {OURS} DELETE r"
    )


def clear_nodes(label: str, *, detach: bool) -> str:
    """Return the statement that deletes up to `$limit` nodes of a label."""
    verb = "DETACH DELETE" if detach else "DELETE"
    return (
        f"MATCH (n:{quote(label)}) WITH n LIMIT $limit {verb} n "
        "RETURN count(*)"
    )


def clear_relationships(type_: str, start: str, end: str) -> str:
    """Return the statement that deletes up to `$limit` of ours."""
    return (
        f"MATCH (:{quote(start)})-[r:{quote(type_)}]->(:{quote(end)}) "
        f"WHERE {OURS} WITH r LIMIT $limit DELETE r RETURN count(*)"
    )


READ_MARKERS = f"MATCH (m:{MARKER}) RETURN properties(m)"
WRITE_MARKER = f"MERGE (m:{MARKER} {{source: $source}}) SET m = $properties"
TAKE_LOCK = f"MERGE (l:{LOCK} {{source: $source}}) SET l.run = $run"
CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties"
INDEXES = (
    f"SHOW INDEXES YIELD name, labelsOrTypes WHERE name STARTS WITH '{_INDEX}'"
)
"""Indexes of ours; those of constraints are not among them."""


def drop_constraint(name: str) -> str:
    """Return the statement that drops a constraint."""
    return f"DROP CONSTRAINT {quote(name)} IF EXISTS"


def drop_index(name: str) -> str:
    """Return the statement that drops an index."""
    return f"DROP INDEX {quote(name)} IF EXISTS"


def _index_name(label: str, properties: Sequence[str]) -> str:
    body = json.dumps([label, *properties]).encode()
    return _INDEX + hashlib.sha256(body).hexdigest()[:16]


def _set_differing(
    name: str, places: Iterable[tuple[Property, int]], gone: Iterable[str]
) -> str:
    """Return Cypher that sets what differs, and removes what is `gone`.

    One statement over all names: the server could not plan one for each
    of 1,000.
    """
    pairs = list(places)
    at = _places((p.name, place) for p, place in pairs)
    floats = [place for p, place in pairs if p.kind.base is Base.FLOAT]
    old, new = f"{name}[k]", "v[at[k]]"
    differs = (
        f"NOT ({old} IS NULL AND {new} IS NULL) AND NOT coalesce("
        f"CASE WHEN valueType({old}) <> valueType({new}) THEN false "
        f"WHEN NOT at[k] IN {floats} THEN {old} = {new} "
        f"WHEN valueType({new}) STARTS WITH 'LIST' "
        f"THEN toStringList({old}) = toStringList({new}) "
        f"ELSE toString({old}) = toString({new}) END, false)"
    )
    lost = _places((p, 0) for p in gone)
    # The server takes 0.0 for -0.0, and would leave it.
    return (
        f"WITH {name}, v, {at} AS at "
        f"WITH {name}, v, at, [k IN keys(at) WHERE {differs}] AS changed "
        f"FOREACH (k IN [k IN changed WHERE at[k] IN {floats}] + "
        f"[k IN keys({lost}) WHERE {old} IS NOT NULL] | REMOVE {old}) "
        f"FOREACH (k IN changed | SET {old} = {new}) "
    )


def _places(pairs: Iterable[tuple[str, int]]) -> str:
    """Return a map of names, which Cypher can look up."""
    return f"{{{', '.join(f'{quote(p)}: {at}' for p, at in pairs)}}}"
