"""Which foreign keys a load enforces, and which it only describes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.relational.loads import Load


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key between two tables of the target's schema."""

    schema: str
    name: str
    child: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]

    def __str__(self) -> str:
        """Return both tables with their columns."""
        mine, theirs = ", ".join(self.columns), ", ".join(self.references)
        return (
            f"{self.schema}.{self.child} ({mine}) -> "
            f"{self.schema}.{self.parent} ({theirs})"
        )

    @property
    def shape(self) -> tuple[object, ...]:
        """What makes two keys the same, whatever their names."""
        return self.child, self.columns, self.parent, self.references


def enforced(loads: Sequence[Load]) -> list[Key]:
    """Return the keys inside one source that can always hold."""
    places = {(one.source, one.table.schema, one.name): one for one in loads}
    found = []
    for load in loads:
        for key in load.table.foreign_keys:
            source = key.source or load.source
            parent = places.get((source, key.schema, key.table))
            if parent and source == load.source and _holds(load, parent):
                found.append(
                    _key(
                        load,
                        key.name,
                        key.columns,
                        parent.name,
                        key.references,
                    )
                )
    return found


def described(loads: Sequence[Load]) -> list[Key]:
    """Return the keys that point into another source."""
    return [
        _key(load, key.name, key.columns, key.table, key.references)
        for load in loads
        for key in load.table.foreign_keys
        if key.source
        and key.source != load.source
        and load.strategy is not Strategy.HISTORY
    ]


def _key(
    load: Load,
    name: str,
    names: tuple[str, ...],
    parent: str,
    references: tuple[str, ...],
) -> Key:
    return Key(load.schema, name, load.name, names, parent, references)


def _holds(child: Load, parent: Load) -> bool:
    """Whether no load can orphan a row that stays.

    Old rows that a child keeps need a parent that keeps its own.
    """
    if Strategy.HISTORY in {child.strategy, parent.strategy}:
        return False
    return child.strategy.mirrors or parent.strategy.keeps_rows
