"""A relation of PostgreSQL, as far as it matters here. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from daybook.singer.selection import Wanted as Wanted
from daybook.singer.selection import choose as choose


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or the like, as the server knows it.

    Attributes:
        oid: The server's own number for it.
        schema: Its schema's name.
        name: Its name.
        kind: `pg_class.relkind`: `r` table, `p` partitioned table, `v`
            view, `m` materialized view, `f` foreign table.
        is_partition: Whether it is a part of a partitioned table.
        may_read: Whether the role may SELECT from it.
        has_policy: Whether row security hides rows from the role.
    """

    oid: int
    schema: str
    name: str
    kind: str
    is_partition: bool
    may_read: bool = True
    has_policy: bool = False

    @property
    def full_name(self) -> str:
        """`schema.name`, for messages and patterns."""
        return f"{self.schema}.{self.name}"

    @property
    def is_whole_table(self) -> bool:
        """Whether it is a table that holds rows of its own."""
        return self.kind in {"r", "p"} and not self.is_partition
