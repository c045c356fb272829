"""`daybook audit`: do the targets hold what the lake says?"""

from __future__ import annotations

import fnmatch
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybook.cli import (
    audit_report,
    duck_errors,
    options,
    project,
    render,
    state,
)
from daybook.cli.options import Json
from daybook.day import Day
from daybook.errors import ConfigError, cut
from daybook.lake import partition

if TYPE_CHECKING:
    from types import FrameType

    from daybook.cli.project import Project
    from daybook.duck.audit_result import TableAudit
    from daybook.lake.manifest import Manifest
    from daybook.table import Table

DayOption = Annotated[
    str, typer.Option("--day", metavar="DAY", help="The day, YYYY-MM-DD.")
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="Only this source; can be repeated."),
]
Globs = Annotated[
    list[str] | None,
    typer.Option(
        "--table",
        metavar="GLOB",
        help="Only tables called so, for example 'order*' or "
        "'public.orders'; can be repeated.",
    ),
]
Schema = Annotated[
    str | None,
    typer.Option(
        help="Schema of the warehouse; each that holds the day if left out."
    ),
]
Limit = Annotated[
    int,
    typer.Option(
        min=0, help="Rows shown per table and kind; all are counted."
    ),
]


class TargetName(StrEnum):
    """What can be audited."""

    WAREHOUSE = "warehouse"


TargetOption = Annotated[
    TargetName | None,
    typer.Option("--target", help="Only this target; all when left out."),
]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be audited.

    Attributes:
        root: The lake's root.
        manifests: The days, one per source.
        streams: Sources and streams that are asked about.
        schema: The warehouse's schema, None for each that holds the day.
        limit: So many rows are shown per table and kind.
    """

    root: Path
    manifests: Sequence[Manifest]
    streams: frozenset[tuple[str, str]]
    schema: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Target:
    """A target and how it is asked.

    Attributes:
        variable: What holds its URL.
        example: Such a URL.
        plugin: What loads it.
        audit: Answers a question.
    """

    variable: str
    example: str
    plugin: str
    audit: Callable[[str, Question], Iterable[TableAudit]]


def register(app: typer.Typer) -> None:
    """Add `audit` to the command line."""
    app.command()(audit)


def audit(
    day: DayOption,
    source: Sources = None,
    target: TargetOption = None,
    table: Globs = None,
    schema: Schema = None,
    limit: Limit = 5,
    as_json: Json = False,
) -> None:
    """Compare every row of a day with the databases it was loaded into.

    Exit code 1 if a target lacks a row, has one too many or another
    value, was not loaded with the day, or holds another one.
    """
    signal.signal(signal.SIGTERM, _stop)
    here = project.find()
    parsed = Day.parse(day, variable="DAY")
    manifests = _manifests(here.lake, parsed, source)
    streams = frozenset(_streams(manifests, table))
    question = Question(here.lake, manifests, streams, schema, limit)
    urls = _urls(here, target)
    with (
        duck_errors.of_files(here.lake, manifests),
        _published_still(here.lake, manifests),
    ):
        found = [
            one
            for name, url in urls.items()
            for one in _TARGETS[name].audit(url, question)
        ]
    if as_json:
        render.print_json(audit_report.to_json(parsed, urls, found))
    else:
        audit_report.show(parsed, found)
        _say_remedy(parsed, found)
    if not all(one.is_equal for one in found):
        raise typer.Exit(1)


def _stop(_: int, __: FrameType | None) -> None:
    """End as on Ctrl-C, so that temporary files go."""
    raise SystemExit(1)


def _manifests(
    root: Path, day: Day, sources: list[str] | None
) -> list[Manifest]:
    """Return the day of each source, its files checked.

    Raises:
        BusyError: A day is being published anew.
        InputError: There is no such day, or its files were edited.
    """
    names = dict.fromkeys(sources) if sources else {None: None}
    found = [
        manifest
        for name in names
        for manifest in options.manifests(root, day, name)
    ]
    for manifest in found:
        state.check(root, manifest)
    return found


def _say_remedy(day: Day, found: Sequence[TableAudit]) -> None:
    wrong = {one.target for one in found if not one.is_equal}
    for name, target in _TARGETS.items():
        if name in wrong:
            render.note(
                f"-> To load the day into the {name} again: "
                f"MELTANO_ENVIRONMENT=load EXTRACTED_AT={day} "
                f"meltano run tap-csv {target.plugin}"
            )


@contextmanager
def _published_still(
    root: Path, manifests: Sequence[Manifest]
) -> Iterator[None]:
    """Say which day has lost the file that was not found.

    Raises:
        BusyError: A day was published anew while it was read.
        InputError: Somebody removed a file.
    """
    try:
        yield
    except FileNotFoundError as error:
        for manifest in manifests:
            if partition.check_files(root, manifest, hashes=False):
                what = str(error)
                raise partition.misread(root, manifest, what) from error
        raise


def _streams(
    manifests: Sequence[Manifest], globs: list[str] | None
) -> Iterator[tuple[str, str]]:
    """Yield source and stream of each table that a glob names, or all.

    Raises:
        ConfigError: A glob names none.
    """
    tables = [(m.source, f.table) for m in manifests for f in m.files]
    for glob in globs or ["*"]:
        named = [
            (source, table.stream)
            for source, table in tables
            if _matches(glob, table)
        ]
        if globs and not named:
            raise ConfigError(
                f"No table of the day is called {cut(glob)}.",
                "`daybook show DAY` lists them.",
            )
        yield from named


def _matches(glob: str, table: Table) -> bool:
    names = (f"{table.schema}.{table.name}", table.name, table.stream)
    return any(fnmatch.fnmatchcase(name, glob) for name in names)


def _urls(here: Project, only: TargetName | None) -> dict[TargetName, str]:
    """Return the URL of each target that is to be audited.

    Raises:
        ConfigError: The one that was named has none, or none has one.
    """
    if only:
        one = _TARGETS[only]
        return {only: here.need(one.variable, one.example)}
    urls = {}
    for name, one in _TARGETS.items():
        url = here.env.get(one.variable)
        if url:
            urls[name] = url
        else:
            render.note(f"{one.variable} is not set: no {name} to audit.")
    if not urls:
        first = next(iter(_TARGETS.values()))
        here.need(first.variable, first.example)
    return urls


def _warehouse(url: str, question: Question) -> Iterable[TableAudit]:
    from daybook.postgres.audit.audit import audit as audit_warehouse

    return audit_warehouse(
        url,
        question.root,
        question.manifests,
        question.streams,
        schema=question.schema,
        limit=question.limit,
    )


_TARGETS: Mapping[TargetName, Target] = {
    TargetName.WAREHOUSE: Target(
        "WAREHOUSE_URL",
        "postgresql://user:secret@host:5432/db",
        "target-postgres",
        _warehouse,
    ),
}
