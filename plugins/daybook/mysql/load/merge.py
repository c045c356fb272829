"""SQL that brings a table to what was staged, touching only what differs.

Pure: every function returns a statement. One join writes the keys of what
is new or differs to a temporary table; UPDATE and INSERT go through it.
No statement names a temporary table twice: MySQL could not open it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daybook.mysql.sql import identifier, identifiers

NEW = "daybook is new"
"""The column of the differences that says whether a row is new."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One table and what was staged for it, names quoted.

    Attributes:
        live: The table.
        staged: The temporary table that holds the day's rows.
        differing: The temporary table of the keys of what differs.
        types: The columns of the day and their types.
        key: The primary key's columns.
    """

    live: str
    staged: str
    differing: str
    types: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def rest(self) -> list[str]:
        """The columns beside the key."""
        return [name for name in self.types if name not in self.key]


def find(merge: Merge) -> str:
    """Return the statement that finds rows to insert and to update."""
    absent = f"l.{identifier(merge.key[0])} IS NULL"
    return (
        f"INSERT INTO {merge.differing} "  # noqa: S608 - names quoted
        f"SELECT {_of('s', merge.key)}, {absent} FROM {merge.staged} AS s "
        f"LEFT JOIN {merge.live} AS l ON {_on(merge, 'l', 's')} "
        f"WHERE {absent} OR NOT ({_same(merge)})"
    )


def count_new(merge: Merge) -> str:
    """Return the query for how many rows differ, and are new."""
    new = identifier(NEW)
    return (
        f"SELECT count(*), coalesce(sum({new}), 0) "  # noqa: S608
        f"FROM {merge.differing}"
    )


def delete(merge: Merge) -> str:
    """Return the statement that deletes rows that are not staged."""
    return (
        f"DELETE l FROM {merge.live} AS l "
        f"LEFT JOIN {merge.staged} AS s ON {_on(merge, 'l', 's')} "
        f"WHERE s.{identifier(merge.key[0])} IS NULL"
    )


def delete_gone(merge: Merge, gone: str) -> str:
    """Return the statement that deletes rows by their keys in `gone`.

    But those that are staged: a key can be written in two ways.
    """
    return (
        f"DELETE l FROM {gone} AS g "
        f"STRAIGHT_JOIN {merge.live} AS l ON {_on(merge, 'l', 'g')} "
        f"LEFT JOIN {merge.staged} AS s ON {_on(merge, 's', 'g')} "
        f"WHERE s.{identifier(merge.key[0])} IS NULL"
    )


def update(merge: Merge) -> str:
    """Return the statement that updates the rows that differ."""
    sets = ", ".join(
        f"l.{identifier(name)} = s.{identifier(name)}" for name in merge.rest
    )
    return (
        f"UPDATE {merge.differing} AS d "  # noqa: S608 - names quoted
        f"JOIN {merge.staged} AS s ON {_on(merge, 's', 'd')} "
        f"JOIN {merge.live} AS l ON {_on(merge, 'l', 'd')} "
        f"SET {sets} WHERE NOT d.{identifier(NEW)}"
    )


def insert(merge: Merge) -> str:
    """Return the statement that inserts the rows that are new."""
    return (
        f"INSERT INTO {merge.live} ({identifiers(merge.types)}) "  # noqa: S608
        f"SELECT {_of('s', merge.types)} FROM {merge.differing} AS d "
        f"JOIN {merge.staged} AS s ON {_on(merge, 's', 'd')} "
        f"WHERE d.{identifier(NEW)}"
    )


def _of(alias: str, names: tuple[str, ...] | Mapping[str, str]) -> str:
    return ", ".join(f"{alias}.{identifier(name)}" for name in names)


def _on(merge: Merge, one: str, other: str) -> str:
    return " AND ".join(
        f"{one}.{identifier(name)} = {other}.{identifier(name)}"
        for name in merge.key
    )


def _same(merge: Merge) -> str:
    """Return the condition that no column differs, NULL against '' too."""
    same = [_equal(name, merge.types[name]) for name in merge.rest]
    return " AND ".join(same) or "true"


def _equal(name: str, text: str) -> str:
    one, other = f"l.{identifier(name)}", f"s.{identifier(name)}"
    if text == "double":
        # To `<=>` alone, 0 and -0 are the same.
        one, other = f"CAST({one} AS CHAR)", f"CAST({other} AS CHAR)"
    return f"{one} <=> {other}"
