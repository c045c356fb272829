"""What models declare to be personal, noted in the database they are in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from daybook.personal import (
    Personal,
    personal_from_json,
    personal_to_json,
)

if TYPE_CHECKING:
    import duckdb

Declared = Mapping[tuple[str, str, str], Personal]
"""What is personal, per schema, table and column."""

_TABLE = "daybook.declared_personal"
_THERE = """
    SELECT 1 FROM duckdb_tables()
    WHERE database_name = current_database()
        AND schema_name = 'daybook' AND table_name = 'declared_personal'
"""


def write(connection: duckdb.DuckDBPyConnection, declared: Declared) -> None:
    """Note it in the database, in place of what was noted before.

    Raises:
        duckdb.Error: It cannot be written.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS daybook")
    connection.execute(
        f"CREATE OR REPLACE TABLE {_TABLE} "
        '(schema VARCHAR, "table" VARCHAR, name VARCHAR, personal VARCHAR)'
    )
    for place, personal in declared.items():
        connection.execute(
            f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?)",  # noqa: S608
            [*place, json.dumps(personal_to_json(personal))],
        )


def read(connection: duckdb.DuckDBPyConnection) -> Declared:
    """Return what `write` noted; nothing if it never did.

    Raises:
        duckdb.Error: The database cannot be read.
    """
    if not connection.execute(_THERE).fetchall():
        return {}
    rows = connection.execute(f"FROM {_TABLE}").fetchall()
    return {
        (schema, table, name): personal_from_json(json.loads(body))
        for schema, table, name, body in rows
    }
