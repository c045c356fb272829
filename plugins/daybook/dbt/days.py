"""Which days models may read, and whether they are as published."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.day import Day
from daybook.duck.sources import (
    ALL_DAYS,
    create_day,
    create_history,
    named_files,
)
from daybook.errors import InputError, cut
from daybook.lake import chain, partition
from daybook.lake.chain import Part
from daybook.singer.settings import project_path

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.lake.manifest import DataFile, Manifest

logger = logging.getLogger("daybook")

_TAKEN = frozenset(
    {
        "main", "daybook", "daybook-run",
        "information_schema", "pg_catalog", "system", "temp",
    }
)  # fmt: skip
"""Schemas and databases of DuckDB's own, of dbt's and of daybook-dbt's."""


@dataclass(frozen=True, slots=True)
class Reads:
    """A table that a model reads, as its sources.yml names it.

    Attributes:
        schema: The source's name, or that with `_all` at its end.
        table: The table's name, or its stream's.
    """

    schema: str
    table: str


def lake_root() -> Path:
    """Return the lake's root: LAKE_ROOT, else `output` in the project."""
    return project_path(os.environ.get("LAKE_ROOT") or "output")


def check(root: Path, day: Day, reads: Sequence[Reads]) -> None:
    """Check that all that models read is published, byte for byte.

    Raises:
        BusyError: A day was published anew meanwhile.
        InputError: A day or table is missing, or a file was edited; of
            several days that are missing all are named.
    """
    missing = []
    for one in sorted(set(reads), key=lambda r: (r.schema, r.table)):
        try:
            _check(root, day, one)
        except InputError as error:
            missing.append(error)
    if missing:
        raise InputError(
            " ".join(dict.fromkeys(e.reason for e in missing)),
            "\n".join(dict.fromkeys(e.instruction for e in missing)),
        )


def published(
    root: Path, day: Day, reads: Sequence[Reads]
) -> dict[tuple[str, Day], Manifest]:
    """Return the days that models read, as they stand now.

    Raises:
        ConfigError, InputError: A manifest is malformed.
    """
    sources = dict.fromkeys(_source_of(root, one.schema) for one in reads)
    return {
        (source, known): partition.read(root, source, known)
        for source in sources
        for known in _days_up_to(root, source, day)
    }


def create_views(
    session: Session,
    root: Path,
    day: Day,
    reads: Sequence[Reads] | None = None,
) -> None:
    """Make views of all sources: of this day, and of all days up to it.

    Of all days only those that are in `reads` are made, if there is one:
    a year of them takes a while to open.

    A day that is not as published is left out, and so is a table whose
    types changed in a way that no type can follow: `check` has refused
    them if a model reads them.

    Raises:
        DaybookError: The lake cannot be read.
    """
    sources = dict.fromkeys(source for source, _ in partition.days(root))
    for source in sources:
        if source.lower() in _TAKEN:
            continue
        for manifest in _usable(root, source, [day]):
            for name in named_files(manifest):
                often = Reads(source, name) in (reads or ())
                with _left_out():
                    create_day(session, root, name, manifest, often=often)
        if f"{source}{ALL_DAYS}" not in sources:
            _create_histories(session, root, source, day, reads)


def _create_histories(
    session: Session,
    root: Path,
    source: str,
    day: Day,
    reads: Sequence[Reads] | None,
) -> None:
    wanted = {r.table for r in reads or () if r.schema == source + ALL_DAYS}
    if reads is not None and not wanted:
        return
    days = list(_usable(root, source, _days_up_to(root, source, day)))
    for name in dict.fromkeys(n for m in days for n in named_files(m)):
        if reads is not None and name not in wanted:
            continue
        with _left_out():
            create_history(session, root, name, days)


@contextmanager
def _left_out() -> Iterator[None]:
    """Pass over what `check` refuses if a model reads it."""
    try:
        yield
    except InputError as error:
        logger.debug("Left out: %s", error.reason)


def _usable(
    root: Path, source: str, days: Sequence[Day]
) -> Iterator[Manifest]:
    for day in days:
        if not partition.is_published(root, source, day):
            continue
        with _left_out():
            yield partition.open_day(root, source, day)


def _days_up_to(root: Path, source: str, day: Day) -> list[Day]:
    return [
        known
        for _, known in partition.days(root, source)
        if known <= day and partition.is_published(root, source, known)
    ]


def _check(root: Path, day: Day, one: Reads) -> None:
    if one.schema.lower() in _TAKEN:
        raise _taken(one)
    source = _source_of(root, one.schema)
    if source == one.schema:
        days = [day]
    else:
        days = _days_up_to(root, source, day) or [day]
    manifests = [partition.open_day(root, source, each) for each in days]
    found = [
        manifest
        for manifest in manifests
        if one.table in named_files(manifest)
    ]
    if not found:
        raise _no_table(one, manifests[-1])
    if source != one.schema:
        _check_types(one, found)
    for manifest in found:
        file = named_files(manifest)[one.table]
        alone = source != one.schema
        _check_parts(root, manifest, file, alone=alone)


def _source_of(root: Path, schema: str) -> str:
    """Return the source that is meant: a real one's name wins."""
    if schema.endswith(ALL_DAYS) and not any(partition.days(root, schema)):
        return schema.removesuffix(ALL_DAYS)
    return schema


def _check_parts(
    root: Path, manifest: Manifest, file: DataFile, *, alone: bool
) -> None:
    """Check the table's file, and those of earlier days that belong to it."""
    parts = [Part(manifest, file)]
    if not alone:
        parts = chain.chain(root, manifest, file)
        lacking = chain.missing(parts)
        if lacking:
            raise InputError(
                f"{cut(file.table.name)} of {manifest.source} comes in parts, "
                f"of which some are missing on {manifest.day}: {lacking}.",
                "Extract the days before it first, or the table anew as a "
                "whole.",
            )
    chain.check_files(root, parts, hashes=True)


def _check_types(one: Reads, days: Sequence[Manifest]) -> None:
    from daybook.duck.history import Version, columns_over

    versions = [
        Version(manifest.day, named_files(manifest)[one.table].table)
        for manifest in days
    ]
    columns_over(days[0].source, versions)


def _no_table(one: Reads, manifest: Manifest) -> InputError:
    there = ", ".join(map(cut, named_files(manifest)))
    return InputError(
        f"The models read {cut(one.table)} of {cut(one.schema)}, but the day "
        f"{manifest.day} of {manifest.source} has no such table. It has: "
        f"{there}.",
        "Mend the name in the models' sources.yml, or extract the table.",
    )


def _taken(one: Reads) -> InputError:
    return InputError(
        f"A source called {cut(one.schema)} cannot be read by models: "
        "DuckDB, or what is built in it, has a schema of that name.",
        "Extract it under another name (SOURCE=...).",
    )
