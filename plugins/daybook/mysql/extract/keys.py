"""Primary and foreign keys, read from a database's information_schema."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.mysql.connection import rows
from daybook.mysql.sql import identifier, select
from daybook.singer import log
from daybook.table import ForeignKey, base_type

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from daybook.table import Table

_KEYS = """
    SELECT table_name, constraint_name, column_name,
           IF(referenced_table_schema = table_schema,
              referenced_table_name, NULL),
           referenced_column_name, referenced_table_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE()
      AND (constraint_name = 'PRIMARY' OR referenced_table_name IS NOT NULL)
    ORDER BY table_name, constraint_name, ordinal_position
"""
_UNIQUE = """
    SELECT table_name, index_name, column_name, sub_part
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND non_unique = 0
    ORDER BY table_name, index_name, seq_in_index
"""

_TEXTS = frozenset({"text", "character varying"})


def primary_keys(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Return the primary key of each table that has one, in key order."""
    found: dict[str, list[str]] = defaultdict(list)
    for table, constraint, column, *_ in rows(session, _KEYS):
        if constraint == "PRIMARY":
            found[table].append(column)
    return defaultdict(tuple, {k: tuple(v) for k, v in found.items()})


def foreign_keys(session: Session) -> Mapping[str, tuple[ForeignKey, ...]]:
    """Return the foreign keys of each table to tables beside it.

    InnoDB lets a key refer to columns that are not unique; such a one is
    left out: no other database can have it.
    """
    unique = _unique(session)
    parts: dict[tuple[str, str], list[tuple[str, str, str]]]
    parts = defaultdict(list)
    for table, name, column, beside, reference, other in rows(session, _KEYS):
        if other is not None:
            parts[table, name].append((column, beside or "", reference))
    found: dict[str, tuple[ForeignKey, ...]] = defaultdict(tuple)
    for (table, name), columns in parts.items():
        names, tables, references = zip(*columns, strict=True)
        if tables[0] and frozenset(references) in unique[tables[0]]:
            key = ForeignKey(name, names, "", tables[0], references)
            found[table] += (key,)
    return found


def bytewise(session: Session, tables: Iterable[Table]) -> list[Table]:
    """Return the tables without foreign keys that hold in MySQL only.

    A collation may take 'a' and 'A ' for the same key; bytes differ, and
    so would every other database. `session` is in the snapshot.
    """
    return [
        dataclasses.replace(
            table,
            foreign_keys=tuple(
                key
                for key in table.foreign_keys
                if _is_bytewise(session, table, key)
            ),
        )
        for table in tables
    ]


def _unique(session: Session) -> Mapping[str, set[frozenset[str]]]:
    indexes: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for table, index, column, prefix in rows(session, _UNIQUE):
        indexes[table, index].append(None if prefix else column)
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for (table, _), columns in indexes.items():
        whole = [name for name in columns if name is not None]
        if len(whole) == len(columns):
            found[table].add(frozenset(whole))
    return found


def _is_bytewise(session: Session, table: Table, key: ForeignKey) -> bool:
    texts = [
        pair
        for pair in zip(key.columns, key.references, strict=True)
        if base_type(table.column(pair[0]).sql_type) in _TEXTS
    ]
    if not texts or not rows(session, _differing(table, key, texts)):
        return True
    log.logger.warning(
        "%s: the foreign key %s to %s is left out: it has values that are "
        "equal to the source only (upper and lower case, accents).",
        table.stream,
        key.name,
        key.table,
    )
    return False


def _differing(
    table: Table, key: ForeignKey, texts: Sequence[tuple[str, str]]
) -> str:
    joined = " AND ".join(
        f"{identifier('child', ours)} = {identifier('parent', theirs)}"
        for ours, theirs in zip(key.columns, key.references, strict=True)
    )
    differs = " OR ".join(
        f"CONVERT({identifier('child', ours)} USING binary) "
        f"<> CONVERT({identifier('parent', theirs)} USING binary)"
        for ours, theirs in texts
    )
    return select(
        "1",
        f"{identifier(table.name)} AS child "
        f"JOIN {identifier(key.table)} AS parent ON {joined}",
        f"WHERE {differs} LIMIT 1",
    )
