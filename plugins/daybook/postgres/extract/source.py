"""What is extracted as one table: a relation, a part of one, a result."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.postgres.extract.source_locks import can_be_locked, from_clause

if TYPE_CHECKING:
    from daybook.postgres.extract.selection import Relation
    from daybook.singer.queries import Query
    from daybook.table import Table
    from daybook.window import Mark, Window


@dataclass(frozen=True, slots=True)
class Source:
    """A table to extract.

    Attributes:
        table: Its columns and keys, and its window.
        select: The SELECT of its rows, columns in order.
        relation: What the server knows it as; None: a query's result.
        query: The query, None if it is a relation.
        size: Bytes on the server's disk, to start with the largest.
    """

    table: Table
    select: Composed
    relation: Relation | None = None
    query: Query | None = None
    size: int = 0

    def __str__(self) -> str:
        """Return what messages call it."""
        return self.relation.full_name if self.relation else str(self.query)

    @property
    def can_be_shared(self) -> bool:
        """Whether any session can lock and read it, not the leader only."""
        return self.relation is not None and can_be_locked(self.relation)


def whole(relation: Relation, table: Table, size: int = 0) -> Source:
    """Return all rows of a relation, in the order in which they lie."""
    return Source(table, _select(relation, table), relation, size=size)


def part(
    source: Source,
    relation: Relation,
    window: Window,
    collated: Collection[str],
) -> Source:
    """Return the rows in a window, in an order that is always the same.

    Another plan would else give the same rows as another file.
    `collated` are the columns that have a collation.
    """
    table = dataclasses.replace(source.table, window=window)
    select = SQL("{} WHERE {} ORDER BY {}").format(
        _select(relation, table),
        _inside(window, collated),
        SQL(", ").join(_order(table, window, collated)),
    )
    return dataclasses.replace(source, table=table, select=select)


def row_of(columns: Sequence[str], collated: Collection[str]) -> Composed:
    """Return columns as a row that compares bytewise where it is text."""
    return SQL("({})").format(
        SQL(", ").join(sortable(name, collated) for name in columns)
    )


def sortable(name: str, collated: Collection[str]) -> Composed:
    """Return a column to sort by, text by its bytes."""
    return SQL("{}{}").format(
        Identifier(name), SQL(' COLLATE "C"' if name in collated else "")
    )


def mark_row(mark: Mark) -> Composed:
    """Return a mark as a row; its texts take the columns' types."""
    return SQL("({})").format(SQL(", ").join(map(Literal, mark)))


def _select(relation: Relation, table: Table) -> Composed:
    return SQL("SELECT {} FROM {}").format(
        SQL(", ").join(map(Identifier, table.column_names)),
        from_clause(relation),
    )


def _inside(window: Window, collated: Collection[str]) -> Composed:
    if window.end is None or window.is_empty:
        return SQL("{}").format(SQL("false"))
    row = row_of(window.columns, collated)
    until = SQL("{} <= {}").format(row, mark_row(window.end))
    if window.start is None:
        return until
    return SQL("{} > {} AND {}").format(row, mark_row(window.start), until)


def _order(
    table: Table, window: Window, collated: Collection[str]
) -> list[Composed]:
    """Return what the rows are sorted by: cursor, then what is left.

    That is the key's rest; without a key all columns, as text, for not
    every type can be sorted.
    """
    known = [sortable(name, collated) for name in window.columns]
    rest = [n for n in table.primary_key if n not in window.columns]
    if table.primary_key:
        return known + [sortable(name, collated) for name in rest]
    others = [n for n in table.column_names if n not in window.columns]
    as_text = SQL('{}::text COLLATE "C"')
    return known + [as_text.format(Identifier(name)) for name in others]
