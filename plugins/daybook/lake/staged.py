"""Staged files: finished and checked, on their way into a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from daybook.day import Day
from daybook.errors import InputError, UnfinishedError, cut
from daybook.lake import files, layout
from daybook.lake.manifest import DataFile, Manifest
from daybook.lake.staging import Staging
from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished file of one table, and what it must be.

    Attributes:
        table: The table's definition.
        path: Absolute; in the own staging folder it is moved, from
            anywhere else copied.
        sha256: 64 hex digits, computed while the file was written.
        rows: Data rows, the header not counted.
        longest_line: Bytes of the longest row as it stands in the file.
    """

    table: Table
    path: Path
    sha256: str
    rows: int
    longest_line: int


def check_distinct(staged: Sequence[Staged]) -> None:
    """Check that no two files are for one table.

    Raises:
        InputError: Two are; names the table.
    """
    seen: set[str] = set()
    for item in staged:
        stream = item.table.stream
        if stream in seen:
            raise InputError(
                f"Two streams are for the table {cut(stream)}. Nothing was "
                "changed.",
                "Leave one of them out, or give each its own SOURCE.",
            )
        seen.add(stream)


def bring(item: Staged, own: Staging) -> Path:
    """Check a file's hash; copy it if it is not in the own staging.

    Returns the file's path in `own`.

    Raises:
        InputError: It is not what the tap wrote.
        OSError: The file system refused.
    """
    path = item.path
    if path.parent == own.path:
        digest = files.sha256_of(path)
    else:
        path = own.new_file(item.table.stream)
        digest = files.copy_hashed(item.path, path)
    if digest != item.sha256:
        raise InputError(
            f"{item.path}, handed over for {item.table.stream}, is not what "
            "the tap wrote: its sha256 differs. Nothing was changed.",
            "See who writes there; then extract again.",
        )
    return path


def check_plain(item: Staged) -> None:
    """Check that the file is there and can be taken.

    Raises:
        InputError: It is no regular file.
        UnfinishedError: It is gone.
    """
    if files.is_plain(item.path):
        return
    what = f"{item.path}, handed over for {item.table.stream},"
    if not item.path.exists():
        raise UnfinishedError(
            f"{what} has vanished. Nothing was changed.",
            "Run the same command again.",
        )
    raise InputError(
        f"{what} is no regular file. Nothing was changed.",
        "Let the tap hand over the file itself.",
    )


def to_manifest(
    source: str,
    day: Day,
    staged: Sequence[Staged],
    tap: str,
    run: str,
    snapshot: str,
) -> Manifest:
    """Return the manifest of a day of these files, in their order.

    Raises:
        OSError: A file is not there.
    """
    described = tuple(_describe(item) for item in staged)
    return Manifest(source, day, tap, run, snapshot, described)


def order(item: Staged) -> tuple[str, str]:
    """Return what a manifest's files are sorted by."""
    return item.table.schema, item.table.name


def _describe(item: Staged) -> DataFile:
    return DataFile(
        table=item.table,
        path=str(layout.data_file(item.table.stream, item.sha256)),
        bytes=item.path.stat().st_size,
        sha256=item.sha256,
        rows=item.rows,
        longest_line=item.longest_line,
    )
