"""What the graph holds, brought into DuckDB in lists of some thousands."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from daybook.duck import room
from daybook.neo4j import cypher_read, rows, rows_delta
from daybook.neo4j.kinds import duckdb_type
from daybook.neo4j.model import Relationship

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from daybook.neo4j.rows import Part
    from daybook.neo4j.server import Server

_ROWS_PER_PART = 200_000
"""The server collects a part in its memory before it sends any of it."""

_ROWS_PER_LIST = 10_000
_numbers = itertools.count()


def keys_and_hashes(
    server: Server, connection: duckdb.DuckDBPyConnection, part: Part
) -> str:
    """Return a relation k0, k1, ..., h of what the graph holds of a part."""
    name = _new_table()
    kinds = rows.key_kinds(part)
    connection.execute(rows_delta.make_held(name, kinds, "h BIGINT"))
    types = [*map(duckdb_type, kinds), "BIGINT"]
    _fill(connection, name, types, _lists(server, part, values=False))
    return f"SELECT * FROM {name}"  # noqa: S608 - a name of ours


def values(
    server: Server, connection: duckdb.DuckDBPyConnection, part: Part
) -> str:
    """Return a relation v0, v1, ..., typed of what the graph holds of a part.

    What has not its property's type is NULL, and then `typed` is false.
    """
    name = _new_table()
    types = [duckdb_type(kind) for kind in rows.value_kinds(part)]
    columns = ", ".join(f"v{at} {type_}" for at, type_ in enumerate(types))
    connection.execute(f"CREATE TEMP TABLE {name} ({columns}, typed BOOLEAN)")
    lists = _lists(server, part, values=True)
    _fill(connection, name, [*types, "BOOLEAN"], lists)
    return f"SELECT * FROM {name}"  # noqa: S608 - a name of ours


def count(server: Server, part: Part) -> int:
    """Return how many nodes, or relationships of the type, there are."""
    if isinstance(part, Relationship):
        return int(server.value(cypher_read.count_relationships(part.type)))
    return int(server.value(cypher_read.count_nodes(part.label)))


def _lists(
    server: Server, part: Part, *, values: bool
) -> Iterator[list[list[Any]]]:
    read = (
        cypher_read.read_relationships(part, values=values)
        if isinstance(part, Relationship)
        else cypher_read.read_nodes(part, values=values)
    )
    number = count(server, part)
    parts = number // _ROWS_PER_PART + 1
    lists = number // parts // _ROWS_PER_LIST + 1
    for place in range(parts):
        for row in server.rows(read, parts=parts, part=place, lists=lists):
            yield row[1]


def _fill(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    types: Sequence[str],
    lists: Iterator[list[list[Any]]],
) -> None:
    insert = rows_delta.fill_held(name, types)
    for one in lists:
        if one:
            columns = zip(*one, strict=True)
            room.execute(
                connection, insert, [list(column) for column in columns]
            )


def drop_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Give back the memory of all that was read."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'held%'"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP TABLE {name}")


def _new_table() -> str:
    return f"held{next(_numbers)}"
