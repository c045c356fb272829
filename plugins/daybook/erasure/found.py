"""Where people were found, and what every place gives and takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daybook.table import Table

Declared = Mapping[str, Sequence[Table]]
"""Per source of the lake: its tables that have personal columns."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place that holds, or held, something of the people.

    Attributes:
        where: What a report calls it; nothing personal.
        rows: How many rows, lines or objects.
        problem: Why it could not be searched in full, None if it was.
    """

    where: str
    rows: int
    problem: str | None = None
