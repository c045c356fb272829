"""What has to change in each table's definition, decided before any is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.errors import InputError, RefusedError
from daybook.mysql.load import types
from daybook.mysql.sql import identifier
from daybook.relational import drift
from daybook.relational.drift import Drift

if TYPE_CHECKING:
    from daybook.mysql.load.files import Files
    from daybook.mysql.load.live import Live
    from daybook.mysql.load.load_log import Entry
    from daybook.mysql.load.standing import Standing
    from daybook.relational.loads import Load, Options

_PSEUDONYM_CHARS = 40
"""None is longer; an email address's has 35."""


@dataclass(frozen=True, slots=True)
class Job:
    """A table to be loaded, and how the target has it now.

    Attributes:
        live: None if the table does not exist.
        known: The newest entry of the log about this very table.
        drift: The difference between it and the load's definition.
        number: Makes the names of temporary tables unique.
    """

    load: Load
    live: Live | None
    known: Entry | None
    drift: Drift
    number: int

    @property
    def table(self) -> str:
        """The table's name, quoted."""
        return identifier(self.load.name)

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key that the table is to have."""
        return self.load.table.primary_key

    @property
    def key_changes(self) -> bool:
        """Whether the table exists with another primary key."""
        return self.live is not None and self.live.primary_key != self.key

    @property
    def types(self) -> Mapping[str, str]:
        """The types of the day's columns, in the file's order."""
        return self.drift.types

    @property
    def is_empty(self) -> bool:
        """Whether no row is there to compare with."""
        return self.live is None or self.live.empty

    @property
    def breaks_keys(self) -> bool:
        """Whether foreign keys cannot stand while it is altered."""
        return bool(self.key_changes or self.drift.widened)

    @property
    def changes_definition(self) -> bool:
        """Whether the table's definition changes."""
        return bool(self.live is None or self.key_changes or self.drift)

    @property
    def differences(self) -> list[str]:
        """How the definition differs from the table's, as text."""
        return [*self.drift.differences, *self._key_differences]

    @property
    def losses(self) -> list[str]:
        """Differences that cannot be brought about without a loss."""
        keys = [] if self.is_empty else self._key_differences
        return [*self.drift.losses, *keys]

    @property
    def _key_differences(self) -> list[str]:
        if self.live is None or not self.key_changes:
            return []
        before = ", ".join(self.live.primary_key)
        return [
            f"the primary key was ({before}) and is ({', '.join(self.key)})"
        ]


def plan_jobs(
    files: Files, standings: Sequence[Standing], options: Options
) -> list[Job]:
    """Return what is to be done to each table.

    Raises:
        InputError: A text in a key is longer than a key may be.
        RefusedError: Definitions differ more than `schema_change`
            allows; names every column with its old and new type.
    """
    loads = [one.load for one in standings]
    jobs = [
        _job(one, _wanted(files, one, loads), number)
        for number, one in enumerate(standings)
    ]
    _refuse_drift(jobs, options.schema_change)
    return jobs


def _wanted(
    files: Files, one: Standing, loads: Sequence[Load]
) -> dict[str, str]:
    """Return the types of a table's columns, those of keys measured."""
    load, keys = one.load, _in_keys(one.load, loads)
    columns = {one.name: one.sql_type for one in load.table.columns}
    live = one.live.columns if one.live else {}
    rooms = {name: types.capacity(live.get(name, "")) for name in columns}
    lengths = files.longest(load, _measured(load, keys, rooms))
    for name in keys & lengths.keys():
        _check_length(load, name, lengths[name])
    # A column that was in a key before stays as it is, if values fit.
    sized = {
        name: max(length, _room(load, name))
        for name, length in lengths.items()
        if name in keys or length <= rooms[name]
    }
    return types.types_of(columns, sized, load.table.primary_key)


def _room(load: Load, name: str) -> int:
    """Return how much room a pseudonym may need in a column one day."""
    return _PSEUDONYM_CHARS if load.table.column(name).personal else 0


def _measured(
    load: Load, keys: Collection[str], rooms: Mapping[str, int]
) -> list[str]:
    """Return the columns whose longest value decides on their type.

    `rooms` is how long values may be that columns hold now.
    """
    table = load.table
    key = [table.column(name).sql_type for name in table.primary_key]
    is_long = types.is_long(key)
    return [
        column.name
        for column in table.columns
        if (
            types.is_sized(column.sql_type)
            and (column.name in keys or rooms[column.name])
        )
        or (
            is_long
            and column.name in table.primary_key
            and types.is_varying(column.sql_type)
        )
    ]


def _check_length(load: Load, name: str, length: int) -> None:
    """Check that a key can hold the longest value of a column.

    Raises:
        InputError: It cannot.
    """
    if length > types.MAX_KEY_CHARS:
        raise InputError(
            f"{load.described}: column {name} is in a key and holds a "
            f"value of {length} characters; a key of MySQL takes "
            f"{types.MAX_KEY_CHARS}. Nothing was changed.",
            "Shorten it at the source, or leave the table out.",
        )


def _in_keys(load: Load, loads: Sequence[Load]) -> set[str]:
    """Return the columns that an index must be able to hold."""
    table = load.table
    names = {*table.primary_key}
    for key in table.foreign_keys:
        names.update(key.columns)
    for other in loads:
        for key in other.table.foreign_keys:
            if (key.schema, key.table) == (table.schema, table.name):
                names.update(key.references)
    return names


def _job(one: Standing, wanted: Mapping[str, str], number: int) -> Job:
    if one.live is None:
        found = Drift({}, (), (), wanted)
    else:
        found = drift.compare(
            one.live.columns,
            wanted,
            keep_missing=one.load.strategy.keeps_rows,
            widens=types.widens,
            holds=types.holds,
        )
    return Job(one.load, one.live, one.known, found, number)


def _refuse_drift(jobs: Sequence[Job], policy: str) -> None:
    """Refuse what the policy does not allow, for all tables at once.

    Raises:
        RefusedError: Any definition differs too much.
    """
    frozen = policy == "freeze"
    refused = [
        f"{job.load.described}: {'; '.join(found)}"
        for job in jobs
        if (found := job.differences if frozen else job.losses)
    ]
    if refused:
        raise RefusedError(
            "Nothing was changed, because definitions have changed: "
            + ". ".join(refused)
            + ".",
            "To add columns and widen types: "
            "TARGET_MYSQL_SCHEMA_CHANGE=evolve."
            if frozen
            else "A value could be lost. Rename or drop such a table (or a "
            "column that is gone), then run the same command again: it is "
            "made anew from this day.",
        )
