"""The days that hold a table part by part, each from where one ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from daybook.day import Day
from daybook.lake import partition
from daybook.lake.manifest import DataFile, Manifest


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a table, as a published day holds it.

    Attributes:
        manifest: The day.
        file: The table's file on that day.
    """

    manifest: Manifest
    file: DataFile

    @property
    def day(self) -> Day:
        """The day."""
        return self.manifest.day

    def path(self, root: Path) -> Path:
        """Return where the file lies."""
        source, day = self.manifest.source, self.manifest.day
        return partition.folder(root, source, day) / self.file.path


def chain(root: Path, manifest: Manifest, file: DataFile) -> list[Part]:
    """Return the parts up to and with a day's own, oldest first.

    A day that lacks the table, or holds it whole, ends the search, and
    so does one that holds all rows up to its end.

    Raises:
        InputError: A day's manifest is malformed.
    """
    own = Part(manifest, file)
    if _is_first(own):
        return [own]
    before = earlier(root, manifest.source, manifest.day, file.table.stream)
    return [own, *before][::-1]


def earlier(root: Path, source: str, day: Day, stream: str) -> Iterator[Part]:
    """Yield the published parts before `day`, the newest first.

    Raises:
        InputError: A day's manifest is malformed.
    """
    known = [d for _, d in partition.days(root, source) if d < day]
    for other in reversed(known):
        if not partition.is_published(root, source, other):
            continue
        manifest = partition.read(root, source, other)
        file = manifest.file(stream)
        if file is None:
            continue
        if file.table.window is None:
            return
        part = Part(manifest, file)
        yield part
        if _is_first(part):
            return


def missing(parts: Sequence[Part]) -> str:
    """Return what the parts lack to be the whole table, `""` if nothing.

    Each must begin at the table's first row or where an earlier one
    ended. Pure.
    """
    ends = []
    for part in parts:
        window = part.file.table.window
        if window is None:
            continue
        if window.start is not None and window.start not in ends:
            return (
                f"no published day of {part.manifest.source} leads up to "
                f"{', '.join(window.start)}, where {part.day} begins"
            )
        ends.append(window.end)
    return ""


def check_files(root: Path, parts: Sequence[Part], *, hashes: bool) -> None:
    """Check that the parts' files are what was published.

    Raises:
        BusyError: A day was published anew in between.
        InputError: A file is missing or edited.
        StorageError: A file cannot be read.
    """
    for part in parts:
        alone = dataclasses.replace(part.manifest, files=(part.file,))
        problems = partition.check_files(root, alone, hashes=hashes)
        if problems:
            said = "; ".join(map(str, problems))
            raise partition.misread(root, part.manifest, said)


def _is_first(part: Part) -> bool:
    window = part.file.table.window
    return window is None or window.start is None
