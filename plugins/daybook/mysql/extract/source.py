"""What is extracted as one table: a relation or a query's result. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.sql import identifier, select

if TYPE_CHECKING:
    from daybook.mysql.extract.expressions import Field
    from daybook.mysql.extract.relation import Relation
    from daybook.singer.queries import Query
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Source:
    """A table to extract.

    Attributes:
        table: Its columns and keys, and its window.
        fields: Its columns as the source has them, in order.
        origin: What to select from, as SQL.
        order: What the rows are sorted by, as SQL; empty: as they lie.
        conditions: Which rows are read, as SQL.
        relation: What the server knows it as; None: a query's result.
        query: The query, None if it is a relation.
    """

    table: Table
    fields: Sequence[Field]
    origin: str
    order: Sequence[str] = ()
    conditions: Sequence[str] = ()
    relation: Relation | None = None
    query: Query | None = None

    def __str__(self) -> str:
        """Return what messages call it."""
        return self.relation.full_name if self.relation else str(self.query)

    def select(
        self, what: str, *conditions: str, limit: int | None = None
    ) -> str:
        """Return the SELECT of expressions from its rows, in order."""
        wanted = [f"({one})" for one in (*self.conditions, *conditions)]
        parts = [
            f"WHERE {' AND '.join(wanted)}" if wanted else "",
            f"ORDER BY {', '.join(self.order)}" if self.order else "",
            f"LIMIT {limit}" if limit else "",
        ]
        return select(what, self.origin, " ".join(filter(None, parts)))


def whole(relation: Relation, table: Table, fields: Sequence[Field]) -> Source:
    """Return all rows of a relation, in the order in which they lie.

    With another index, that the server may choose one day, the same
    rows would be another file.
    """
    key = table.primary_key
    if not relation.is_whole_table:
        return Source(table, fields, relation.quoted, relation=relation)
    hint = "FORCE INDEX (PRIMARY)" if key else "USE INDEX ()"
    return Source(
        table,
        fields,
        f"{relation.quoted} {hint}",
        order=tuple(identifier(name) for name in key),
        relation=relation,
    )
