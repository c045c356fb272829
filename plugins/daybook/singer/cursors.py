"""The setting `incremental`: tables and what orders their rows. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from daybook.errors import ConfigError, cut
from daybook.singer.settings import split_list

if TYPE_CHECKING:
    from daybook.table import Table

INCREMENTAL_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "incremental": {
        "type": ["object", "string"],
        "description": (
            "Tables of which a day holds only the rows after those of the "
            "newest earlier published day, with the columns that order "
            "them: an object of globs and lists of columns, or one string: "
            "`ratings=timestamp+userId+movieId`. End with the key's "
            "columns: rows that are equal in all of them are taken for "
            "one place. Needs `lake`, `source` and `day`."
        ),
    },
    "extend": {
        "type": "boolean",
        "default": False,
        "description": (
            "Read an incremental table of the newest day up to now when "
            "the day is run again, not up to where it ended before."
        ),
    },
    "whole": {
        "type": "boolean",
        "default": False,
        "description": (
            "Read incremental tables whole this time: a new day then takes "
            "in what no cursor saw, and the day after it begins anew."
        ),
    },
    "lake": {
        "type": "string",
        "default": "output",
        "description": "The lake's root, where the days before are found.",
    },
    "source": {
        "type": "string",
        "description": "The source's name in the lake, for `incremental`.",
    },
    "day": {
        "type": "string",
        "description": "The day that is written, for `incremental`.",
    },
}
"""The settings of a tap that can read tables incrementally."""

_EXAMPLE = "ratings=timestamp+userId+movieId,log_*=id"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Tables and the columns that order their rows.

    Attributes:
        glob: Over `schema.table` or `table`.
        columns: The first one counts most.
    """

    glob: str
    columns: tuple[str, ...]

    def takes(self, table: Table) -> bool:
        """Return whether the glob means this table."""
        names = (f"{table.schema}.{table.name}", table.name, table.stream)
        return any(n == self.glob or fnmatchcase(n, self.glob) for n in names)


def parse_incremental(
    setting: Mapping[str, Any] | str | None,
) -> tuple[Cursor, ...]:
    """Return the cursors that the setting holds, in its order.

    Raises:
        ConfigError: It is malformed.
    """
    if isinstance(setting, str) and setting.lstrip().startswith("{"):
        try:
            setting = json.loads(setting)
        except ValueError as error:
            raise _malformed(setting, f"no JSON ({error})") from error
    if isinstance(setting, Mapping):
        return tuple(_cursor(glob, names) for glob, names in _flat(setting))
    return tuple(_from_text(item) for item in split_list(setting))


def _flat(
    setting: Mapping[str, Any], before: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield the entries; Meltano makes objects of a key's dots."""
    for name, value in setting.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _from_text(item: str) -> Cursor:
    glob, equals, names = item.rpartition("=")
    if not equals:
        raise _malformed(item, "without `=`")
    return _cursor(glob.strip(), names)


def _cursor(glob: str, names: object) -> Cursor:
    if isinstance(names, str):
        names = [name.strip() for name in names.split("+")]
    if (
        not isinstance(names, Sequence)
        or not glob
        or not names
        or not all(isinstance(name, str) and name for name in names)
        or len(set(names)) < len(names)
    ):
        raise _malformed(f"{glob}={names}", "no table and its columns")
    return Cursor(glob, tuple(names))


def _malformed(item: object, what: str) -> ConfigError:
    return ConfigError(
        f"The setting `incremental` holds {cut(item)}, {what}.",
        f"Give tables and the columns that order them: {_EXAMPLE!r}.",
    )
