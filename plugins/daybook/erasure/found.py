"""Where people were found, and what every place gives and takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daybook.errors import InputError
from daybook.personal import Personal, personal_from_json
from daybook.table import Table

Declared = Mapping[str, Sequence[Table]]
"""Per source of the lake: its tables that have personal columns."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place that holds, or held, something of the people.

    Attributes:
        where: What a report calls it; nothing personal.
        rows: How many rows, lines or objects.
        problem: Why it could not be searched in full, None if it was.
    """

    where: str
    rows: int
    problem: str | None = None


def noted(where: str, said: object) -> dict[str, Personal]:
    """Return what is personal of a table, as a target has noted it.

    Raises:
        InputError: It is nothing that this Daybook knows.
    """
    names = said if isinstance(said, Mapping) else {"": said}
    try:
        return {name: personal_from_json(one) for name, one in names.items()}
    except ValueError as error:
        raise InputError(
            f"What is noted as personal of {where} is not understood: it was "
            "edited, or a later Daybook noted it. Nobody was erased there.",
            "Update Daybook (`git pull`, `make setup`), then run again.",
        ) from error
