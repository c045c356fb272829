"""What an audit says of one table in one target. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from daybook.table import hidden

Target = Literal["warehouse", "graph", "mysql", "source"]
Key = Mapping[str, str | None]
"""A row's key by column; of a table without one, the whole row."""

NOT_LOADED = "not loaded"
"""The problem of a table that has no rows of the day."""
UNFINISHED = "a load was not finished: run it again"
"""The problem of a target that is between two days."""
_SUPERSEDED = "superseded by "


def holds_other_day(held: str, wanted: str) -> str:
    """Return the problem of a table that holds another day than wanted."""
    if held > wanted:
        return f"{_SUPERSEDED}{held}"
    return f"holds {held}"


def is_newer(problem: str) -> bool:
    """Return whether the problem is that a newer day is held."""
    return problem.startswith(_SUPERSEDED)


def without(key: Key, names: Collection[str]) -> Key:
    """Return a key without the values of some columns."""
    return {
        name: hidden(value) if name in names else value
        for name, value in key.items()
    }


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that both sides have, with other values.

    Attributes:
        key: Its key.
        columns: Per column that differs, the lake's and the target's
            value as text; None is NULL.
    """

    key: Key
    columns: Mapping[str, tuple[str | None, str | None]]

    def without(self, names: Collection[str]) -> Differing:
        """Return it without the values of some columns."""
        return Differing(
            without(self.key, names),
            {
                name: (hidden(ours), hidden(theirs))
                if name in names
                else (ours, theirs)
                for name, (ours, theirs) in self.columns.items()
            },
        )


@dataclass(frozen=True, slots=True)
class TableAudit:
    """One table of a day of the lake, as a target holds it.

    Attributes:
        target: The target.
        source: The source that the day is of.
        table: The table's stream.
        where: What it is in the target: `schema.table`, a label or a
            relationship type; `""` if it is nowhere.
        rows_lake: Rows of the day.
        rows_target: Rows in the target, None if it has no such table.
        missing: Rows that the target lacks.
        extra: Rows that only the target has, and should not.
        different: Rows of both that differ.
        kept: Rows of other days, which the table keeps on purpose; they
            are no difference.
        missing_keys: The first of those rows.
        extra_keys: The first of those rows.
        differing: The first of those rows.
        problem: Why the table is not the day's, whatever its rows: for
            example `not loaded`, `superseded by 2024-12-21`.
        note: What else is worth saying; no difference by itself.
    """

    target: Target
    source: str
    table: str
    where: str
    rows_lake: int
    rows_target: int | None
    missing: int = 0
    extra: int = 0
    different: int = 0
    kept: int = 0
    missing_keys: tuple[Key, ...] = ()
    extra_keys: tuple[Key, ...] = ()
    differing: tuple[Differing, ...] = ()
    problem: str = ""
    note: str = ""

    def without(self, names: Collection[str]) -> TableAudit:
        """Return it without the values of some columns."""
        return dataclasses.replace(
            self,
            missing_keys=tuple(without(k, names) for k in self.missing_keys),
            extra_keys=tuple(without(k, names) for k in self.extra_keys),
            differing=tuple(one.without(names) for one in self.differing),
        )

    @property
    def rows_differ(self) -> bool:
        """Whether any row does."""
        return bool(self.missing or self.extra or self.different)

    @property
    def is_equal(self) -> bool:
        """Whether the target holds the day's rows, and as that day's."""
        return not (self.problem or self.rows_differ)

    @property
    def is_superseded(self) -> bool:
        """Whether the target holds a newer day, and with it other rows."""
        return is_newer(self.problem)

    def is_right(self, *, allow_newer: bool) -> bool:
        """Return whether it is equal, or as new as is allowed."""
        return self.is_equal or (allow_newer and self.is_superseded)
