"""The setting `queries` of tap-duckdb: results as tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from daybook.duck.session import identifier
from daybook.duckdb.catalog import Source, columns, result_of
from daybook.duckdb.failures import reading
from daybook.errors import ConfigError
from daybook.singer.queries import (
    Query,
    broken_key,
    check_columns,
    with_personal,
)
from daybook.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_SHOWN = 5


def describe(
    connection: duckdb.DuckDBPyConnection, queries: Sequence[Query]
) -> list[Source]:
    """Return the queries' results as tables; no row is read yet.

    Raises:
        ConfigError: A query is not one SELECT.
        DaybookError: DuckDB refuses it, or its columns make no table.
    """
    return [_describe(connection, query) for query in queries]


def check_key(
    connection: duckdb.DuckDBPyConnection, query: Query, source: Source
) -> None:
    """Check that the key a query names is a key.

    Raises:
        InputError: It is NULL in a row, or two rows share it.
        DaybookError: DuckDB refuses.
    """
    if not query.keys:
        return
    key = ", ".join(identifier(name) for name in query.keys)
    null = " OR ".join(f"{identifier(name)} IS NULL" for name in query.keys)
    check = (
        f"SELECT {key} FROM (\n{source.select}\n) "  # noqa: S608  quoted
        f"GROUP BY {key} HAVING count(*) > 1 OR {null} "
        f"ORDER BY {key} LIMIT {_SHOWN}"
    )
    with reading(source.described):
        found = connection.execute(check, list(source.values)).fetchall()
    if found:
        raise broken_key(query, [", ".join(map(str, row)) for row in found])


def _describe(connection: duckdb.DuckDBPyConnection, query: Query) -> Source:
    select, described = query.sql(), str(query)
    with reading(described):
        _check_select(connection, query, select)
        names, types = result_of(connection, select, query.values)
    check_columns(query, names)
    found = tuple(
        dataclasses.replace(column, nullable=column.name not in query.keys)
        for column in columns(described, names, types)
    )
    table = with_personal(query, Table("", query.name, found, query.keys))
    return Source(table, types, select, query.values, described)


def _check_select(
    connection: duckdb.DuckDBPyConnection, query: Query, select: str
) -> None:
    import duckdb

    found = connection.extract_statements(select)
    kinds = {statement.type for statement in found}
    if len(found) != 1 or kinds != {duckdb.StatementType.SELECT}:
        raise ConfigError(
            f"T{str(query)[1:]} is not one SELECT statement.",
            "Give each SELECT an item of its own in `queries`; nothing else "
            "can be run.",
        )
