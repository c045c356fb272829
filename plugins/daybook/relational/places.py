"""Where a table of the lake was loaded, as a load log tells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.lake.manifest import DataFile, Manifest

_KEEPS_DAYS = frozenset({Strategy.HISTORY, Strategy.INSERT})


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the load log.

    Attributes:
        id: A later row has a higher one.
        schema: Where the table is.
        name: The table.
        source: Where its rows came from.
        day: The day that was loaded, `""` if it was none.
        strategy: How.
        sha256: Of the file that was loaded.
        of_day: Whether `day` is the one that was asked about.
    """

    id: int
    schema: str
    name: str
    source: str
    day: str
    strategy: str
    sha256: str
    of_day: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A table of the target that a source was loaded into.

    Attributes:
        schema: Its schema.
        name: Its name.
        newest: What was loaded into it last.
        of_day: What was loaded last of the source and day in question.
    """

    schema: str
    name: str
    newest: Entry
    of_day: Entry | None

    def __str__(self) -> str:
        """Return the table's full name."""
        return f"{self.schema}.{self.name}"

    @property
    def holds_day(self) -> bool:
        """Whether the day's rows should be there, going by the log."""
        if self.of_day is None:
            return False
        return self.newest == self.of_day or self.keeps_days

    @property
    def keeps_days(self) -> bool:
        """Whether a day stays as it is beside days that come later."""
        return self.newest.strategy in _KEEPS_DAYS

    @property
    def keeps_rows(self) -> bool:
        """Whether rows of other days stay among the day's own."""
        return self.newest.strategy in {Strategy.UPSERT, Strategy.INSERT}

    @property
    def is_history(self) -> bool:
        """Whether each day is a partition."""
        return self.newest.strategy == Strategy.HISTORY


def places(
    entries: Sequence[Entry],
    manifest: Manifest,
    file: DataFile,
    schema: str | None,
) -> list[Place]:
    """Return where a table of a day should be.

    Those that hold the day; if there are none, all that hold another one.
    `schema` limits the answer to one.
    """
    name = file.table.name
    schemas = {
        entry.schema
        for entry in entries
        if entry.name == name
        and entry.source == manifest.source
        and schema in {None, entry.schema}
    }
    found = [_place(entries, one, name, manifest) for one in sorted(schemas)]
    mine = [one for one in found if _owner(manifest, one) == file]
    return [one for one in mine if one.holds_day] or mine


def _place(
    entries: Sequence[Entry], schema: str, name: str, manifest: Manifest
) -> Place:
    about = [e for e in entries if (e.schema, e.name) == (schema, name)]
    of_day = [e for e in about if e.of_day and e.source == manifest.source]
    newest = max(about, key=lambda entry: entry.id)
    return Place(schema, name, newest, of_day[0] if of_day else None)


def _owner(manifest: Manifest, place: Place) -> DataFile:
    """Return the table that went there: the log does not know its schema."""
    rivals = [f for f in manifest.files if f.table.name == place.name]
    loaded = place.of_day.sha256 if place.of_day else ""
    by_file = [f for f in rivals if f.sha256 == loaded]
    by_schema = [f for f in rivals if f.table.schema == place.schema]
    return [*by_file, *by_schema, *rivals][0]
