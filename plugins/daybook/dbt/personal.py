"""What models say is personal: `meta: {personal: ...}` of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from daybook.errors import ConfigError, cut
from daybook.personal import IDS, Personal, personal_from_json

if TYPE_CHECKING:
    import duckdb

    from daybook.duck.declared_personal import Declared

_COLUMNS = """
    SELECT schema_name, table_name, column_name FROM duckdb_columns()
    WHERE database_name = current_database()
"""


def declared(nodes: Iterable[Any]) -> Declared:
    """Return what the columns of dbt's nodes declare.

    Raises:
        ConfigError: It is nothing that can be personal; names the column.
    """
    return dict(pair for node in nodes for pair in _columns(node))


def hidden(declared: Declared) -> frozenset[str]:
    """Return the names of columns whose values messages must not show."""
    return frozenset(
        name.lower()
        for (_, _, name), told in declared.items()
        if told.kind not in IDS
    )


def spelled(
    connection: duckdb.DuckDBPyConnection, declared: Declared
) -> Declared:
    """Return the same with each column as its table spells it.

    Raises:
        ConfigError: A table has no such column, so that what is personal
            would not be known.
        duckdb.Error: The database cannot be read.
    """
    rows = connection.execute(_COLUMNS).fetchall()
    real = {
        (schema, table, name.lower()): name for schema, table, name in rows
    }
    found = {}
    for (schema, table, name), told in declared.items():
        if (schema, table, name.lower()) not in real:
            raise ConfigError(
                f"The model {cut(table)} says that its column {cut(name)} is "
                "personal, but it has no such column.",
                "Mend the name in the model's YAML, then run the same "
                "command again.",
            )
        found[schema, table, real[schema, table, name.lower()]] = told
    return found


def _columns(node: Any) -> Iterator[tuple[tuple[str, str, str], Personal]]:
    for column in node.columns.values():
        body = column.meta.get("personal")
        if body is None:
            continue
        try:
            personal = personal_from_json(body)
        except ValueError as error:
            raise ConfigError(
                f"The column {cut(column.name)} of the model "
                f"{cut(node.name)} ({node.original_file_path}) says in its "
                f"meta `personal`: {error}.",
                "Mend it there, then run the same command again.",
            ) from error
        yield (node.schema, node.alias, column.name), personal
