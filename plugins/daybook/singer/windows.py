"""Which rows of an incremental table a day is to hold.

Nothing is remembered but what the lake's manifests say: a day holds the
rows after the end of the newest earlier published day, and a day that is
published already is read by its own window again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daybook.day import Day
from daybook.errors import ConfigError, cut
from daybook.lake import partition
from daybook.singer import log
from daybook.singer.cursors import Cursor, parse_incremental
from daybook.singer.settings import Needed, check_needed, project_path
from daybook.window import Mark, Window

if TYPE_CHECKING:
    from daybook.lake.manifest import Manifest
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which rows a day is to hold, as far as the lake can tell.

    Attributes:
        columns: The cursor's columns.
        start: Rows after this one; None: from the first on.
        end: Up to and with this one, where `closed`; None: no row.
        closed: Whether `end` is known; else it is the last row that the
            source has after `start`.
    """

    columns: tuple[str, ...]
    start: Mark | None
    end: Mark | None = None
    closed: bool = False

    def window(self, last: Mark | None) -> Window:
        """Return the window; `last` is the source's last row in it."""
        end = self.end if self.closed else last or self.start
        return Window(self.columns, self.start, end)


@dataclass(frozen=True, slots=True)
class Windows:
    """What the settings and the lake say about a day's windows.

    Attributes:
        cursors: The setting `incremental`; empty: nothing is read so.
        root: The lake's root.
        source: The source's name.
        day: The day that is written.
        extend: Whether the newest day's windows are to grow.
    """

    cursors: tuple[Cursor, ...] = ()
    root: Path = Path()
    source: str = ""
    day: Day = field(default_factory=lambda: Day(1, 1, 1))
    extend: bool = False
    _read: dict[Day, Manifest] = field(default_factory=dict, compare=False)

    def bounds(self, table: Table) -> Bounds | None:
        """Return which rows of `table` are wanted; None: all of them.

        Raises:
            ConfigError: It lacks a column of its cursor.
            InputError: A day's manifest is malformed.
        """
        cursor = next((c for c in self.cursors if c.takes(table)), None)
        if cursor is None:
            return None
        found = self._bounds(table, cursor.columns)
        for name in found.columns:
            if name not in table.column_names:
                raise _no_column(table, name)
        return found

    def check_used(self, tables: Iterable[Table]) -> None:
        """Check that every glob of the setting means some table.

        Raises:
            ConfigError: One means none; likely it is misspelled.
        """
        known = list(tables)
        for cursor in self.cursors:
            if not any(cursor.takes(table) for table in known):
                names = ", ".join(table.name for table in known[:20])
                raise ConfigError(
                    f"The setting `incremental` names {cut(cursor.glob)}, "
                    "which is no table that is extracted.",
                    f"There are: {names}.",
                )

    def _bounds(self, table: Table, columns: tuple[str, ...]) -> Bounds:
        own = self._window(self.day, table.stream)
        later = self._later(table.stream)
        if own:
            if own.columns != columns:
                _say_other_columns(table, self.day, own, "it is read so again")
            if self.extend and later is None:
                return Bounds(own.columns, own.start)
            return Bounds(own.columns, own.start, own.end, closed=True)
        start = self._start(table, columns)
        if later is None:
            return Bounds(columns, start)
        end = later.start if later.columns == columns else None
        _say_later(table, self.day)
        return Bounds(columns, start, end or start, closed=True)

    def _start(self, table: Table, columns: tuple[str, ...]) -> Mark | None:
        """Return where the newest earlier day with the table ended."""
        for day in reversed(self._days(before=True)):
            if self._manifest(day).file(table.stream) is None:
                continue
            window = self._window(day, table.stream)
            if window and window.columns == columns:
                return window.end
            if window:
                _say_other_columns(table, day, window, "so it begins anew")
            return None
        return None

    def _later(self, stream: str) -> Window | None:
        """Return the window of the next later day that has one."""
        found = (self._window(d, stream) for d in self._days(before=False))
        return next((window for window in found if window), None)

    def _days(self, *, before: bool) -> list[Day]:
        return [
            day
            for _, day in partition.days(self.root, self.source)
            if (day < self.day if before else day > self.day)
            and partition.is_published(self.root, self.source, day)
        ]

    def _window(self, day: Day, stream: str) -> Window | None:
        if not partition.is_published(self.root, self.source, day):
            return None
        file = self._manifest(day).file(stream)
        return file.table.window if file else None

    def _manifest(self, day: Day) -> Manifest:
        if day not in self._read:
            self._read[day] = partition.read(self.root, self.source, day)
        return self._read[day]


def windows_of(plugin: str, config: Mapping[str, Any]) -> Windows:
    """Return what the plugin's settings say; `whole` makes them nothing.

    Raises:
        ConfigError: `incremental` is malformed, or what it needs is
            missing.
    """
    cursors = parse_incremental(config.get("incremental"))
    if not cursors or config.get("whole"):
        return Windows()
    needed = [
        Needed("source", "SOURCE", partition.check_source),
        Needed("day", "DATESTAMP", _day),
    ]
    check_needed(
        plugin,
        config,
        needed,
        "MELTANO_ENVIRONMENT=extract SOURCE=postgres DATESTAMP=2024-12-20 "
        f"meltano run {plugin} target-csv (the setting `incremental` needs "
        "both)",
    )
    return Windows(
        cursors,
        project_path(config.get("lake") or "output"),
        config["source"],
        _day(config["day"]),
        bool(config.get("extend")),
    )


def _day(text: str) -> Day:
    return Day.parse(text, variable="DATESTAMP")


def _no_column(table: Table, name: str) -> ConfigError:
    return ConfigError(
        f"{table.stream} has no column {cut(name)}, by which the setting "
        "`incremental` (or the day's own window in the lake) orders it.",
        f"It has: {', '.join(table.column_names)}.",
    )


def _say_other_columns(
    table: Table, day: Day, window: Window, what: str
) -> None:
    log.logger.warning(
        "%s: its window of %s is over the columns %s, not those that the "
        "setting `incremental` names now; %s.",
        table.stream,
        day,
        "+".join(window.columns),
        what,
    )


def _say_later(table: Table, day: Day) -> None:
    log.logger.warning(
        "%s: a later day is published already, so %s holds only rows "
        "between the day before it and that one, if there are any.",
        table.stream,
        day,
    )
