"""`daybook verify`: is every file what was published?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from daybook.cli import options, project, render
from daybook.cli.options import Json, Source
from daybook.day import Day
from daybook.errors import BusyError, DaybookError
from daybook.lake import partition
from daybook.singer.log import human_bytes

OptionalDay = Annotated[
    str | None,
    typer.Argument(
        metavar="[DAY]", help="YYYY-MM-DD; every day when left out."
    ),
]
Sizes = Annotated[
    bool,
    typer.Option("--sizes", help="Quick: look at kind and size only."),
]


@dataclass(frozen=True, slots=True)
class Verified:
    """A day that was looked at.

    Attributes:
        source: The source's name.
        day: The day.
        files: How many files it has.
        bytes: Their size, as published.
        problems: Per problem: table, path and what is wrong.
        instruction: What mends it, `""` if nothing is wrong.
    """

    source: str
    day: Day
    files: int = 0
    bytes: int = 0
    problems: tuple[dict[str, str], ...] = ()
    instruction: str = ""


def register(app: typer.Typer) -> None:
    """Add `verify` to the command line."""
    app.command()(verify)


def verify(
    day: OptionalDay = None,
    source: Source = None,
    sizes: Sizes = False,
    as_json: Json = False,
) -> None:
    """Hash every file of a day, or of all days, against its manifest.

    Exit code 2 if one is missing, edited or not a regular file; each is
    named.
    """
    root = project.find().lake
    found = []
    for name, one in _chosen(root, day, source):
        found.append(_verify(root, name, one, hashes=not sizes))
        if not as_json:
            _show(found[-1])
    if as_json:
        how = "sizes" if sizes else "sha256"
        render.print_json(
            {"checked": how, "days": [_to_json(one) for one in found]}
        )
    elif not found:
        render.note(f"The lake {root} holds no day yet.")
    if any(one.problems for one in found):
        raise typer.Exit(2)


def _chosen(
    root: Path, day: str | None, source: str | None
) -> list[tuple[str, Day]]:
    """Return the days to verify.

    Raises:
        ConfigError: `day` is no day.
        InputError: There is no such day.
    """
    parsed = Day.parse(day, variable="DAY") if day else None
    chosen = [
        (name, one)
        for name, one in options.published(root)
        if parsed in {None, one} and source in {None, name}
    ]
    if parsed and not chosen:
        raise options.no_day(root, parsed, source)
    return chosen


def _verify(root: Path, source: str, day: Day, *, hashes: bool) -> Verified:
    try:
        manifest = partition.read(root, source, day)
    except DaybookError as error:
        wrong = {"table": "", "path": "", "what": error.reason}
        return Verified(
            source, day, problems=(wrong,), instruction=error.instruction
        )
    found = partition.check_files(root, manifest, hashes=hashes)
    instruction = ""
    if found:
        misread = partition.misread(root, manifest, "")
        if isinstance(misread, BusyError):
            raise misread
        instruction = misread.instruction
    return Verified(
        source,
        day,
        len(manifest.files),
        sum(file.bytes for file in manifest.files),
        tuple(
            {
                "table": problem.file.table.stream,
                "path": str(problem.path),
                "what": problem.what,
            }
            for problem in found
        ),
        instruction,
    )


def _show(one: Verified) -> None:
    size = human_bytes(one.bytes)
    typer.echo(
        f"{'WRONG' if one.problems else 'ok   '} {one.source} {one.day}: "
        f"{one.files} files, {size}"
    )
    for problem in one.problems:
        text = f"{problem['path']} {problem['what']}".strip()
        typer.echo(f"      {render.printable(text)}")
    for line in one.instruction.splitlines():
        typer.echo(f"      -> {line}")


def _to_json(one: Verified) -> dict[str, object]:
    return {
        "source": one.source,
        "day": str(one.day),
        "files": one.files,
        "bytes": one.bytes,
        "problems": one.problems,
    }
