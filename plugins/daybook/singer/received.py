"""Streams as a target has received them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.singer.handover import HandedFile
    from daybook.singer.schema import Origin
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Received:
    """One stream as it came from the tap.

    Attributes:
        stream: The Singer stream's name.
        table: As the source has it.
        origin: The lake day it is of, None for taps that read none.
        file: All of its rows.
    """

    stream: str
    table: Table
    origin: Origin | None
    file: HandedFile

    def __str__(self) -> str:
        """Return the table's full name, for messages."""
        return self.source_name

    @property
    def source_name(self) -> str:
        """The table's full name in the source."""
        return f"{self.table.schema}.{self.table.name}".lstrip(".")

    @property
    def source(self) -> str:
        """The source's name, `""` for taps that read no lake day."""
        return self.origin.source if self.origin else ""

    @property
    def day(self) -> Day | None:
        """The day that is loaded, None for taps that read no lake day."""
        return self.origin.day if self.origin else None

    @property
    def described(self) -> str:
        """Table, source and day, for messages."""
        if self.origin is None:
            return str(self)
        return f"{self} (source {self.source}, day {self.day})"
