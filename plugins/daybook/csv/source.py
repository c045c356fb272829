"""A table as it lies in CSV files. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daybook.csv.constraints import Constraint
from daybook.csv.grammar import Format
from daybook.csv.nulls import Nulls
from daybook.table import Table


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A table and the files that hold its rows.

    Attributes:
        table: What the description, or else the header, says.
        format: How the files are written.
        paths: Absolute paths; the rows follow in this order.
        nulls: What means NULL, per column.
        description: The `datapackage.json`, None without one.
        constraints: What values must keep beside their types.
        unique: Columns whose values come once, the primary key apart.
        on_error: `fail`, `quarantine`, or `""` for the tap's setting.
    """

    table: Table
    format: Format
    paths: tuple[Path, ...]
    nulls: tuple[Nulls, ...]
    description: Path | None = None
    constraints: tuple[Constraint, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    on_error: str = ""

    @property
    def is_personal(self) -> bool:
        """Whether the files say something about people."""
        return any(column.personal for column in self.table.columns)
