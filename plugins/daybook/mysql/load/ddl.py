"""SQL that defines tables. Pure: every function returns a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daybook.mysql.load import types
from daybook.mysql.sql import identifier, identifiers


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns as they are to be.

    Attributes:
        types: By name, spelled as in `types`.
        key: The primary key's columns, which are NOT NULL.
        collation: That of texts.
    """

    types: Mapping[str, str]
    key: tuple[str, ...]
    collation: str

    def column(self, name: str) -> str:
        """Return a column's definition."""
        text = self.types[name]
        if types.is_text(text) and " collate " not in text:
            text += f" CHARACTER SET utf8mb4 COLLATE {self.collation}"
        null = "NOT NULL" if name in self.key else "NULL"
        return f"{identifier(name)} {text} {null}"


def create_table(table: str, shape: Shape, comment: str) -> str:
    """Return the statement that creates a table."""
    return (
        f"CREATE TABLE {table} ({_body(shape)}) {_options(shape)} "
        f"COMMENT = {_plain(comment)}"
    )


def create_temporary(table: str, shape: Shape, *more: str) -> str:
    """Return the statement for a table that this session alone sees."""
    return (
        f"CREATE TEMPORARY TABLE {table} ({_body(shape, *more)}) "
        f"{_options(shape)}"
    )


def alter_columns(
    table: str, shape: Shape, added: Sequence[str], widened: Sequence[str]
) -> str:
    """Return the statement that adds columns and gives others new types."""
    changes = [f"ADD COLUMN {shape.column(name)}" for name in added]
    changes += [f"MODIFY COLUMN {shape.column(name)}" for name in widened]
    return f"ALTER TABLE {table} {', '.join(changes)}"


def change_key(table: str, shape: Shape, *, had_one: bool) -> str:
    """Return the statement that gives an empty table another key."""
    changes = ["DROP PRIMARY KEY"] if had_one else []
    changes += [f"MODIFY COLUMN {shape.column(name)}" for name in shape.key]
    if shape.key:
        changes.append(f"ADD PRIMARY KEY ({identifiers(shape.key)})")
    return f"ALTER TABLE {table} {', '.join(changes)}"


def mark(table: str, comment: str) -> str:
    """Return the statement that gives a table its comment."""
    return f"ALTER TABLE {table} COMMENT = {_plain(comment)}"


def add_unique(table: str, name: str, columns: Sequence[str]) -> str:
    """Return the statement that lets foreign keys refer to columns."""
    return (
        f"ALTER TABLE {table} ADD UNIQUE KEY {identifier(name)} "
        f"({identifiers(columns)})"
    )


def add_foreign_key(
    table: str,
    name: str,
    columns: Sequence[str],
    parent: str,
    references: Sequence[str],
) -> str:
    """Return the statement that adds a foreign key."""
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {identifier(name)} "
        f"FOREIGN KEY ({identifiers(columns)}) "
        f"REFERENCES {identifier(parent)} ({identifiers(references)})"
    )


def drop_foreign_key(table: str, name: str) -> str:
    """Return the statement that drops a foreign key; its index stays."""
    return f"ALTER TABLE {table} DROP FOREIGN KEY {identifier(name)}"


def drop_index(table: str, name: str) -> str:
    """Return the statement that drops an index."""
    return f"ALTER TABLE {table} DROP INDEX {identifier(name)}"


def _body(shape: Shape, *more: str) -> str:
    parts = [*map(shape.column, shape.types), *more]
    if shape.key:
        parts.append(f"PRIMARY KEY ({identifiers(shape.key)})")
    return ", ".join(parts)


def _options(shape: Shape) -> str:
    return (
        "ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 "
        f"COLLATE {shape.collation}"
    )


def _plain(comment: str) -> str:
    return "'" + comment.replace("\\", "\\\\").replace("'", "''") + "'"
