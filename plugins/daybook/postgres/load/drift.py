"""How a table in the target differs from what the source has now. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from daybook.table import base_type

_INTEGERS = ("smallint", "integer", "bigint")
_LENGTHS = frozenset({"character varying", "bit varying"})
_PADDED = "character"
_FRACTIONS = ("timestamp ", "time ", "interval")
_MODIFIERS = re.compile(r"\(([0-9]+)(?:,(-?[0-9]+))?\)")


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
    live: Mapping[str, str], wanted: Mapping[str, str], *, keep_missing: bool
) -> Drift:
    """Return the difference between two maps of columns to types.

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


def widens(old: str, new: str) -> bool:
    """Return whether every value of `old` keeps its text in type `new`."""
    if old == new:
        return False
    if new == "text":
        return True
    before, after = base_type(old), base_type(new)
    if before in _INTEGERS:
        return _integer_widens(before, new)
    if before == after and before in _LENGTHS:
        return _length_grows(old, new)
    if before == after == "numeric":
        return _numeric_grows(old, new)
    return (old, new) == ("real", "double precision")


def holds(old: str, new: str) -> bool:
    """Return whether `new` is `old` with more places, and loses nothing.

    The text may change: 1.5 in numeric(4,2) reads 1.50.
    """
    kind = base_type(old)
    before, after = _modifiers(old), _modifiers(new)
    if old == new or kind != base_type(new) or before is None:
        return False
    if kind == "numeric" and after:
        return before[1] <= after[1] and (
            before[0] - before[1] <= after[0] - after[1]
        )
    if kind == _PADDED:
        return after is not None and before[0] < after[0]
    if kind.startswith(_FRACTIONS):
        return after is None or before[0] < after[0]
    return False


def _integer_widens(old: str, new: str) -> bool:
    if new in _INTEGERS:
        return _INTEGERS.index(old) < _INTEGERS.index(new)
    return new == "numeric"


def _length_grows(old: str, new: str) -> bool:
    before, after = _modifiers(old), _modifiers(new)
    if after is None:
        return True
    return before is not None and before[0] < after[0]


def _numeric_grows(old: str, new: str) -> bool:
    """The scale must stay: 1.5 in numeric(4,2) reads 1.50."""
    before, after = _modifiers(old), _modifiers(new)
    if after is None or before is None:
        return after is None
    return before[1] == after[1] and before[0] < after[0]


def _modifiers(sql_type: str) -> tuple[int, int] | None:
    match = _MODIFIERS.search(sql_type)
    return (int(match[1]), int(match[2] or 0)) if match else None
