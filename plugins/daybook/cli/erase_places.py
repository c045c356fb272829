"""The places where people can be found, in the order of their erasing.

Days come before targets, so that no load that begins meanwhile brings
anybody back; delivered files come last, and of these the requests: what
was derived from them is found by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from daybook.cli.audit_targets import TARGETS, TargetName
from daybook.cli.project import Project
from daybook.csv import erase_day, erase_source
from daybook.csv.source import CsvSource
from daybook.day import Day
from daybook.duckdb import erase_files
from daybook.duckdb.erase_files import Searched
from daybook.erasure.delivered import Delivered, delivered
from daybook.erasure.found import Declared, Found
from daybook.erasure.rows import Value
from daybook.erasure.subjects import Subjects
from daybook.lake import partition, pending
from daybook.lake.files import storage_errors
from daybook.lake.layout import MANIFEST, STAGING
from daybook.table import Table

DELIVERED = "extract"
"""The folder of the project that holds delivered files."""

_REQUESTS = "erasure"
"""Files whose name holds this are erased last."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that holds records of people.

    Attributes:
        identities: Yields the ids and addresses of each record.
        values: Yields all personal values of each record of theirs.
        search: Says what `erase` would do.
        erase: Erases people, and says where.
    """

    identities: Callable[[], Iterable[list[Value]]]
    values: Callable[[Subjects], Iterable[list[Value]]]
    search: Callable[[Subjects], list[Found]]
    erase: Callable[[Subjects], list[Found]]


def places(here: Project) -> list[Place]:
    """Return all places of a project: days, targets, delivered files.

    Raises:
        DaybookError: The lake cannot be read, or a description is
            malformed.
    """
    there = list(partition.days(here.lake))
    days = [one for one in there if partition.is_published(here.lake, *one)]
    declared = _declared(here.lake, days)
    return [
        *(_unpublished(here.lake, *one) for one in there if one not in days),
        *(_day(here.lake, source, day) for source, day in days),
        *_targets(here.env, declared),
        *_parked(here.lake),
        *_files(here.root / DELIVERED, here.lake, _fields(declared)),
    ]


def _declared(root: Path, days: Sequence[tuple[str, Day]]) -> Declared:
    """Return each source's tables with all that was ever personal."""
    found: dict[str, dict[tuple[str, str], Table]] = {}
    for source, day in days:
        for file in partition.read(root, source, day).files:
            table = file.table
            if any(column.personal for column in table.columns):
                known = found.setdefault(source, {})
                known[table.schema, table.name] = table
    return {source: list(tables.values()) for source, tables in found.items()}


def _fields(declared: Declared) -> dict[str, str]:
    """Return what is personal in lines of JSON, by the name of the field."""
    return {
        name: kind
        for tables in declared.values()
        for table in tables
        for column in table.columns
        if column.personal
        for name, kind in column.personal.fields
    }


def _targets(env: Mapping[str, str], declared: Declared) -> Iterator[Place]:
    """Yield the targets that have a URL."""
    for name, load in _MODULES.items():
        url = env.get(TARGETS[name].variable)
        if not url:
            continue
        module = load()
        records = partial(module.records, url, declared)
        yield Place(
            records,
            partial(_theirs, records),
            partial(module.search, url, declared),
            partial(module.erase, url, declared),
        )


def _postgres() -> Any:
    from daybook.postgres import erase

    return erase


def _neo4j() -> Any:
    from daybook.neo4j import erase

    return erase


def _mysql() -> Any:
    from daybook.mysql import erase

    return erase


_MODULES: Mapping[TargetName, Callable[[], Any]] = {
    TargetName.WAREHOUSE: _postgres,
    TargetName.GRAPH: _neo4j,
    TargetName.MYSQL: _mysql,
}
"""What erases from each target; drivers are slow to import."""


def _theirs(
    records: Callable[[], Iterable[list[Value]]], people: Subjects
) -> Iterator[list[Value]]:
    for record in records():
        if any(people.are_named_by(one.kind, one.value) for one in record):
            yield record


def _day(root: Path, source: str, day: Day) -> Place:
    where = f"{source} on {day}"

    def listed(rows: Mapping[str, int]) -> list[Found]:
        return [
            Found(f"{where}: {stream}", count)
            for stream, count in rows.items()
        ]

    return Place(
        partial(erase_day.day_identities, root, source, day),
        partial(erase_day.day_values, root, source, day),
        lambda people: listed(erase_day.search_day(root, source, day, people)),
        lambda people: listed(erase_day.erase_day(root, source, day, people)),
    )


def _unpublished(root: Path, source: str, day: Day) -> Place:
    """Return the folder of a first run that was killed, or is at work."""

    def erase(people: Subjects) -> list[Found]:
        del people
        erase_day.remove_unpublished(root, source, day)
        return []

    return Place(list, _none, _none, erase)


def _parked(root: Path) -> Iterator[Place]:
    """Yield what waits for `daybook publish`: its files are not a day."""
    for run, source, day in pending.runs(root):
        where = f"{day} of {source}, parked by the run {run}"
        told = (
            "it waits for `daybook publish`; publish it, or remove its "
            f"folder {root / STAGING / run}"
        )
        found = Found(where, 0, told)
        yield Place(list, _none, partial(_only, found), _none)


def _only(found: Found, people: Subjects) -> list[Found]:
    del people
    return [found]


def _none(people: Subjects) -> list[Any]:
    del people
    return []


def _files(
    folder: Path, lake: Path, fields: Mapping[str, str]
) -> Iterator[Place]:
    """Yield the delivered files, those that hold requests last."""
    found = delivered(folder, lake)
    tables = _csv_files(found)
    for one in sorted(found, key=lambda one: _REQUESTS in one.path.name):
        where = str(one.path.relative_to(folder.parent))
        if one.file in tables:
            yield _csv_file(where, one.file, tables[one.file])
        elif one.path.name != MANIFEST:
            yield _file(where, one.file, fields)


def _csv_files(found: Sequence[Delivered]) -> dict[Path, CsvSource]:
    """Return the described CSV files that have personal columns."""
    return {
        path.resolve(): source
        for one in found
        if one.path.name == MANIFEST
        for source in erase_source.personal_sources(one.path.parent)
        for path in source.paths
    }


def _csv_file(where: str, path: Path, source: CsvSource) -> Place:
    def listed(
        do: Callable[[CsvSource, Path, Subjects], int], people: Subjects
    ) -> list[Found]:
        with storage_errors(f"Erasing from {where}"):
            rows = do(source, path, people)
        return [Found(where, rows)] if rows else []

    return Place(
        partial(erase_source.identities, source, path),
        partial(erase_source.values, source, path),
        partial(listed, erase_source.search),
        partial(listed, erase_source.erase),
    )


def _file(where: str, path: Path, fields: Mapping[str, str]) -> Place:
    def listed(
        do: Callable[[Path, Mapping[str, str], Subjects], Searched],
        people: Subjects,
    ) -> list[Found]:
        with storage_errors(f"Erasing from {where}"):
            done = do(path, fields, people)
        if not done.lines and not done.unread:
            return []
        return [Found(where, done.lines, done.unread)]

    return Place(
        partial(erase_files.identities, path, fields),
        partial(erase_files.values, path, fields),
        partial(listed, erase_files.search),
        partial(listed, erase_files.erase),
    )
