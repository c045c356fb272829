"""Incremental tables of a day, read from the source once more, whole."""

from __future__ import annotations

import dataclasses
import datetime
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.day import Day
from daybook.duck.unshared import TableFile
from daybook.errors import ConfigError, InputError, UnfinishedError
from daybook.lake import layout, partition
from daybook.lake.manifest import DataFile, Manifest, to_json
from daybook.singer import log

if TYPE_CHECKING:
    from daybook.cli.project import Project

_SHOWN_LINES = 20
_OF_THIS_RUN = ("MELTANO_PARENT_CONTEXT_UUID", "MELTANO_RUN_ID")


@dataclasses.dataclass(frozen=True, slots=True)
class Again:
    """A table as the source holds it now.

    Attributes:
        until: Its rows up to where the day's window ends.
        after: Its rows after that, which the next day will hold.
    """

    until: TableFile
    after: TableFile


def read(
    here: Project,
    manifest: Manifest,
    files: Sequence[DataFile],
    scratch: Path,
) -> list[Again]:
    """Return the tables of `files`, in their order.

    The day's own command reads the source into a lake in the folder
    `scratch`: a day whose windows begin with the first row and end where
    the day's do, which a rerun reads so; then the day after it.

    Raises:
        ConfigError: There is no `meltano`, or the table is no longer read
            incrementally.
        InputError: The source no longer has such a table.
        UnfinishedError: The extract failed.
    """
    day, after = manifest.day, _day_after(manifest.day)
    _seed(scratch, manifest, files)
    for one in (day, after):
        _extract(here, manifest.source, one, scratch)
    return [
        Again(
            _found(scratch, manifest, file, day),
            _found(scratch, manifest, file, after),
        )
        for file in files
    ]


def _seed(lake: Path, manifest: Manifest, files: Sequence[DataFile]) -> None:
    """Write a day of which only the windows count."""
    seeds = tuple(
        dataclasses.replace(
            file, table=dataclasses.replace(file.table, window=wanted)
        )
        for file in files
        if (window := file.table.window)
        and (wanted := dataclasses.replace(window, start=None))
    )
    place = partition.folder(lake, manifest.source, manifest.day)
    place.mkdir(parents=True)
    body = to_json(dataclasses.replace(manifest, files=seeds))
    (place / layout.MANIFEST).write_bytes(body)


def _day_after(day: Day) -> Day:
    return Day.parse(str(day + datetime.timedelta(days=1)))


def _extract(here: Project, source: str, day: Day, lake: Path) -> None:
    """Run the command that makes the source's days."""
    variables = {
        "MELTANO_ENVIRONMENT": "extract",
        "MELTANO_RUN_FORCE": "1",
        "SOURCE": source,
        "DATESTAMP": str(day),
        "LAKE_ROOT": str(lake),
    }
    env = {n: v for n, v in os.environ.items() if n not in _OF_THIS_RUN}
    ended = subprocess.run(
        [_meltano(here), "run", f"extract_{source}"],
        cwd=here.root,
        env=env | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if ended.returncode:
        said = "\n".join(ended.stdout.splitlines()[-_SHOWN_LINES:])
        raise UnfinishedError(
            f"The source {source} could not be read again: `meltano run "
            f"extract_{source}` ended with exit code {ended.returncode}. "
            f"It said:\n{log.mask(said)}",
            "See to what it says, then run the same command again.",
        )


def _meltano(here: Project) -> str:
    beside = Path(sys.executable).parent / "meltano"
    own = here.root / ".venv" / "bin" / "meltano"
    for path in (beside, own):
        if path.is_file():
            return str(path)
    found = shutil.which("meltano")
    if found is None:
        raise ConfigError(
            "There is no `meltano`, which is to read the source again.",
            "Run `make setup`, then `.venv/bin/daybook` with the same words.",
        )
    return found


def _found(
    lake: Path, manifest: Manifest, wanted: DataFile, day: Day
) -> TableFile:
    stream = wanted.table.stream
    file = partition.read(lake, manifest.source, day).file(stream)
    if file is None:
        raise InputError(
            f"The source {manifest.source} no longer has the table {stream}.",
            "Look at the settings of its tap, or leave the table out with "
            "`--table`.",
        )
    if file.table.window is None:
        raise ConfigError(
            f"The tap now reads {stream} of {manifest.source} whole, so "
            f"nothing tells which of its rows {manifest.day} was to hold.",
            "Let its setting `incremental` name the table as it did, and "
            "`whole` not be set.",
        )
    folder = partition.folder(lake, manifest.source, day)
    return TableFile(folder / file.path, file)
