"""A day: the label under which a source's state is kept. Pure."""

from __future__ import annotations

import datetime
import re
from typing import Self

from daybook.errors import ConfigError, cut

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Day(datetime.date):
    """A calendar day; `str(day)` is `YYYY-MM-DD`.

    Daybook never asks the clock which day it is: a day always comes
    from the user, through `Day.parse`.
    """

    @classmethod
    def parse(cls, text: str, *, variable: str = "the day") -> Self:
        """Return the day written in `text` as `YYYY-MM-DD`.

        `variable` names where the text came from, for the message.
        Other ISO 8601 forms (`20241220`, `2024-W51-5`) are refused:
        two spellings of one day would be two folders.

        Raises:
            ConfigError: `text` is not a day of the calendar.
        """
        if _SHAPE.fullmatch(text):
            try:
                return cls.fromisoformat(text)
            except ValueError:
                pass
        reason = f"{variable} is {cut(text)}, which is not a day."
        raise ConfigError(
            reason,
            f"Give it as YYYY-MM-DD, for example {variable}=2024-12-20.",
        )
