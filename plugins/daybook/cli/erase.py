"""`daybook erase`: forget people, everywhere, and prove it."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from daybook.cli import project, render
from daybook.cli.erase_places import Place, places
from daybook.cli.options import Json
from daybook.cli.project import Project
from daybook.erasure import journal, key, suppression
from daybook.erasure.found import Found
from daybook.erasure.links import Links, Resolved
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.requests import Request, parse
from daybook.erasure.subjects import Subjects
from daybook.errors import InputError, UnfinishedError
from daybook.lake import files
from daybook.singer.log import counted

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
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show where; change nothing.")
]


def register(app: typer.Typer) -> None:
    """Add `erase` to the command line."""
    app.command()(erase)


def erase(
    requests: Requests = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Forget people: in targets, days, delivered files and logs.

    Their personal values become keyed hashes; ids stay, and so do all
    counts. Who was erased once is erased from all that comes later. It
    ends with a proof that nothing is left, or fails.
    """
    here = project.find()
    of = key.pseudonyms(here.env)
    asked = list(_requests(requests)) if requests else []
    with suppression.erasing(here.lake):
        report = _erase(here, of, asked, dry_run=dry_run)
    _show(report, as_json=as_json)
    if report.left:
        raise _unfinished(report)


@dataclass(frozen=True, slots=True)
class Report:
    """What was done; nothing in it is personal.

    Attributes:
        at: When it ended, ISO 8601 in UTC.
        key: The id of the key.
        dry_run: Whether nothing was changed.
        requests: How many there were.
        resolved: Whom they are about, in numbers.
        found: Where the people were, and how many rows, lines or objects
            lost what was personal.
        left: Where the proof found them still.
    """

    at: str
    key: str
    dry_run: bool
    requests: int
    resolved: Resolved
    found: Sequence[Found]
    left: Sequence[Found]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; digests are counted, not told."""
        body = asdict(self)
        body["resolved"].pop("digests")
        return body


def _erase(
    here: Project, of: Pseudonyms, asked: Sequence[Request], *, dry_run: bool
) -> Report:
    known = suppression.suppressed(here.lake, of) or Subjects(of)
    resolved = _resolve(here, of, asked)
    people = known.and_those(resolved.digests)
    if dry_run:
        found = [one for place in places(here) for one in place.search(people)]
        return _report(of, asked, resolved, found, dry_run=True)
    journal.begin(here.lake, of.key_id, resolved.digests)
    suppression.add(here.lake, of, resolved.digests)
    found = [one for place in places(here) for one in _said(place, people)]
    left = [
        one
        for place in places(here)
        for one in place.search(people)
        if one.rows or one.problem
    ]
    report = _report(of, asked, resolved, found, left=left)
    _keep(here.lake, report)
    if not left:
        journal.finish(here.lake)
    return report


def _resolve(
    here: Project, of: Pseudonyms, asked: Sequence[Request]
) -> Resolved:
    """Return whom the requests are about, having read all records."""
    links = Links(of)
    if asked:
        for place in places(here):
            for record in place.records():
                links.add(record)
    return links.resolve(asked)


def _said(place: Place, people: Subjects) -> Iterator[Found]:
    for one in place.erase(people):
        render.note(f"{one.where}: {counted(one.rows, 'record')}")
        yield one


def _report(
    of: Pseudonyms,
    asked: Sequence[Request],
    resolved: Resolved,
    found: Sequence[Found],
    *,
    left: Sequence[Found] = (),
    dry_run: bool = False,
) -> Report:
    now = datetime.datetime.now(datetime.UTC)
    return Report(
        at=now.isoformat(timespec="seconds"),
        key=of.key_id,
        dry_run=dry_run,
        requests=len(asked),
        resolved=resolved,
        found=found,
        left=left,
    )


def _requests(where: str) -> Iterable[Request]:
    if where == "-":
        return list(parse("standard input", sys.stdin))
    path = Path(where)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file. Nobody was erased.",
            "Give a file of requests, or `-` for standard input.",
        )
    from daybook.duckdb.lines import lines

    texts = []
    with files.storage_errors(f"Reading {path}"):
        for some in lines(path):
            if some.problem:
                raise InputError(
                    f"{path}, line {some.number}: {some.problem}. Nobody was "
                    "erased.",
                    "Mend the file, then run the same command again.",
                )
            texts += [text or "" for text in some.texts]
    return list(parse(str(path), texts))


def _keep(root: Path, report: Report) -> None:
    """Write the report beside the suppression list."""
    folder = root / suppression.FOLDER / "reports"
    name = report.at.replace(":", "").replace("+0000", "Z")
    with files.storage_errors("Writing the erasure's report"):
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report.to_json(), indent=1) + "\n"
        files.replace_durably(folder / f"{name}.json", text.encode())


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
        f"{resolved.empty} naming nobody, "
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
