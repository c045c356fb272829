"""`daybook erase`: forget people, everywhere, and prove it."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from daybook.cli import project, render
from daybook.cli.options import Json
from daybook.day import Day
from daybook.errors import InputError, UnfinishedError
from daybook.singer.log import counted

if TYPE_CHECKING:
    from daybook.cli.erasing import Report
    from daybook.cli.project import Project
    from daybook.erasure.requests import Request

Requests = Annotated[
    str | None,
    typer.Option(
        "--requests",
        metavar="FILE|-",
        help="Lines of JSON with `customer-id` and `email`, or one of them; "
        "`-` reads standard input. Without it everybody who was erased "
        "before is erased again from what has come since.",
    ),
]
FromDay = Annotated[
    str | None,
    typer.Option(
        "--day",
        metavar="DAY",
        help="Take the requests of this day of the lake.",
    ),
]
FromTable = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="SOURCE.TABLE",
        help="With --day: the table that holds them; its columns say which "
        "of them is `asked` and which `email`.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show where; change nothing.")
]


def register(app: typer.Typer) -> None:
    """Add `erase` to the command line."""
    app.command()(erase)


def erase(
    requests: Requests = None,
    day: FromDay = None,
    table: FromTable = "retail.erasure_requests",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Forget people: in targets, days, delivered files and logs.

    Their personal values become keyed hashes; ids stay, and so do all
    counts. Who was erased once is erased from all that comes later. It
    ends with a proof that nothing is left, or fails.
    """
    from daybook.cli import erasing
    from daybook.erasure import key

    here = project.find()
    of = key.pseudonyms(here.env)
    asked = [*_delivered(requests), *_of_day(here, day, table)]
    report = erasing.run(here, of, asked, dry_run=dry_run)
    _show(report, as_json=as_json)
    if report.left:
        raise _unfinished(report)


def _of_day(here: Project, day: str | None, table: str) -> Sequence[Request]:
    from daybook.cli.erase_requests import of_day

    if day is None:
        return ()
    return of_day(here.lake, Day.parse(day, variable="--day"), table)


def _delivered(where: str | None) -> Sequence[Request]:
    from daybook.erasure.requests import parse

    if where is None:
        return ()
    if where == "-":
        return list(parse("standard input", _typed(sys.stdin.buffer)))
    path = Path(where)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file. Nobody was erased.",
            "Give a file of requests, or `-` for standard input.",
        )
    from daybook.duckdb.lines import lines
    from daybook.lake.files import storage_errors

    texts = []
    with storage_errors(f"Reading {path}"):
        for some in lines(path):
            if some.problem:
                raise InputError(
                    f"{path}, line {some.number}: {some.problem}. Nobody was "
                    "erased.",
                    "Mend the file, then run the same command again.",
                )
            texts += [text or "" for text in some.texts]
    return list(parse(str(path), texts))


def _typed(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of standard input.

    Raises:
        InputError: One is not UTF-8, as that of a packed file.
    """
    for number, line in enumerate(stream, 1):
        data = line.removeprefix(BOM_UTF8) if number == 1 else line
        try:
            yield data.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"standard input, line {number}: the byte "
                f"0x{data[error.start]:02X} at {error.start + 1} is not "
                "UTF-8. Nobody was erased.",
                "Write the requests in UTF-8; give a packed file by its "
                "name, `--requests FILE`.",
            ) from None


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        render.print_json(report.to_json())
        return
    render.print_table(
        ("place", "records"), [[one.where, one.rows] for one in report.found]
    )
    resolved = report.resolved
    typer.echo(
        f"{counted(report.requests, 'request')}: "
        f"{resolved.people} known by their ids, "
        f"{resolved.unknown} unknown and remembered, "
        f"{resolved.again} asked for before, {resolved.empty} naming nobody, "
        f"{resolved.disagreeing} naming two people (both erased)."
    )
    if resolved.shared:
        typer.echo(
            f"{resolved.shared} of their addresses are others' too, and are "
            "not remembered."
        )
    if not report.left and not report.dry_run:
        typer.echo("Proof: nothing personal of them is left.")


def _unfinished(report: Report) -> UnfinishedError:
    listed = "; ".join(
        f"{one.where} ({one.problem or counted(one.rows, 'record')})"
        for one in report.left[:10]
    )
    return UnfinishedError(
        f"People are not erased everywhere: {listed}.",
        "See what is named, then run `daybook erase` again.",
    )
