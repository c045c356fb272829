"""Which day a run is for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AT_ONCE = timedelta(0)
_EXAMPLE = 'For example: {"date": "2024-12-20"}'


def day_of_run(
    run_type: str,
    conf: Mapping[str, Any],
    chosen: object,
    moment: datetime,
    behind: timedelta = _AT_ONCE,
) -> str:
    """Return the day, `YYYY-MM-DD`.

    `chosen` is the parameter `date`, None if the run has none; then the
    day is that of `moment`, when the run was due, or of so long `behind`
    it as a day's data may be late. A backfill names the days themselves.

    Raises:
        ValueError: The run names something else than a day, or is part
            of a backfill, whose runs all would get the same day.
    """
    others = sorted(set(conf) - {"date"})
    if others:
        raise ValueError(
            f"The run's configuration has {_list(others)}; `date` is all "
            f"that it may have. {_EXAMPLE}"
        )
    if chosen is None or chosen == "":
        late = _AT_ONCE if run_type == "backfill" else behind
        return (moment - late).strftime("%Y-%m-%d")
    if run_type == "backfill":
        raise ValueError(
            "A backfill chooses its days itself; with `date` all its runs "
            "would load the same. Start it without."
        )
    return _checked(chosen)


def _checked(chosen: object) -> str:
    if isinstance(chosen, str) and _DAY.fullmatch(chosen):
        try:
            return date.fromisoformat(chosen).isoformat()
        except ValueError:
            pass  # the 30th of February
    raise ValueError(
        f"The date is {str(chosen)[:80]!r}, which is no day. {_EXAMPLE}"
    )


def _list(names: list[str]) -> str:
    return ", ".join(repr(name[:80]) for name in names[:5])
