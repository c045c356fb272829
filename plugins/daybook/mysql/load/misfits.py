"""What is said of a file or a value that MySQL does not take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daybook.errors import InputError, cut
from daybook.relational.unseen import without_values
from daybook.singer.day_file import mended_by
from daybook.table import HIDDEN

if TYPE_CHECKING:
    from daybook.relational.loads import Load

_MEND = (
    "Mend it at the source or in the description of the file, and extract "
    "the day again."
)


def does_not_fit(
    load: Load, column: str, value: str, key: str, message: str
) -> InputError:
    """Return the error for a value that no column takes."""
    table = load.table
    names = ", ".join(table.primary_key)
    key = HIDDEN if table.hidden & set(table.primary_key) else key
    where = f", row with the key ({names}) = ({key})" if key else ""
    shown = table.column(column).shown(value) if column else ""
    what = f", column {column}: the value {shown}" if column else ":"
    why = f" ({without_values(message, table)})" if message else ""
    return InputError(
        f"{load.described}{where}{what} does not fit in MySQL{why}. "
        "Nothing was changed.",
        _MEND,
    )


def duplicates(load: Load, messages: Sequence[str]) -> InputError:
    """Return the error for a key on several rows; `messages` name it."""
    key = ", ".join(load.table.primary_key)
    if load.table.hidden & set(load.table.primary_key):
        messages = [without_values(text, load.table) for text in messages]
    return InputError(
        f"{load.described}: the file {load.file.path} holds several rows "
        f"with the same key ({key}), first of all: {'; '.join(messages[:5])}. "
        "Nothing was changed.",
        "Mend the source or the description of its key, and extract the "
        "day again.",
    )


def other_count(load: Load, rows: int) -> InputError:
    """Return the error for a file that does not hold what was announced."""
    return InputError(
        f"{load.described}: {load.file.path} holds {rows} rows, but "
        f"{load.file.rows} were announced. Nothing was changed.",
        mended_by(load),
    )


def unreadable(load: Load, error: Exception) -> InputError:
    """Return the error for a file that is no CSV of the lake."""
    return InputError(
        f"{load.described}: {load.file.path} is not in the lake's dialect: "
        f"{cut(str(error).splitlines()[0])}. Nothing was changed.",
        mended_by(load),
    )
