"""The keys that models declare: read from the manifest, and checked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from daybook.duck.declared_keys import (
    FOREIGN,
    PRIMARY,
    UNIQUE,
    DeclaredKey,
)
from daybook.duck.session import identifier
from daybook.errors import ConfigError, InputError, cut
from daybook.table import HIDDEN

if TYPE_CHECKING:
    import duckdb

_KINDS = {
    "primary_key": PRIMARY,
    "unique": UNIQUE,
    "foreign_key": FOREIGN,
}
_SHOWN = 5
_COLUMNS = """
    SELECT schema_name, table_name, column_name FROM duckdb_columns()
    WHERE database_name = current_database()
"""
_RELATION = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')


def declared(nodes: Iterable[Any]) -> list[DeclaredKey]:
    """Return the keys of dbt's nodes, in their order.

    Raises:
        ConfigError: A foreign key does not say to which columns, or a
            table has two primary keys.
    """
    keys = [key for node in nodes for key in _keys_of(node)]
    for key in keys:
        same = [k for k in keys if _is_primary_of(k, key.schema, key.table)]
        if len(same) > 1:
            raise ConfigError(
                f"The model {cut(key.table)} declares two primary keys.",
                "A key of several columns is one of the model's own "
                "`constraints`, with `columns: [...]`.",
            )
    return keys


def spelled(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[DeclaredKey]
) -> list[DeclaredKey]:
    """Return the keys with their columns as the tables spell them.

    Raises:
        ConfigError: A table has no such column.
        duckdb.Error: The database cannot be read.
    """
    rows = connection.execute(_COLUMNS).fetchall()
    names: dict[tuple[str, str, str], str] = {
        (schema, table, name.lower()): name for schema, table, name in rows
    }

    def spell(key: DeclaredKey, table: str, name: str) -> str:
        there = names.get((key.schema, table, name.lower()))
        if there is None:
            raise _no_column(key, table, name)
        return there

    return [
        dataclasses.replace(
            key,
            columns=tuple(spell(key, key.table, n) for n in key.columns),
            references=tuple(spell(key, key.other, n) for n in key.references),
        )
        for key in keys
    ]


def check(
    connection: duckdb.DuckDBPyConnection,
    keys: Sequence[DeclaredKey],
    hidden: Collection[str] = (),
) -> None:
    """Check that the keys hold; values of the columns `hidden` are not told.

    Raises:
        InputError: Some do not; names table, columns and the first rows.
        duckdb.Error: A table is not there.
    """
    unique = {
        (key.schema, key.table, frozenset(key.columns))
        for key in keys
        if key.kind != FOREIGN
    }
    problems = []
    for key in keys:
        if key.kind != FOREIGN:
            problems += _doubles(connection, key, hidden)
            continue
        problems += _orphans(connection, key, hidden)
        target = (key.schema, key.other, frozenset(key.references))
        if target not in unique:
            problems += [_no_key(key)]
    if problems:
        raise InputError(
            " ".join(problems),
            "Mend the model or its schema.yml; nothing was published.",
        )


def _keys_of(node: Any) -> Iterator[DeclaredKey]:
    for constraint in node.constraints:
        yield from _key(node, constraint, constraint.columns)
    for column in node.columns.values():
        for constraint in column.constraints:
            yield from _key(node, constraint, [column.name])


def _key(
    node: Any, constraint: Any, columns: Sequence[str]
) -> Iterator[DeclaredKey]:
    kind = _KINDS.get(str(constraint.type.value))
    if kind is None:
        return
    other = ""
    if kind == FOREIGN:
        if not constraint.to or not constraint.to_columns:
            raise ConfigError(
                f"A foreign key of the model {cut(node.name)} does not say "
                "to which columns of which model.",
                "Write {type: foreign_key, columns: [...], to: "
                "ref('model'), to_columns: [...]}.",
            )
        other = _last_part(constraint.to)
    yield DeclaredKey(
        schema=node.schema,
        table=node.alias,
        kind=kind,
        name=constraint.name or "",
        columns=tuple(columns),
        other=other,
        references=tuple(constraint.to_columns or ()) if other else (),
    )


def _last_part(relation: str) -> str:
    r"""Return `movies` of `"models"."main"."movies"`."""
    quoted, plain = _RELATION.findall(relation)[-1]
    return str(plain or quoted.replace('""', '"'))


def _is_primary_of(key: DeclaredKey, schema: str, table: str) -> bool:
    return key.kind == PRIMARY and (key.schema, key.table) == (schema, table)


def _doubles(
    connection: duckdb.DuckDBPyConnection,
    key: DeclaredKey,
    hidden: Collection[str],
) -> list[str]:
    columns = ", ".join(map(identifier, key.columns))
    null = " OR ".join(f"{identifier(name)} IS NULL" for name in key.columns)
    if key.kind == PRIMARY:
        wrong = f"count(*) > 1 OR {null}"
    else:
        wrong = f"count(*) > 1 AND NOT ({null})"
    rows = connection.execute(
        f"SELECT {columns} FROM {_name(key, key.table)} "  # noqa: S608
        f"GROUP BY {columns} HAVING {wrong} ORDER BY {columns} LIMIT {_SHOWN}"
    ).fetchall()
    if not rows:
        return []
    kind = key.kind.lower()
    return [
        f"{key.table}: the {kind} ({', '.join(key.columns)}) is NULL or on "
        f"several rows, first: {_shown(key, rows, hidden)}."
    ]


def _orphans(
    connection: duckdb.DuckDBPyConnection,
    key: DeclaredKey,
    hidden: Collection[str],
) -> list[str]:
    pairs = zip(key.columns, key.references, strict=True)
    columns = ", ".join(f"own.{identifier(name)}" for name in key.columns)
    joined = " AND ".join(
        f"own.{identifier(own)} = other.{identifier(other)}"
        for own, other in pairs
    )
    full = " AND ".join(
        f"own.{identifier(name)} IS NOT NULL" for name in key.columns
    )
    rows = connection.execute(
        f"SELECT DISTINCT {columns} "  # noqa: S608  quoted names
        f"FROM {_name(key, key.table)} AS own WHERE {full} AND NOT EXISTS ("
        f"SELECT 1 FROM {_name(key, key.other)} AS other WHERE {joined}) "
        f"ORDER BY {columns} LIMIT {_SHOWN}"
    ).fetchall()
    if not rows:
        return []
    return [
        f"{key.table}: ({', '.join(key.columns)}) is in no row of "
        f"{key.other} ({', '.join(key.references)}), first: "
        f"{_shown(key, rows, hidden)}."
    ]


def _no_column(key: DeclaredKey, table: str, name: str) -> ConfigError:
    return ConfigError(
        f"The {key.kind.lower()} of the model {cut(key.table)} is of the "
        f"column {cut(name)}, which {cut(table)} has not.",
        "Mend the key in the models' schema.yml.",
    )


def _no_key(key: DeclaredKey) -> str:
    return (
        f"{key.table}: a foreign key refers to {key.other} "
        f"({', '.join(key.references)}), which declares no key of these "
        "columns."
    )


def _name(key: DeclaredKey, table: str) -> str:
    return f"{identifier(key.schema)}.{identifier(table)}"


def _shown(
    key: DeclaredKey,
    rows: Sequence[Sequence[object]],
    hidden: Collection[str],
) -> str:
    secret = [name.lower() in hidden for name in key.columns]
    texts = (
        ", ".join(
            "NULL" if value is None else HIDDEN if hides else str(value)
            for value, hides in zip(row, secret, strict=True)
        )
        for row in rows
    )
    return "; ".join(map(cut, texts))
