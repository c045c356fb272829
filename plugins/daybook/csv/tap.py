"""tap-csv: CSV files, or published days of the lake."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from daybook.csv.describe import ON_ERROR
from daybook.csv.file_streams import FileStream, Quarantine
from daybook.csv.files import find_sources
from daybook.csv.json_rows import json_rows
from daybook.csv.lake_day import (
    PublishedTable,
    check_unedited,
    published_tables,
)
from daybook.csv.verify_rules import verify_rules
from daybook.day import Day
from daybook.errors import ConfigError, cut
from daybook.singer import run
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_path,
    split_list,
)
from daybook.singer.tap import SPOOL_SETTINGS, DaybookTap, TableStream

if TYPE_CHECKING:
    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile

_EXTRACT = (
    "MELTANO_ENVIRONMENT=extract SOURCE=csv DATESTAMP=2024-12-20 "
    "meltano run extract_csv"
)
_LOAD = (
    "MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT=2024-12-20 "
    "meltano run tap-csv target-postgres"
)


class PublishedStream(TableStream):
    """A table of a published day."""

    def __init__(self, tap: TapCsv, published: PublishedTable) -> None:
        """Describe the table and the day it comes from."""
        super().__init__(tap, published.table, published.origin)
        self._published = published

    def export(self) -> HandedFile:
        """Hand the published file on, untouched."""
        return self._published.file

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of the published file, if it is unedited."""
        check_unedited(self._published)
        return json_rows(self.name, self.table, self._published.file)


class TapCsv(DaybookTap):
    """The tap; its settings say which of the two it reads."""

    name = "tap-csv"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "files": {
                "type": "array",
                "description": (
                    "The CSV files to extract. A file that a "
                    "datapackage.json beside it describes has types and "
                    "keys; of any other all columns are text."
                ),
                "items": {
                    "type": "object",
                    "required": ["path"],
                    "additionalProperties": False,
                    "properties": {
                        "path": {
                            "type": "string",
                            "minLength": 1,
                            "description": (
                                "A file, a glob or a folder; relative to "
                                "the project's root."
                            ),
                        },
                        "entity": {
                            "type": "string",
                            "minLength": 1,
                            "description": (
                                "The table's name; by default the "
                                "description's or the file's. Several "
                                "files then are one table."
                            ),
                        },
                        "keys": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "The primary key's columns.",
                        },
                    },
                },
            },
            "lake": {
                "type": "string",
                "description": (
                    "The lake's root, to read published days from it."
                ),
                "default": "output",
            },
            "sources": {
                "type": "string",
                "description": (
                    "Sources to read from the lake, separated by commas; "
                    "each must have the day."
                ),
            },
            "day": {
                "type": "string",
                "description": "The day to read, as YYYY-MM-DD.",
            },
            "on_error": {
                "type": "string",
                "enum": list(ON_ERROR),
                "description": (
                    "What becomes of a file with a row that breaks its "
                    "description: `fail` refuses the file, `quarantine` "
                    "puts the row into the table <name>__rejected. A "
                    "resource may say so for itself, as `on_error` under "
                    "its key `daybook`."
                ),
                "default": "fail",
            },
            **SPOOL_SETTINGS,
        },
    }

    def discover_streams(self) -> Sequence[TableStream]:
        """Return one stream per table.

        Raises:
            ConfigError: Neither files nor a day are set, or wrongly.
            InputError: A file or day is missing or at fault.
        """
        files = self.config.get("files")
        lake = self.config.get("sources") or self.config.get("day")
        if bool(files) == bool(lake):
            raise _both_or_neither(both=bool(files))
        if files:
            return self._of_files(find_sources(files))
        return [PublishedStream(self, table) for table in self._published()]

    def _of_files(self, sources: Sequence[CsvSource]) -> list[TableStream]:
        verify_rules(sources)
        streams: list[TableStream] = []
        for source in sources:
            if (source.on_error or self.config["on_error"]) == "fail":
                streams.append(FileStream(self, source))
            else:
                streams += Quarantine(self, source).streams()
        names = [stream.name for stream in streams]
        for name in names:
            if names.count(name) > 1:
                raise _twice(name)
        return streams

    def _published(self) -> list[PublishedTable]:
        check_needed(self.name, self.config, _NEEDED, _LOAD)
        root = project_path(self.config["lake"])
        sources = dict.fromkeys(split_list(self.config["sources"]))
        return published_tables(root, tuple(sources), _day(self.config["day"]))


def main() -> None:
    """Run `tap-csv`."""
    run.run(TapCsv)


def _day(text: str) -> Day:
    return Day.parse(text, variable="EXTRACTED_AT")


def _sources(text: str) -> tuple[str, ...]:
    sources = split_list(text)
    if not sources:
        raise ConfigError(f"TAP_CSV_SOURCES is {cut(text)}, no source.", "")
    return sources


_NEEDED = (
    Needed("sources", "TAP_CSV_SOURCES", _sources),
    Needed("day", "EXTRACTED_AT", _day),
)


def _twice(name: str) -> ConfigError:
    return ConfigError(
        f"{cut(name)} is a table of its own, and would hold the rejected rows "
        "of another one.",
        "Give it another name, or set `on_error` to `fail`.",
    )


def _both_or_neither(*, both: bool) -> ConfigError:
    environment = os.environ.get("MELTANO_ENVIRONMENT") or "not set"
    what = (
        "is set up to read files (TAP_CSV_FILES) and days of the lake "
        "(TAP_CSV_SOURCES, EXTRACTED_AT) at once"
        if both
        else "has neither files to extract (setting `files`) nor days of "
        "the lake to read (settings `sources` and `day`)"
    )
    return ConfigError(
        f"tap-csv {what}. (MELTANO_ENVIRONMENT is {environment}.) "
        "Nothing was written.",
        f"To extract files: {_EXTRACT}\nTo load a day: {_LOAD}",
    )
