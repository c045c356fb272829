"""Which rows of a table differ between two files of the lake."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from daybook.duck import delta_sql, room
from daybook.duck.delta_sql import Side
from daybook.table import hidden

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Kind = Literal["added", "changed", "removed"]
MAX_SHOWN_CHARS = 200
"""Values of examples are cut to this many characters."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row that differs.

    Attributes:
        kind: How it differs.
        row: Its key; without one, the whole row.
        values: For a changed row, old and new of what differs.
    """

    kind: Kind
    row: Mapping[str, str | None]
    values: Mapping[str, tuple[str | None, str | None]]

    def without(self, names: Collection[str]) -> Example:
        """Return it without the values of some columns."""
        return dataclasses.replace(
            self,
            row={
                name: hidden(value) if name in names else value
                for name, value in self.row.items()
            },
            values={
                name: (hidden(old), hidden(new))
                if name in names
                else (old, new)
                for name, (old, new) in self.values.items()
            },
        )


@dataclass(frozen=True, slots=True)
class RowDelta:
    """How the rows of a table differ.

    Attributes:
        key: The columns that rows were matched by; none: rows were
            counted as they are, and a change is one removed, one added.
        added: Rows that only the new file has.
        changed: Rows of both files whose other columns differ.
        removed: Rows that only the old file has.
        examples: Some rows of each kind, by key.
    """

    key: tuple[str, ...]
    added: int = 0
    changed: int = 0
    removed: int = 0
    examples: tuple[Example, ...] = ()

    def without(self, names: Collection[str]) -> RowDelta:
        """Return it without the values of some columns."""
        examples = tuple(one.without(names) for one in self.examples)
        return dataclasses.replace(self, examples=examples)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of one table, as far as their columns are the same.

    Attributes:
        scans: SQL that reads the old and the new file, columns c0, c1...
        columns: Names of each file's columns, in order.
        rows: Rows of each file.
    """

    scans: tuple[str, str]
    columns: tuple[Sequence[str], Sequence[str]]
    rows: tuple[int, int]

    @property
    def common(self) -> tuple[str, ...]:
        """The columns of both files, in the new one's order."""
        return tuple(n for n in self.columns[1] if n in self.columns[0])

    def sides(self, key: Sequence[str], rest: Sequence[str]) -> list[Side]:
        """Return the old and the new side for matching by `key`."""
        return [
            Side(
                scan,
                tuple(map(names.index, key)),
                tuple(map(names.index, rest)),
            )
            for scan, names in zip(self.scans, self.columns, strict=True)
        ]


def by_key(
    connection: DuckDBPyConnection,
    pair: Pair,
    key: tuple[str, ...],
    limit: int,
) -> RowDelta | None:
    """Match the rows by `key`; None if rows of a file share a key."""
    rest = tuple(name for name in pair.common if name not in key)
    old, new = pair.sides(key, rest)
    room.execute(connection, delta_sql.by_key(old, new))
    counts = _counts(connection)
    both = counts["same"] + counts["changed"]
    if pair.rows != (both + counts["removed"], both + counts["added"]):
        connection.execute("DROP TABLE delta")
        return None
    examples = list(_keyed_examples(connection, old, key, limit))
    if counts["changed"] and limit:
        query = delta_sql.changed_values(old, new, limit, MAX_SHOWN_CHARS)
        found = room.execute(connection, query).fetchall()
        examples += [_changed(row, key, rest) for row in found]
    del counts["same"]
    return RowDelta(key, **counts, examples=tuple(examples))


def as_bag(connection: DuckDBPyConnection, pair: Pair, limit: int) -> RowDelta:
    """Count the rows as they are, without a key."""
    old, new = pair.sides((), pair.common)
    for statement in delta_sql.as_bag(old, new, sum(pair.rows)):
        room.execute(connection, statement)
    examples = [
        *_whole_rows(connection, "added", new, pair.common, limit),
        *_whole_rows(connection, "removed", old, pair.common, limit),
    ]
    added, removed = _sums(connection)
    return RowDelta((), added=added, removed=removed, examples=tuple(examples))


def _counts(connection: DuckDBPyConnection) -> dict[str, int]:
    counts = {"added": 0, "changed": 0, "removed": 0, "same": 0}
    found = connection.execute(
        "SELECT kind, count(*) FROM delta GROUP BY kind"
    )
    return counts | dict(found.fetchall())


def _sums(connection: DuckDBPyConnection) -> tuple[int, int]:
    row = connection.execute(
        "SELECT coalesce(sum(n) FILTER (n > 0), 0)::BIGINT, "
        "coalesce(-sum(n) FILTER (n < 0), 0)::BIGINT FROM delta"
    ).fetchone()
    return row or (0, 0)


def _keyed_examples(
    connection: DuckDBPyConnection,
    side: Side,
    key: Sequence[str],
    limit: int,
) -> Iterator[Example]:
    kinds: tuple[Kind, ...] = ("added", "removed")
    for kind in kinds:
        query = delta_sql.keys_of(side, kind, limit, MAX_SHOWN_CHARS)
        for row in room.execute(connection, query).fetchall():
            yield Example(kind, dict(zip(key, row, strict=True)), {})


def _changed(
    row: Sequence[Any], key: Sequence[str], rest: Sequence[str]
) -> Example:
    """Return the example in a row of `delta_sql.changed_values`."""
    found = row[len(key) :]
    triples = zip(found[::3], found[1::3], found[2::3], strict=True)
    return Example(
        "changed",
        dict(zip(key, row, strict=False)),
        {
            name: (old, new)
            for name, (differs, old, new) in zip(rest, triples, strict=True)
            if differs
        },
    )


def _whole_rows(
    connection: DuckDBPyConnection,
    kind: Kind,
    side: Side,
    names: Sequence[str],
    limit: int,
) -> Iterator[Example]:
    if not names:
        return
    sign = 1 if kind == "added" else -1
    query = delta_sql.whole_rows(side, sign, limit, MAX_SHOWN_CHARS)
    for row in room.execute(connection, query).fetchall():
        yield Example(kind, dict(zip(names, row, strict=True)), {})
