"""A window: the part of a table that a day holds. Pure.

A table that is extracted incrementally has a cursor, some columns by
which its rows are ordered. A day holds the rows after the one that the
newest earlier day ended with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Mark = tuple[str, ...]
"""A place in the order: the text of each cursor column's value."""


@dataclass(frozen=True, slots=True)
class Window:
    """The rows after `start`, up to and with `end`, compared row-wise.

    Attributes:
        columns: The cursor's columns, the first one counts most.
        start: Where the day before ended; None: from the first row on.
        end: Where this one ends; None: there was no row yet. It is
            `start` where there was none after that.
    """

    columns: tuple[str, ...]
    start: Mark | None
    end: Mark | None

    @property
    def is_empty(self) -> bool:
        """Whether no row can be in it."""
        return self.end is None or self.start == self.end

    def __str__(self) -> str:
        """Return it as a half-open interval, for people."""
        start = "-" if self.start is None else _spelled(self.start)
        end = "-" if self.end is None else _spelled(self.end)
        return f"{'+'.join(self.columns)} ({start}; {end}]"


def window_to_json(window: Window) -> dict[str, Any]:
    """Return the window as it stands in manifests and messages."""
    return {
        "columns": list(window.columns),
        "from": _listed(window.start),
        "to": _listed(window.end),
    }


def window_from_json(body: Mapping[str, Any]) -> Window:
    """Return the window that `window_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    columns = _texts(body["columns"])
    start, end = _mark(body["from"], columns), _mark(body["to"], columns)
    if not columns or (end is None and start is not None):
        raise ValueError(f"{body!r} is no window")
    return Window(columns, start, end)


def _mark(value: object, columns: tuple[str, ...]) -> Mark | None:
    if value is None:
        return None
    mark = _texts(value)
    if len(mark) != len(columns):
        raise ValueError(f"{value!r} is no value per column of the cursor")
    return mark


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(item, str) for item in value
    ):
        raise TypeError(f"{value!r} is no list of texts")
    return tuple(value)


def _listed(mark: Mark | None) -> list[str] | None:
    return None if mark is None else list(mark)


def _spelled(mark: Mark) -> str:
    return ", ".join(mark)
