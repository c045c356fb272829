"""Kinds that depend on what a column holds, not only on its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.errors import InputError, cut
from daybook.neo4j.kinds import (
    Form,
    Kind,
    fits_key,
    fits_list,
    kind_of,
    representable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from daybook.neo4j.model import Node
    from daybook.table import Table


def find(
    connection: duckdb.DuckDBPyConnection,
    stream: str,
    table: Table,
    scan: str,
    *,
    text_for_others: bool,
) -> Mapping[tuple[str, str], Kind]:
    """Return the kinds of columns that are others than their types say.

    An array that no list can hold makes the column JSON text; a value
    that its type cannot hold makes it text if `text_for_others`.

    Raises:
        InputError: There is such a value, and it is not to be text.
    """
    kinds = {
        place: kind_of(column.sql_type)
        for place, column in enumerate(table.columns)
    }
    lists = [p for p, kind in kinds.items() if kind.form is Form.LIST]
    for place in _failing(
        connection, scan, {p: fits_list(f"c{p}") for p in lists}
    ):
        kinds[place] = kinds[place].as_json
    _as_text(connection, table, scan, kinds, refuse=not text_for_others)
    return {
        (stream, column.name): kinds[place]
        for place, column in enumerate(table.columns)
        if kinds[place] != kind_of(column.sql_type)
    }


def _as_text(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    scan: str,
    kinds: dict[int, Kind],
    *,
    refuse: bool,
) -> None:
    """Make columns text of which a value is none of its kind's."""
    conditions = {
        place: condition
        for place, kind in kinds.items()
        if (condition := representable(kind, f"c{place}"))
    }
    for place in _failing(connection, scan, conditions):
        if refuse:
            raise _unrepresentable(
                connection, table, scan, place, kinds[place], conditions[place]
            )
        kinds[place] = kinds[place].as_text


def check_key(
    connection: duckdb.DuckDBPyConnection, node: Node, scan: str
) -> None:
    """Check that all keys can be indexed, and found again.

    Raises:
        InputError: One cannot: it is too long, or NaN.
    """
    columns = [(p.kind, f"c{p.place}") for p in node.key]
    shown = ", ".join(f"left({column}, 100)" for _, column in columns)
    row = room.execute(
        connection,
        f"SELECT {shown} FROM {scan} WHERE NOT ({fits_key(columns)}) LIMIT 1",  # noqa: S608
    ).fetchone()
    if row is None:
        return
    key = ", ".join(
        f"{p.column}={node.table.column(p.column).shown(text)}"
        for p, text in zip(node.key, row, strict=True)
    )
    raise InputError(
        f"{node.table.name}: the key ({key}) cannot be a key in Neo4j, which "
        "takes about 8,160 bytes and no NaN. Nothing was changed.",
        f"Leave the table out: TARGET_NEO4J_EXCLUDE={node.table.name}.",
    )


def _failing(
    connection: duckdb.DuckDBPyConnection,
    scan: str,
    conditions: Mapping[int, str],
) -> list[int]:
    """Return the columns of which a value does not meet its condition."""
    if not conditions:
        return []
    all_ = ", ".join(
        f"coalesce(bool_and({condition}), true)"
        for condition in conditions.values()
    )
    query = f"SELECT {all_} FROM {scan}"  # noqa: S608
    row = room.execute(connection, query).fetchone() or ()
    return [p for p, held in zip(conditions, row, strict=True) if not held]


def _unrepresentable(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    scan: str,
    place: int,
    kind: Kind,
    condition: str,
) -> InputError:
    key = [table.column_names.index(name) for name in table.primary_key]
    shown = ", ".join(f"left(c{at}, 100)" for at in [place, *key])
    row = room.execute(
        connection,
        f"SELECT {shown} FROM {scan} WHERE NOT ({condition}) LIMIT 1",  # noqa: S608
    ).fetchone()
    value, *keys = row or ("",)
    named = ", ".join(
        f"{name}={table.column(name).shown(text)}"
        for name, text in zip(table.primary_key, keys, strict=False)
    )
    column = table.columns[place]
    return InputError(
        f"{table.name} ({named}): column {cut(column.name)} holds "
        f"{column.shown(value)}, which Neo4j's type {kind} cannot. Nothing "
        "was changed.",
        "Let such columns become text (TARGET_NEO4J_UNREPRESENTABLE=string), "
        "or leave the column out (TARGET_NEO4J_EXCLUDE="
        f"{table.name}.{column.name}).",
    )
