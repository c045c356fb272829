"""A table as it lies in CSV files. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
    """

    table: Table
    format: Format
    paths: tuple[Path, ...]
    nulls: tuple[Nulls, ...]
    description: Path | None = None
