"""Keys that a database declares without an index of DuckDB's.

An index must fit into memory: 10M rows with a key of two columns need
more than 400 MB, where a GROUP BY that finds doubles needs 256 MB and a
second. So models are built without, checked, and their keys noted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PRIMARY = "PRIMARY KEY"
UNIQUE = "UNIQUE"
FOREIGN = "FOREIGN KEY"

SCHEMA = "daybook"
"""Where the keys are noted; nothing else is in this schema."""

_TABLE = f"{SCHEMA}.declared_keys"
_THERE = f"""
    SELECT 1 FROM duckdb_tables()
    WHERE database_name = current_database()
        AND schema_name = '{SCHEMA}' AND table_name = 'declared_keys'
"""  # noqa: S608  a constant


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A key of a table.

    Attributes:
        schema: The table's schema, and that of the table referred to.
        table: The table's name.
        kind: `PRIMARY`, `UNIQUE` or `FOREIGN`.
        name: The constraint's name, `""` where it has none.
        columns: The key's columns, in order.
        other: The table that a foreign key refers to, else `""`.
        references: That table's columns, paired with `columns`.
    """

    schema: str
    table: str
    kind: str
    name: str
    columns: tuple[str, ...]
    other: str = ""
    references: tuple[str, ...] = ()


def write(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[DeclaredKey]
) -> None:
    """Note the keys in the database, in place of those noted before.

    Raises:
        duckdb.Error: It cannot be written.
    """
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {_TABLE} (schema VARCHAR, "
        '"table" VARCHAR, kind VARCHAR, name VARCHAR, columns VARCHAR[], '
        'other VARCHAR, "references" VARCHAR[])'
    )
    for key in keys:
        connection.execute(
            f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                key.schema,
                key.table,
                key.kind,
                key.name,
                list(key.columns),
                key.other,
                list(key.references),
            ],
        )


def read(connection: duckdb.DuckDBPyConnection) -> list[DeclaredKey]:
    """Return the keys that `write` noted; none if it never did.

    Raises:
        duckdb.Error: The database cannot be read.
    """
    if not connection.execute(_THERE).fetchall():
        return []
    rows = connection.execute(f"FROM {_TABLE}").fetchall()
    return [
        DeclaredKey(
            schema, table, kind, name, tuple(own), other, tuple(theirs)
        )
        for schema, table, kind, name, own, other, theirs in rows
    ]
