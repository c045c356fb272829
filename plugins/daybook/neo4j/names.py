"""Names of a graph: labels, relationship types, identifiers. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def label(table: str) -> str:
    """Return a table's label: `order_details` -> `OrderDetail`."""
    raise NotImplementedError


def relationship_type(
    columns: Sequence[str], references: Sequence[str], table: str
) -> str:
    """Return a foreign key's type: `customer_id` -> `HAS_CUSTOMER`.

    `references` are the columns referred to, `table` is theirs.
    """
    raise NotImplementedError


def join_type(table: str) -> str:
    """Return a join table's type: `order_details` -> `ORDER_DETAILS`."""
    raise NotImplementedError


def quote(name: str) -> str:
    """Return `name` as a Cypher identifier, in backticks."""
    raise NotImplementedError
