"""How a table in the target differs from what the source has now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Rule = Callable[[str, str], bool]
"""Takes an old and a new type."""


@dataclass(frozen=True, slots=True)
class Widening:
    """A column whose type grows."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What it takes to bring a table to a new definition.

    Attributes:
        added: Columns that are new, name and type.
        widened: Columns whose type grows.
        losses: Differences that could lose a value, as text.
        types: The type that each of the day's columns then has.
    """

    added: Mapping[str, str]
    widened: tuple[Widening, ...]
    losses: tuple[str, ...]
    types: Mapping[str, str]

    def __bool__(self) -> bool:
        """Return whether there is any difference at all."""
        return bool(self.added or self.widened or self.losses)

    @property
    def differences(self) -> list[str]:
        """Every difference, as text."""
        added = [f"column {n} ({t}) is new" for n, t in self.added.items()]
        widened = [
            f"column {one.column} was {one.old} and is {one.new}"
            for one in self.widened
        ]
        return [*added, *widened, *self.losses]


def compare(
    live: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    keep_missing: bool,
    widens: Rule,
    holds: Rule,
) -> Drift:
    """Return the difference between two maps of columns to types.

    `widens` says whether every value of the old type keeps its text in
    the new one, `holds` whether that loses nothing but may change it.
    `keep_missing` says that rows of other days stay: a column which the
    day lacks may stay for them, and their text must not change.
    """
    added: dict[str, str] = {}
    widened: list[Widening] = []
    losses: list[str] = []
    types = dict(wanted)
    for name, new in wanted.items():
        old = live.get(name)
        if old is None:
            added[name] = new
        elif widens(old, new) or (not keep_missing and holds(old, new)):
            widened.append(Widening(name, old, new))
        elif old == new or widens(new, old):
            types[name] = old
        else:
            losses.append(f"column {name} was {old} and is {new}")
    if not keep_missing:
        losses += [
            f"column {name} ({old}) is gone"
            for name, old in live.items()
            if name not in wanted
        ]
    return Drift(added, tuple(widened), tuple(losses), types)
