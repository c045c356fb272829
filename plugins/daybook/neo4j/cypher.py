"""All Cypher there is: statements for the nodes and relationships of a day.

Pure. Names come quoted from `names.quote`, values only as parameters. A
row is a list: a node's is its properties and its hash; a relationship's
is the key of its start, the key of its end, its properties and its hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from daybook.neo4j.kinds import Base, Form, Kind, in_cypher, out_of_cypher
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote

if TYPE_CHECKING:
    from daybook.neo4j.model import End, Node, Property, Relationship

MARKER = "DaybookLoad"
"""The label of the nodes that say what was loaded, one per source."""

LOCK = "DaybookLock"
"""The label of nodes that are written, never committed, to lock a source."""

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

_INDEX = "daybook_"
_OURS = f"r.{quote(ROW_HASH)} IS NOT NULL"


def unique(label: str, properties: Iterable[str]) -> str:
    """Return the statement that makes a key of some properties."""
    return (
        f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{quote(label)}) "
        f"REQUIRE ({_each('n', properties)}) IS UNIQUE"
    )


def index(label: str, properties: Sequence[str]) -> str:
    """Return the statement that makes an index on some properties."""
    return (
        f"CREATE INDEX {_index_name(label, properties)} IF NOT EXISTS "
        f"FOR (n:{quote(label)}) "
        f"ON ({_each('n', properties)})"
    )


def create_nodes(node: Node) -> str:
    """Return the statement that creates nodes of rows."""
    body = _map([*(p.name for p in node.properties), ROW_HASH])
    return (
        f"{_rows(_kinds(node.properties))}CREATE (:{quote(node.label)} {body})"
    )


def update_nodes(node: Node, gone: Sequence[str]) -> str:
    """Return the statement that sets what differs, and only that.

    `gone` are properties that rows no longer have.
    """
    places = {p.name: place for place, p in enumerate(node.properties)}
    match = _match("n", node.label, {p.name: places[p.name] for p in node.key})
    changed = [p for p in node.properties if p not in node.key]
    return (
        _rows(_kinds(node.properties))
        + f"MATCH {match} "
        + _set_differing("n", [(p, places[p.name]) for p in changed], gone)
        + f"SET n.{quote(ROW_HASH)} = v[{len(places)}] RETURN count(*)"
    )


def delete_nodes(node: Node, *, detach: bool) -> str:
    """Return the statement that deletes nodes; a row is a key."""
    verb = "DETACH DELETE" if detach else "DELETE"
    return f"{_keys(node)}{verb} n"


def delete_keyless_nodes(node: Node, *, detach: bool) -> str:
    """Return the statement that deletes nodes without a whole key.

    Relationships of ours go with them.
    """
    verb = "DETACH DELETE" if detach else "DELETE"
    return (
        f"MATCH (n:{quote(node.label)}) "
        f"WHERE NOT ({_filled('n', node.key)} AND {_typed('n', node.key)}) "
        f"OPTIONAL MATCH (n)-[r]-() WHERE {_OURS} DELETE r "
        f"WITH DISTINCT n {verb} n"
    )


def foreign_relationships(node: Node) -> str:
    """Return the query for relationships that are not in `$ours`.

    It asks about the nodes of `$rows`, which are keys, and gives type,
    labels at the other end, number and first keys. `$ours` are types
    with the labels of start and end.
    """
    return _keys(node) + _foreign([f"n.{quote(p.name)}" for p in node.key])


def foreign_relationships_of_all(label: str, key: Iterable[str]) -> str:
    """Return the same query about all nodes of a label."""
    names = [f"n.{quote(name)}" for name in key]
    return f"MATCH (n:{quote(label)}) " + _foreign(names)


def create_relationships(one: Relationship) -> str:
    """Return the statement that creates relationships of rows.

    It returns how many found both their ends.
    """
    names = [*(p.name for p in one.properties), ROW_HASH]
    body = _map(names, first=_width(one))
    return (
        f"{_ends(one)}CREATE (a)-[:{quote(one.type)} {body}]->(b) "
        "RETURN count(*)"
    )


def missing_ends(one: Relationship) -> str:
    """Return the query for the rows of which an end is not there."""
    return (
        f"{_rows(_end_kinds(one))}"
        f"OPTIONAL MATCH {_end('a', one.start, 0)} "
        f"OPTIONAL MATCH {_end('b', one.end, len(one.start.kinds))} "
        "WITH row, a, b WHERE a IS NULL OR b IS NULL RETURN row"
    )


def update_relationships(one: Relationship, gone: Sequence[str]) -> str:
    """Return the statement that sets what differs of a join's rows.

    `gone` are properties that rows no longer have.
    """
    places = [(p, at) for at, p in enumerate(one.properties, _width(one))]
    hash_ = f"v[{_width(one) + len(places)}]"
    return (
        f"{_ends(one)}MATCH (a)-[r:{quote(one.type)}]->(b) WHERE {_OURS} "
        f"{_set_differing('r', places, gone)}"
        f"SET r.{quote(ROW_HASH)} = {hash_} RETURN count(*)"
    )


def delete_relationships(one: Relationship) -> str:
    """Return the statement that deletes relationships; a row is two keys."""
    return (
        f"{_rows(_end_kinds(one))}"
        f"MATCH {_end('a', one.start, 0)}-[r:{quote(one.type)}]->"
        f"{_end('b', one.end, len(one.start.kinds))} WHERE {_OURS} DELETE r"
    )


def read_nodes(node: Node, *, values: bool) -> str:
    """Return the query for a part of the nodes, in lists.

    Of each: its key and its hash, or with `values` all its properties
    and whether all have the types they should have. What has another
    type is read as NULL.
    """
    wanted = node.properties if values else node.key
    last = _typed("n", wanted) if values else f"n.{quote(ROW_HASH)}"
    row = ", ".join([*_out("n", wanted), last])
    return (
        f"MATCH (n:{quote(node.label)}) WHERE id(n) % $parts = $part "
        f"WITH id(n) / $parts % $lists AS list, [{row}] AS row "
        "RETURN list, collect(row)"
    )


def read_relationships(one: Relationship, *, values: bool) -> str:
    """Return the query for a part of the relationships, in lists.

    Of each: the keys of its ends and its hash, or with `values` all its
    properties and whether they have the types they should have, and
    then of those that are not ours too.
    """
    ends = [*_out_end("a", one.start), *_out_end("b", one.end)]
    rest = (
        [*_out("r", one.properties), _typed("r", one.properties)]
        if values
        else [f"r.{quote(ROW_HASH)}"]
    )
    return (
        f"MATCH (a:{quote(one.start.label)})-[r:{quote(one.type)}]->"
        f"(b:{quote(one.end.label)}) WHERE id(r) % $parts = $part "
        f"{'' if values else f'AND {_OURS} '}"
        "WITH id(r) / $parts % $lists AS list, "
        f"[{', '.join([*ends, *rest])}] AS row "
        "RETURN list, collect(row)"
    )


def count_nodes(label: str) -> str:
    """Return the query for the number of nodes with a label."""
    return f"MATCH (n:{quote(label)}) RETURN count(n)"


def count_relationships(type_: str) -> str:
    """Return the query for the number of relationships of a type."""
    return f"MATCH ()-[r:{quote(type_)}]->() RETURN count(r)"


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
        f"WHERE {_OURS} WITH r LIMIT $limit DELETE r RETURN count(*)"
    )


READ_MARKERS = f"MATCH (m:{MARKER}) RETURN properties(m)"
WRITE_MARKER = f"MERGE (m:{MARKER} {{source: $source}}) SET m = $properties"
TAKE_LOCK = f"MERGE (l:{LOCK} {{source: $source}}) SET l.run = $run"
CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties"
INDEXES = (
    f"SHOW INDEXES YIELD name, labelsOrTypes WHERE name STARTS WITH '{_INDEX}'"
)
"""Indexes of ours; those of constraints are not among them."""
LABELS = "CALL db.labels()"


def drop_constraint(name: str) -> str:
    """Return the statement that drops a constraint."""
    return f"DROP CONSTRAINT {quote(name)} IF EXISTS"


def drop_index(name: str) -> str:
    """Return the statement that drops an index."""
    return f"DROP INDEX {quote(name)} IF EXISTS"


def _index_name(label: str, properties: Sequence[str]) -> str:
    body = json.dumps([label, *properties]).encode()
    return _INDEX + hashlib.sha256(body).hexdigest()[:16]


def _kinds(properties: Iterable[Property]) -> list[Kind]:
    return [one.kind for one in properties]


def _rows(kinds: Sequence[Kind]) -> str:
    """Begin a statement: `v` is a row with its values converted.

    The hash, which comes last where there is one, stays as it is.
    """
    values = [in_cypher(k, f"row[{at}]") for at, k in enumerate(kinds)]
    rest = f" + row[{len(kinds)}..]"
    return f"UNWIND $rows AS row WITH row, [{', '.join(values)}]{rest} AS v "


def _keys(node: Node) -> str:
    places = {p.name: place for place, p in enumerate(node.key)}
    return f"{_rows(_kinds(node.key))}MATCH {_match('n', node.label, places)} "


def _end_kinds(one: Relationship) -> list[Kind]:
    return [*one.start.kinds, *one.end.kinds]


def _width(one: Relationship) -> int:
    return len(one.start.kinds) + len(one.end.kinds)


def _ends(one: Relationship) -> str:
    kinds = [*_end_kinds(one), *_kinds(one.properties)]
    return (
        f"{_rows(kinds)}MATCH {_end('a', one.start, 0)} "
        f"MATCH {_end('b', one.end, len(one.start.kinds))} "
    )


def _end(name: str, end: End, first: int) -> str:
    places = dict(zip(end.properties, count(first)))
    return _match(name, end.label, places)


def _match(name: str, label: str, places: dict[str, int]) -> str:
    pairs = ", ".join(f"{quote(p)}: v[{at}]" for p, at in places.items())
    return f"({name}:{quote(label)} {{{pairs}}})"


def _map(names: Sequence[str], first: int = 0) -> str:
    pairs = (f"{quote(n)}: v[{at}]" for at, n in enumerate(names, first))
    return f"{{{', '.join(pairs)}}}"


def _foreign(key: Sequence[str]) -> str:
    """Return the rest of a query for relationships of `n` not in `$ours`."""
    return (
        f"MATCH (n)-[r]-(m) WHERE NOT (coalesce({_OURS}, false) AND "
        "any(one IN $ours WHERE one[0] = type(r) "
        "AND one[1] IN labels(startNode(r)) "
        "AND one[2] IN labels(endNode(r)))) "
        "RETURN type(r), labels(m), count(DISTINCT r), "
        f"collect(DISTINCT [{', '.join(key)}])[..3]"
    )


def _typed(name: str, properties: Iterable[Property]) -> str:
    """Return Cypher that says whether all properties have their types."""
    tests = [
        f"{name}.{quote(p.name)} IS :: {type_}"
        for p in properties
        if (type_ := _type(p.kind))
    ]
    return f"all(fits IN [{', '.join(tests)}] WHERE fits)"


def _filled(name: str, properties: Iterable[Property]) -> str:
    return " AND ".join(
        f"{name}.{quote(p.name)} IS NOT NULL" for p in properties
    )


def _type(kind: Kind) -> str | None:
    if kind.form is Form.JSON:
        return "STRING"
    plain = _TYPES.get(kind.base)
    if kind.form is Form.LIST:
        return f"LIST<{plain} NOT NULL>"
    return plain


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


def _each(name: str, properties: Iterable[str]) -> str:
    return ", ".join(f"{name}.{quote(p)}" for p in properties)


def _out(name: str, properties: Iterable[Property]) -> list[str]:
    return [_out_one(p.kind, f"{name}.{quote(p.name)}") for p in properties]


def _out_end(name: str, end: End) -> list[str]:
    return [
        _out_one(kind, f"{name}.{quote(p)}")
        for p, kind in zip(end.properties, end.kinds, strict=True)
    ]


def _out_one(kind: Kind, expression: str) -> str:
    type_ = _type(kind)
    sent = out_of_cypher(kind, expression)
    if type_ is None:
        return sent
    return f"CASE WHEN {expression} IS :: {type_} THEN {sent} END"
