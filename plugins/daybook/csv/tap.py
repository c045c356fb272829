"""tap-csv: CSV files, or published days of the lake."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from daybook.csv.files import find_sources
from daybook.csv.lake_day import (
    PublishedTable,
    check_unedited,
    published_tables,
)
from daybook.csv.scan import records
from daybook.day import Day
from daybook.errors import ConfigError, InputError, cut
from daybook.lake.files import storage_errors
from daybook.singer import log, run
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_path,
    split_list,
)
from daybook.singer.tap import SPOOL_SETTINGS, DaybookTap, TableStream
from daybook.singer.values import json_reader

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


class FileStream(TableStream):
    """A table that lies in CSV files."""

    def __init__(self, tap: TapCsv, source: CsvSource) -> None:
        """Describe the table."""
        super().__init__(tap, source.table)
        self._source = source

    def export(self) -> HandedFile:
        """Write the files down in the lake's dialect and check them."""
        return self._write(self.tap.spool.new_file(self.name))

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, all of them checked before the first is sent."""
        with tempfile.TemporaryDirectory(prefix="tap-csv-") as folder:
            yield from _json_rows(self, self._write(Path(folder, "rows.csv")))

    def _write(self, out: Path) -> HandedFile:
        from daybook.csv.check import check
        from daybook.csv.convert import convert

        with (
            storage_errors(f"Writing {self.name} to {out}"),
            log.progress(self.name) as progress,
        ):
            file = convert(self._source, out, progress)
            check(self._source, file)
        return file


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
        return _json_rows(self, self._published.file)


def _json_rows(
    stream: TableStream, file: HandedFile
) -> Iterator[dict[str, Any]]:
    columns = [
        (column.name, json_reader(column.sql_type))
        for column in stream.table.columns
    ]
    for number, row in enumerate(records(file.path), 1):
        record = {}
        for (name, reader), text in zip(columns, row, strict=True):
            try:
                record[name] = None if text is None else reader(text)
            except ValueError as error:
                raise _not_json(stream.name, number, name, text) from error
        yield record


def _not_json(
    stream: str, row: int, column: str, text: str | None
) -> InputError:
    return InputError(
        f"{stream}, row {row}, column {cut(column)}: {cut(text)} cannot "
        "travel as a JSON value.",
        "Hand files over (`handover: files`) to a target of this project, "
        "or mend the value.",
    )


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
            return [FileStream(self, source) for source in find_sources(files)]
        return [PublishedStream(self, table) for table in self._published()]

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
