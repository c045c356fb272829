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
    """Return the keys between what was read at two moments.

    That is from one source into another, and where a day holds a part
    of either table.
    """
    places = {(one.source, one.table.schema, one.name): one for one in loads}
    return [
        _key(load, key.name, key.columns, key.table, key.references)
        for load in loads
        for key in load.table.foreign_keys
        if load.strategy is not Strategy.HISTORY
        and (
            key.source not in {"", load.source}
            or _of_parts(
                load, places.get((load.source, key.schema, key.table))
            )
        )
    ]


def _key(
    load: Load,
    name: str,
    names: tuple[str, ...],
    parent: str,
    references: tuple[str, ...],
) -> Key:
    return Key(load.schema, name, load.name, names, parent, references)


def _of_parts(child: Load, parent: Load | None) -> bool:
    """Whether a row's match may be one that no cursor has seen."""
    if parent is None or parent.strategy is Strategy.HISTORY:
        return False
    return bool(child.table.window or parent.table.window)


def _holds(child: Load, parent: Load) -> bool:
    """Whether no load can orphan a row that stays.

    Old rows that a child keeps need a parent that keeps its own.
    """
    if Strategy.HISTORY in {child.strategy, parent.strategy}:
        return False
    if _of_parts(child, parent):
        return False
    return child.strategy.mirrors or parent.strategy.keeps_rows
