"""A table or view of the source's database. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from daybook.mysql.sql import identifier

_TRANSACTIONAL = frozenset({"innodb"})


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view, as the server knows it.

    Attributes:
        database: The database's name.
        name: Its own name.
        kind: information_schema's TABLE_TYPE, for example `BASE TABLE`.
        engine: What stores its rows, `""` for a view.
    """

    database: str
    name: str
    kind: str
    engine: str

    @property
    def schema(self) -> str:
        """Nothing: the URL names the database, and tables are in it."""
        return ""

    @property
    def full_name(self) -> str:
        """`database.name`, for messages and patterns."""
        return f"{self.database}.{self.name}"

    @property
    def quoted(self) -> str:
        """Its name for SQL."""
        return identifier(self.database, self.name)

    @property
    def is_whole_table(self) -> bool:
        """Whether it is a table that holds rows of its own."""
        return self.kind != "VIEW"

    @property
    def has_snapshots(self) -> bool:
        """Whether its rows can be read as they were at one moment."""
        engine = self.engine.lower()
        return not self.is_whole_table or engine in _TRANSACTIONAL
