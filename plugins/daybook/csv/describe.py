"""A `datapackage.json` beside CSV files -> the tables that they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from daybook.csv import fields
from daybook.csv.constraints import constraints, unique_keys
from daybook.csv.grammar import Format
from daybook.csv.names import check_column_names, check_table_name
from daybook.csv.source import CsvSource
from daybook.errors import InputError, cut
from daybook.lake.layout import MANIFEST
from daybook.lake.table_schema import Place, from_table_schema
from daybook.table import Table

_PLAIN_DIALECT: Mapping[str, tuple[object, ...]] = {
    "doubleQuote": (True,),
    "escapeChar": (None, ""),
    "skipInitialSpace": (False,),
    "commentChar": (None, ""),
    "commentRows": (None, [], ()),
    "nullSequence": (None, ""),
    "headerRows": (None, [1]),
    "lineTerminator": (None, "\n", "\r\n"),
}
"""Dialect keys that change what a file means, with the values read."""

ON_ERROR = ("fail", "quarantine")
"""What may become of a file with a bad row."""

_OWN = frozenset(
    {
        "schema", "table", "rows", "longestLine", "foreignKeys", "window",
        "on_error",
    }
)  # fmt: skip
"""What a resource may say under its key `daybook`; the lake says most."""

_ENCODINGS = {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"}


def describe(folder: Path) -> list[CsvSource]:
    """Return the tables that a folder's `datapackage.json` describes.

    An empty list if there is none. Files are not opened.

    Raises:
        InputError: It is malformed, or asks for something that this tap
            does not do; names the resource and the field.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return []
    try:
        text = path.read_bytes()
        resources = json.loads(text, parse_float=Decimal)["resources"]
        places = {r["name"]: _place(r) for r in resources}
        return [_source(path, r, places) for r in resources]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        detail = cut(f"{type(error).__name__}: {error}")
        raise InputError(
            f"{path} is not a Frictionless Data Package ({detail}).",
            "Check it with `frictionless validate`, mend it, then run the "
            "same command again.",
        ) from error


def _source(
    path: Path, resource: Mapping[str, Any], places: Mapping[str, Place]
) -> CsvSource:
    where = f"{path}, resource {cut(resource['name'])}"
    fields.check_own(where, resource, _OWN)
    schema = dict(resource["schema"])
    schema["fields"] = [fields.resolve(where, f) for f in schema["fields"]]
    table = _table(where, schema, resource, places)
    pairs = list(zip(schema["fields"], table.columns, strict=True))
    return CsvSource(
        table=table,
        format=_format(where, resource),
        paths=_paths(where, path.parent, resource),
        nulls=tuple(
            fields.nulls(schema, field, column.sql_type)
            for field, column in pairs
        ),
        description=path,
        constraints=tuple(
            constraint
            for field, column in pairs
            for constraint in constraints(where, field, column.sql_type)
        ),
        unique=unique_keys(schema),
        on_error=_on_error(where, resource),
    )


def _table(
    where: str,
    schema: Mapping[str, Any],
    resource: Mapping[str, Any],
    places: Mapping[str, Place],
) -> Table:
    place = places[resource["name"]]
    check_table_name(where, place[1])
    check_column_names(where, [str(f["name"]) for f in schema["fields"]])
    keys = resource.get("daybook", {}).get("foreignKeys", ())
    table = from_table_schema(
        schema, place, places, [_FOREIGN_KEY | dict(key) for key in keys]
    )
    referring = [key.columns for key in table.foreign_keys]
    for key in (table.primary_key, *referring, *unique_keys(schema)):
        _check_key(where, key, table.column_names)
    return table


_FOREIGN_KEY = {"name": "", "schema": "", "source": ""}


def _place(resource: Mapping[str, Any]) -> Place:
    own = resource.get("daybook", {})
    return own.get("schema", ""), own.get("table", resource["name"])


def _on_error(where: str, resource: Mapping[str, Any]) -> str:
    said = resource.get("daybook", {}).get("on_error", "")
    if said not in {"", *ON_ERROR}:
        raise InputError(
            f"{where}: on_error is {cut(said)}, not {' or '.join(ON_ERROR)}.",
            "Mend the description, then run the same command again.",
        )
    return str(said)


def _check_key(
    where: str, key: tuple[str, ...], names: tuple[str, ...]
) -> None:
    for name in key:
        if name not in names:
            raise InputError(
                f"{where}: a key names the column {cut(name)}, which is not "
                "one of the fields.",
                "Mend the description, then run the same command again.",
            )


def _paths(
    where: str, folder: Path, resource: Mapping[str, Any]
) -> tuple[Path, ...]:
    names = resource.get("path", ())
    names = [names] if isinstance(names, str) else names
    if not names:
        raise _unsupported(where, "it has no path")
    for name in names:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or "://" in name:
            raise _unsupported(where, f"the path {cut(name)} leads elsewhere")
    return tuple(folder / name for name in names)


def _format(where: str, resource: Mapping[str, Any]) -> Format:
    if resource.get("format", "csv") not in {"csv", "tsv"}:
        raise _unsupported(where, f"the format {cut(resource['format'])}")
    if resource.get("encoding", "utf-8").lower() not in _ENCODINGS:
        raise _unsupported(where, f"the encoding {cut(resource['encoding'])}")
    if resource.get("compression"):
        raise _unsupported(where, "compression")
    dialect = resource.get("dialect", {})
    # Frictionless' own tools nest what is special to CSV.
    dialect = {**dialect, **dialect.get("csv", {})}
    for key, allowed in _PLAIN_DIALECT.items():
        if key in dialect and dialect[key] not in allowed:
            value = cut(dialect[key])
            raise _unsupported(where, f"{key} {value} of the dialect")
    tab = resource.get("format") == "tsv"
    found = Format(
        delimiter=dialect.get("delimiter", "\t" if tab else ","),
        quote=dialect.get("quoteChar", '"'),
        header=dialect.get("header", True),
    )
    return _checked(where, found)


def _checked(where: str, found: Format) -> Format:
    for name, char in (
        ("delimiter", found.delimiter),
        ("quoteChar", found.quote),
    ):
        if len(char) != 1 or not char.isascii() or char in "\r\n\0":
            raise _unsupported(where, f"the {name} {cut(char)}")
    if found.delimiter == found.quote:
        raise _unsupported(where, "delimiter and quoteChar being the same")
    return found


def _unsupported(where: str, what: str) -> InputError:
    return InputError(
        f"{where}: {what}: tap-csv does not read that.",
        "Write the file as CSV in UTF-8, with quotes doubled inside quotes, "
        "and describe that.",
    )
