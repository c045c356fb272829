"""The manifest of a day, `datapackage.json`: what belongs to it. Pure.

A Frictionless Data Package (v2) whose `daybook` keys hold our own facts:
per package version, tap, source, day, run and snapshot, per resource
schema, table, rows, longest line, foreign keys and window, per field the
SQL type.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daybook.day import Day
from daybook.errors import ConfigError, InputError, cut
from daybook.lake import layout
from daybook.lake.table_schema import (
    Place,
    from_table_schema,
    to_table_schema,
)
from daybook.table import Table, foreign_key_to_json
from daybook.window import window_from_json, window_to_json

VERSION = 2
"""The newest format; what is newer is never misread for this."""

_VERSION_WITHOUT_WINDOWS = 1
"""Most days have none, and a Daybook of before windows can read them."""

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_UNLABELLED = {"dialect": {"header": False, "commentRows": [1]}}
"""For a table with a blank column name, which validators refuse."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One table's file.

    Attributes:
        table: The table's definition.
        path: Relative to the day's folder, POSIX.
        bytes: Its size.
        sha256: 64 hex digits, over the whole file.
        rows: Data rows, the header not counted.
        longest_line: Bytes of the longest row as it stands in the file.
    """

    table: Table
    path: str
    bytes: int
    sha256: str
    rows: int
    longest_line: int


@dataclass(frozen=True, slots=True)
class Erased:
    """That people were erased from a day; never who.

    Attributes:
        at: When it was done last, ISO 8601 in UTC.
        rows: How many rows lost what was personal, in all.
    """

    at: str
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A published day of one source.

    Attributes:
        source: The source's name.
        day: The day.
        tap: The plugin that read the source, `""` where unknown.
        run: Label or id of the run that made it, may be `""`.
        snapshot: When the source was read, ISO 8601 in UTC, or `""`.
        files: One per table, sorted by schema and name.
        erased: What was erased from these files, None if nothing.
    """

    source: str
    day: Day
    tap: str
    run: str
    snapshot: str
    files: tuple[DataFile, ...]
    erased: Erased | None = None

    def file(self, stream: str) -> DataFile | None:
        """Return the file of a stream, None if the day has no such."""
        for file in self.files:
            if file.table.stream == stream:
                return file
        return None


def to_json(manifest: Manifest) -> bytes:
    """Return the manifest as it stands in the lake; same in, same out."""
    package = {_place(file.table): file.table for file in manifest.files}
    erased = manifest.erased
    body = {
        "$schema": _PROFILE,
        "resources": [_to_resource(f, package) for f in manifest.files],
        "daybook": {
            "version": _version(manifest),
            "tap": manifest.tap,
            "source": manifest.source,
            "day": str(manifest.day),
            "run": manifest.run,
            "snapshot": manifest.snapshot,
            **(
                {"erased_at": erased.at, "erased_rows": erased.rows}
                if erased
                else {}
            ),
        },
    }
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    # What is no UTF-8 (a label from the environment) becomes a JSON escape.
    return text.encode(errors="backslashreplace")


def from_json(data: bytes, where: Path) -> Manifest:
    """Return the manifest in `data`, which was read from `where`.

    Raises:
        ConfigError: A newer version of Daybook wrote it.
        InputError: It is no manifest of a day, or was edited badly.
    """
    try:
        body = json.loads(data)
        version = int(body["daybook"]["version"])
        if version <= VERSION:
            return _from_body(body)
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
        ConfigError,
    ) as error:
        raise _malformed(where, error) from error
    raise ConfigError(
        f"{where} has the format version {version}; this Daybook knows "
        f"versions up to {VERSION}.",
        "Update Daybook (`git pull`, `make setup`), then run again.",
    )


def _version(manifest: Manifest) -> int:
    if any(file.table.window for file in manifest.files):
        return VERSION
    return _VERSION_WITHOUT_WINDOWS


def _to_resource(
    file: DataFile, package: Mapping[Place, Table]
) -> dict[str, Any]:
    table = file.table
    own: dict[str, Any] = {
        "schema": table.schema,
        "table": table.name,
        "rows": file.rows,
        "longestLine": file.longest_line,
    }
    if table.foreign_keys:
        keys = [foreign_key_to_json(key) for key in table.foreign_keys]
        own["foreignKeys"] = keys
    if table.window:
        own["window"] = window_to_json(table.window)
    blank = any(not name.strip() for name in table.column_names)
    return {
        "name": table.stream,
        "type": "table",
        "path": file.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **(_UNLABELLED if blank else {}),
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": to_table_schema(table, package),
        "daybook": own,
    }


def _from_body(body: Mapping[str, Any]) -> Manifest:
    own = body["daybook"]
    resources = body["resources"]
    places = {r["name"]: _place_in(r["daybook"]) for r in resources}
    if len(places) != len(resources):
        raise ValueError("two resources have the same name")
    return Manifest(
        source=_text(own["source"]),
        day=Day.parse(own["day"]),
        tap=_text(own["tap"]),
        run=_text(own["run"]),
        snapshot=_text(own["snapshot"]),
        files=tuple(_from_resource(r, places) for r in resources),
        erased=_erased(own),
    )


def _erased(own: Mapping[str, Any]) -> Erased | None:
    if "erased_at" not in own:
        return None
    return Erased(_text(own["erased_at"]), int(own["erased_rows"]))


def _from_resource(
    resource: Mapping[str, Any], places: Mapping[str, Place]
) -> DataFile:
    own = resource["daybook"]
    for field in resource["schema"]["fields"]:
        _text(field["daybook"]["type"])  # never guessed in a day
    table = from_table_schema(
        resource["schema"],
        _place_in(own),
        places,
        own.get("foreignKeys", ()),
    )
    if "window" in own:
        window = window_from_json(own["window"])
        table = dataclasses.replace(table, window=window)
    digest = _text(resource["hash"]).removeprefix("sha256:")
    # Any other path could lead out of the day's folder.
    path = str(layout.data_file(table.stream, digest))
    if not _SHA256.fullmatch(digest) or resource["path"] != path:
        raise ValueError(f"{resource['path']!r} is not where {path!r} is due")
    return DataFile(
        table=table,
        path=path,
        bytes=int(resource["bytes"]),
        sha256=digest,
        rows=int(own["rows"]),
        longest_line=int(own["longestLine"]),
    )


def _place(table: Table) -> Place:
    return table.schema, table.name


def _place_in(own: Mapping[str, Any]) -> Place:
    return _text(own["schema"]), _text(own["table"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _malformed(where: Path, error: Exception) -> InputError:
    detail = cut(f"{type(error).__name__}: {error}")
    return InputError(
        f"{where} is not the manifest of a day ({detail}); it was edited or "
        "comes from elsewhere.",
        "Put the original back, or extract that day again.",
    )
