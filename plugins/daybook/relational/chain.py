"""Parts of a table, each from where one ended: none may be left out. Pure.

A day of an incremental table holds the rows after some earlier day's
end. It is loaded only into a table that holds everything up to there.
"""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.errors import RefusedError
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.relational.loads import Load
    from daybook.window import Mark, Window

_SHOWN = 31


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was loaded into a table, as the load log tells.

    Attributes:
        day: The day that was loaded.
        end: What `end_of` gave for it.
    """

    day: datetime.date | None
    end: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A load that would leave out what lies before it.

    Attributes:
        load: The load.
        days: Published days to load first, oldest first; none: the lake
            has no day that leads up to it.
    """

    load: Load
    days: tuple[datetime.date, ...]


def end_of(window: Window | None) -> str | None:
    """Return where a part ends, as it stands in a load log."""
    return None if window is None else _mark(window, window.end)


def gap(load: Load, held: Sequence[Part]) -> Gap | None:
    """Return what is missing before the load, None if nothing is.

    `held` are the parts that its table holds, as they were loaded. As
    each of them had to follow another one, everything up to the end of
    any of them is there. Without a key, rows that come again would be
    there twice: then the part must follow the one loaded last. (That a
    day itself comes again is for others to judge.)
    """
    window = load.table.window
    if window is None or load.strategy is Strategy.HISTORY:
        return None
    if _follows(load, window, held):
        return None
    newest = max((part.day for part in held if part.day), default=None)
    earlier = load.origin.earlier if load.origin else ()
    days = (day for day in earlier if newest is None or day > newest)
    return Gap(load, tuple(days))


def refuse(gaps: Iterable[Gap | None], plugin: str) -> None:
    """Refuse loads that would leave rows out, all of them at once.

    `plugin` is the target's name, for the commands.

    Raises:
        RefusedError: There is any gap.
    """
    found = [one for one in gaps if one is not None]
    if not found:
        return
    days = sorted({day for one in found for day in one.days})
    raise RefusedError(
        "Nothing was changed. " + ". ".join(map(_reason, found)) + ".",
        _load_first(found[0].load, days, plugin) if days else _ANEW,
    )


def _follows(load: Load, window: Window, held: Sequence[Part]) -> bool:
    ends = [part.end for part in held]
    if not load.table.primary_key:
        if load.day in [part.day for part in held]:
            return True
        ends = ends[-1:]
        if window.start is None:
            return not held
    return window.start is None or _mark(window, window.start) in ends


_ANEW = (
    "The lake has no published day that leads up to it. Extract a new "
    "day whole (TAP_POSTGRES_WHOLE=true or TAP_MYSQL_WHOLE=true), and load "
    "that one; the days after it begin anew."
)


def _reason(one: Gap) -> str:
    window = one.load.table.window
    start = window.start if window else None
    if start is None:
        return (
            f"{one.load.described} begins anew, and without a key its rows "
            "could not be told from those that are there"
        )
    return (
        f"{one.load.described} holds the rows after ({', '.join(start)}), "
        f"but {one.load} does not hold everything up to there"
    )


def _load_first(load: Load, days: Sequence[datetime.date], plugin: str) -> str:
    """Return the commands that load the days before, in their order."""
    schema = shlex.quote(load.schema)
    lines = [
        f"MELTANO_ENVIRONMENT=load SCHEMA={schema} EXTRACTED_AT={day} "
        f"meltano run tap-csv {plugin}"
        for day in days[:_SHOWN]
    ]
    return "\n".join(["Load the days before it first:", *lines])


def _mark(window: Window, mark: Mark | None) -> str:
    return json.dumps([window.columns, mark], ensure_ascii=False)
