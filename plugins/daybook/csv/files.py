"""The setting `files` -> tables with their files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from daybook.csv.convert import first_row
from daybook.csv.describe import describe
from daybook.csv.grammar import Format
from daybook.csv.names import check_column_names, check_table_name
from daybook.csv.nulls import Nulls
from daybook.csv.source import CsvSource
from daybook.errors import ConfigError, InputError, cut
from daybook.singer.log import logger
from daybook.singer.settings import project_path
from daybook.table import Column, Table

Entry = Mapping[str, Any]
"""One of the setting's items: `path`, and perhaps `entity` and `keys`."""

_OTHER_DELIMITERS = ";\t|"

_EXAMPLE = (
    'For example: TAP_CSV_FILES=\'[{"path": "extract"}]\' '
    "(relative paths start at the project's root)."
)


def find_sources(entries: Iterable[Entry]) -> list[CsvSource]:
    """Return the tables that the setting `files` names, in its order.

    Only headers of files without a description are read.

    Raises:
        ConfigError: Two items give one table, or keys that are not there.
        InputError: A file is missing, or its header or description is
            at fault.
    """
    sources = [s for entry in entries for s in _sources(entry)]
    _check_streams(sources)
    return sources


def _sources(entry: Entry) -> Iterator[CsvSource]:
    found = _found(project_path(entry["path"]))
    if "entity" in entry:
        found = [_as_one(entry["entity"], found)]
    for source in found:
        yield _with_keys(source, entry.get("keys", ()))


def _found(path: Path) -> list[CsvSource]:
    """Return one table per described resource, or file without one."""
    if path.is_dir():
        sources = describe(path)
        known = {file for source in sources for file in source.paths}
        others = [file for file in _csv_files(path) if file not in known]
    else:
        sources, others = _by_file(_matching(path))
    found = [*map(_complete, sources), *map(_undescribed, others)]
    if not found:
        raise InputError(f"{path}: no CSV file is there.", _EXAMPLE)
    return found


def _csv_files(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.iterdir() if file.suffix.lower() == ".csv"
    )


def _matching(path: Path) -> list[Path]:
    if path.exists():
        return [path]
    # A path of the user's is a pattern as it stands, also an absolute one.
    pattern = str(path.relative_to(path.anchor))
    found = sorted(Path(path.anchor).glob(pattern))
    if not found:
        raise InputError(f"{path}: there is no such file.", _EXAMPLE)
    return [file for file in found if not file.is_dir()]


def _by_file(
    paths: Sequence[Path],
) -> tuple[list[CsvSource], list[Path]]:
    """Return the described tables that hold the files, and the others."""
    folders = dict.fromkeys(path.parent for path in paths)
    described = [
        source
        for folder in folders
        for source in describe(folder)
        if set(source.paths) & set(paths)
    ]
    known = {file for source in described for file in source.paths}
    return described, [path for path in paths if path not in known]


def _complete(source: CsvSource) -> CsvSource:
    for path in source.paths:
        if not path.is_file():
            raise InputError(
                f"{path} is not there (or no file), but {source.description} "
                "describes it.",
                "Put the file there, or remove its resource.",
            )
    return source


def _undescribed(path: Path) -> CsvSource:
    if not path.is_file():
        raise InputError(f"{path} is not a regular file.", _EXAMPLE)
    names = first_row(path, Format())
    _warn_of_other_delimiter(path, names)
    check_column_names(f"{path}, line 1", names)
    check_table_name(str(path), path.stem)
    columns = tuple(Column(name, "text") for name in names)
    table = Table("", path.stem, columns)
    return CsvSource(table, Format(), (path,), (Nulls(),) * len(columns))


def _warn_of_other_delimiter(path: Path, names: Sequence[str]) -> None:
    found = [mark for mark in _OTHER_DELIMITERS if mark in names[0]]
    if len(names) == 1 and found:
        logger.warning(
            "%s has one column, called %s. If %r separates its columns, say "
            "so in a datapackage.json beside it: "
            '{"resources": [{"name": ..., "path": %s, '
            '"dialect": {"delimiter": %s}, "schema": ...}]}',
            path,
            cut(names[0]),
            found[0],
            json.dumps(path.name),
            json.dumps(found[0]),
        )


def _as_one(entity: str, sources: Sequence[CsvSource]) -> CsvSource:
    """Return one table called `entity` that holds all the rows."""
    check_table_name("The setting `files`", entity)
    first, *others = sources
    for other in others:
        if first.description or other.description:
            raise ConfigError(
                f"The setting `files` makes {cut(entity)} of several tables "
                "that are described one by one "
                f"({first.table.name}, {other.table.name}, ...).",
                "Leave `entity` out, or give the files one resource with a "
                "list of paths.",
            )
    table = dataclasses.replace(first.table, name=entity)
    paths = tuple(path for source in sources for path in source.paths)
    return dataclasses.replace(first, table=table, paths=paths)


def _with_keys(source: CsvSource, keys: Sequence[str]) -> CsvSource:
    table = source.table
    if not keys or tuple(keys) == table.primary_key:
        return source
    unknown = [key for key in keys if key not in table.column_names]
    if unknown or table.primary_key:
        what = (
            f"no column {cut(unknown[0])}"
            if unknown
            else f"the key ({', '.join(table.primary_key)}) by its description"
        )
        raise ConfigError(
            f"The setting `files` gives {source.paths[0]} the keys "
            f"({', '.join(keys)}), but it has {what}.",
            "Mend `keys`, or leave it out.",
        )
    columns = tuple(
        dataclasses.replace(column, nullable=column.name not in keys)
        for column in table.columns
    )
    table = dataclasses.replace(
        table, columns=columns, primary_key=tuple(keys)
    )
    return dataclasses.replace(source, table=table)


def _check_streams(sources: Sequence[CsvSource]) -> None:
    seen: dict[str, CsvSource] = {}
    for source in sources:
        other = seen.setdefault(source.table.stream, source)
        if other is not source:
            raise ConfigError(
                f"{other.paths[0]} and {source.paths[0]} are both the table "
                f"{cut(source.table.name)}.",
                "Give one of them another `entity`, or leave one out.",
            )
