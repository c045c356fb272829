"""`daybook audit`: do the targets hold what the lake says?"""

from __future__ import annotations

import fnmatch
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybook.cli import (
    audit_remedy,
    audit_report,
    audit_source,
    audit_targets,
    duck_errors,
    options,
    project,
    render,
    state,
)
from daybook.cli.audit_targets import Answer, Question, TargetName
from daybook.cli.options import Json
from daybook.day import Day
from daybook.duck.audit_result import UNFINISHED
from daybook.errors import ConfigError, cut
from daybook.lake import partition
from daybook.singer import failures

if TYPE_CHECKING:
    from types import FrameType

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

AllowNewer = Annotated[
    bool,
    typer.Option(
        "--allow-newer",
        help="Take what a newer day has superseded for right.",
    ),
]
TargetOption = Annotated[
    list[TargetName] | None,
    typer.Option(
        "--target", help="Only this target, can be repeated; else all."
    ),
]
AtSource = Annotated[
    bool,
    typer.Option(
        "--at-source",
        help="Compare incremental tables with their source as it is now, "
        "not with the targets.",
    ),
]


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
    allow_newer: AllowNewer = False,
    at_source: AtSource = False,
    as_json: Json = False,
) -> None:
    """Compare every row of a day with the databases it was loaded into.

    Exit code 1 if a target lacks a row, has one too many or another
    value, was not loaded with the day, or holds another one: an older
    one, or without --allow-newer a newer one. With --at-source: if the
    source has rows that no cursor saw come, change or go.
    """
    here = project.find()
    parsed = Day.parse(day, variable="DAY")
    manifests = _manifests(here.lake, parsed, source)
    streams = frozenset(_streams(manifests, table))
    named = bool(target)
    question = Question(here.lake, manifests, streams, schema, limit, named)
    asked: Mapping[str, Answer] = (
        {"source": partial(audit_source.audit, here)}
        if at_source
        else audit_targets.answers(here, target or [])
    )
    found = _ask(asked.values(), question)
    wrong = [one for one in found if not one.is_right(allow_newer=allow_newer)]
    remedy = list(audit_remedy.remedies(parsed, wrong, schema))
    if as_json:
        render.print_json(
            audit_report.to_json(parsed, asked, found, allow_newer=allow_newer)
        )
    else:
        audit_report.show(parsed, found, allow_newer=allow_newer)
        for line in remedy:
            render.note(f"-> {line}")
    if wrong:
        verdict = audit_report.verdict(parsed, found, allow_newer=allow_newer)
        _record(verdict, remedy, wrong)
        raise typer.Exit(1)


def _record(
    verdict: str, remedy: Sequence[str], wrong: Sequence[TableAudit]
) -> None:
    """Note the failure; only a load that goes on will end by itself."""
    retry = all(one.problem == UNFINISHED for one in wrong)
    failures.record("daybook", 1, verdict, "\n".join(remedy), retry=retry)


def _ask(answers: Iterable[Answer], question: Question) -> list[TableAudit]:
    """Return what is answered."""
    lake, manifests = question.root, question.manifests
    hidden = {
        (manifest.source, file.table.stream): file.table.hidden
        for manifest in manifests
        for file in manifest.files
    }
    with (
        _stoppable(),
        render.log_as_notes(),
        duck_errors.of_files(lake, manifests),
        _published_still(lake, manifests),
    ):
        found = [one for answer in answers for one in answer(question)]
    return [
        one.without(hidden.get((one.source, one.table), ())) for one in found
    ]


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the audit, its temporary files removed."""
    told = False

    def stop(_: int, __: FrameType | None) -> None:
        """End the audit, as if it had ended itself."""
        nonlocal told
        told = True
        raise SystemExit(1)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        yield
    except (RuntimeError, SystemExit) as error:
        if not told:
            raise
        # While DuckDB works, it makes a RuntimeError of it.
        render.note("The audit was told to stop.")
        raise SystemExit(1) from error


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
