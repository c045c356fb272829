"""Reading published days: find, open, verify."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daybook.day import Day
from daybook.errors import (
    BusyError,
    ConfigError,
    DaybookError,
    InputError,
    cut,
)
from daybook.lake import files, layout
from daybook.lake.manifest import DataFile, Manifest, from_json

_SOURCE = "source="
_DAY = "extracted_at="


@dataclass(frozen=True, slots=True)
class Problem:
    """A file of a day that is not what the manifest says.

    Attributes:
        file: As the manifest names it.
        path: Where it is, or should be.
        what: What is wrong, for example `is missing`.
    """

    file: DataFile
    path: Path
    what: str

    def __str__(self) -> str:
        """Return path and finding as one sentence without its dot."""
        return f"{self.path} {self.what}"


def check_source(source: str) -> str:
    """Return `source` if it can name a source.

    Raises:
        ConfigError: Empty, or it holds control characters or bytes that
            are not UTF-8.
    """
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"The source's name {cut(source)} is not UTF-8.",
            "Give it another name, for example SOURCE=csv.",
        ) from error
    if not source.strip() or not source.isprintable():
        raise ConfigError(
            f"{cut(source)} cannot name a source: it is blank or holds "
            "control characters.",
            "Give it another name, for example SOURCE=csv.",
        )
    return source


def folder(root: Path, source: str, day: Day) -> Path:
    """Return the folder of a day; it need not exist.

    Raises:
        ConfigError: `source` cannot name a source.
        InputError: A symlink is on the way.
    """
    return files.inside(root, layout.day_folder(check_source(source), day))


def root_of(file: Path, source: str, day: Day) -> Path | None:
    """Return the lake's root if `file` is one of a day's data files."""
    place = layout.day_folder(source, day).parts
    folder = file.parent.parent
    if folder.parts[-len(place) :] != place:
        return None
    return folder.parents[len(place) - 1]


def days(root: Path, source: str | None = None) -> Iterator[tuple[str, Day]]:
    """Give every day that has a folder, sorted by source and day.

    Those without a manifest are given too, see `is_published`. `source`
    limits the answer to one.
    """
    for place in _source_folders(root, source):
        name = source or layout.decode_name(place.name.removeprefix(_SOURCE))
        for day_folder in sorted(place.glob(f"{_DAY}*")):
            day = _day(day_folder.name.removeprefix(_DAY))
            if day and day_folder.is_dir():
                yield name, day


def is_published(root: Path, source: str, day: Day) -> bool:
    """Return whether the day has a manifest. No manifest, no day.

    Raises:
        InputError: A symlink is on the way.
    """
    return files.is_plain(folder(root, source, day) / layout.MANIFEST)


def read(root: Path, source: str, day: Day) -> Manifest:
    """Return the manifest of a day; its files are not looked at.

    Raises:
        ConfigError: A newer version of Daybook wrote it, or `source`
            cannot name a source.
        InputError: There is no such day, or its manifest is malformed.
    """
    path = folder(root, source, day) / layout.MANIFEST
    if not files.is_plain(path):
        raise _no_such_day(root, source, day)
    with files.storage_errors(f"Reading the day {day} of {source}"):
        try:
            with files.open_plain(path) as file:
                data = file.read()
        except FileNotFoundError:
            raise _no_such_day(root, source, day) from None
    try:
        manifest = from_json(data, path)
    except InputError as error:
        raise InputError(
            error.reason,
            "Put the original back, or extract the day again: "
            f"{extract_command(source, day)}",
        ) from error
    if _place(manifest.source, manifest.day) != _place(source, day):
        raise InputError(
            f"{path} says that it is the day {manifest.day} of "
            f"{cut(manifest.source)}: the folder was renamed or copied.",
            "Give the folder its name back, or extract the day anew: "
            f"{extract_command(source, day)}",
        )
    return manifest


def open_day(root: Path, source: str, day: Day) -> Manifest:
    """Return a day's manifest, having checked that its files are there.

    Each must be a regular file of the right size; hashes are not
    computed (`check_files`).

    Raises:
        BusyError: The day was published anew in between.
        ConfigError: As `read`.
        InputError: As `read`, or files are missing or edited.
    """
    manifest = read(root, source, day)
    problems = check_files(root, manifest, hashes=False)
    if problems:
        raise misread(root, manifest, "; ".join(map(str, problems)))
    return manifest


def check_files(
    root: Path, manifest: Manifest, *, hashes: bool
) -> list[Problem]:
    """Return what is wrong with a day's files, an empty list if nothing.

    Looks at existence, kind (no symlinks) and size; with `hashes` the
    whole content is read too.

    Raises:
        StorageError: A file cannot be read.
    """
    place = folder(root, manifest.source, manifest.day)
    problems = []
    with files.storage_errors(f"Checking {manifest.day} of {manifest.source}"):
        for file in manifest.files:
            path = place / file.path
            what = _finding(path, file, hashes=hashes)
            if what:
                problems.append(Problem(file, path, what))
    return problems


def misread(root: Path, manifest: Manifest, what: str) -> DaybookError:
    """Return the error for files that are not as `manifest` says.

    The manifest is read again: where it has changed, the day was
    published anew under the reader's eyes (exit 1); else somebody
    touched the files (exit 2). `what` names them.

    Raises:
        InputError: The day has vanished meanwhile.
    """
    source, day = manifest.source, manifest.day
    if read(root, source, day).files != manifest.files:
        return BusyError(
            f"The day {day} of {source} was published anew while being "
            "read; nothing was changed.",
            "Run the same command again.",
        )
    return InputError(
        f"The day {day} of {source} is not what was published: {what}.",
        f"Extract it again: {extract_command(source, day)}",
    )


def extract_command(source: str, day: Day) -> str:
    """Return the command that makes the day: by models, where it has some."""
    variables = f"SOURCE={shlex.quote(source)} DATESTAMP={day}"
    project = Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path.cwd())
    models = project / "transform" / "models"
    if source in {place.name for place in models.glob("*")}:
        blocks = "dbt:build tap-duckdb target-csv"
        return (
            f"MELTANO_ENVIRONMENT=transform {variables} meltano run {blocks}"
        )
    job = shlex.quote(f"extract_{source}")
    return f"MELTANO_ENVIRONMENT=extract {variables} meltano run {job}"


def _finding(path: Path, file: DataFile, *, hashes: bool) -> str:
    if path.parent.is_symlink() or path.is_symlink():
        return "is a symbolic link"
    if not path.exists():
        return "is missing"
    if not files.is_plain(path):
        return "is not a regular file"
    size = path.stat().st_size
    if size != file.bytes:
        return f"has {size:,} bytes instead of {file.bytes:,}"
    if hashes and files.sha256_of(path) != file.sha256:
        return "has been edited (its sha256 differs)"
    return ""


def _source_folders(root: Path, source: str | None) -> list[Path]:
    if source is None:
        return sorted(root.glob(f"{_SOURCE}*"))
    return [root / layout.source_folder(source)]


def _no_such_day(root: Path, source: str, day: Day) -> InputError:
    known = [
        str(other)
        for _, other in days(root, source)
        if is_published(root, source, other)
    ]
    listed = f" Days of {source}: {', '.join(known[-5:])}." if known else ""
    return InputError(
        f"The lake {root} has no day {day} of the source {cut(source)} "
        f"(no {layout.MANIFEST}).{listed}",
        f"Extract it first: {extract_command(source, day)}",
    )


def _place(source: str, day: Day) -> str:
    return str(layout.day_folder(source, day))


def _day(text: str) -> Day | None:
    try:
        return Day.parse(text)
    except ConfigError:
        return None
