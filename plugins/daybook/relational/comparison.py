"""What an audit says of a table, given how its rows differ."""

from __future__ import annotations

import dataclasses
import filecmp
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import (
    NOT_LOADED,
    Differing,
    TableAudit,
    Target,
    holds_other_day,
    is_newer,
)
from daybook.duck.fold import Folded, of_day
from daybook.duck.row_delta import RowDelta
from daybook.duck.unshared import TableFile, match, unshared
from daybook.lake import partition

if TYPE_CHECKING:
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.relational.places import Place


@dataclass(frozen=True, slots=True)
class Subject:
    """A table of the lake.

    Attributes:
        root: The lake's root.
        manifest: Its day.
        file: Its file, as the manifest says.
        target: What it is compared with.
    """

    root: Path
    manifest: Manifest
    file: DataFile
    target: Target

    def rows(self, place: Place, scratch: Path) -> Folded:
        """Return the rows that the table at `place` is to hold.

        Those of all days where each holds a part, but for a history,
        which keeps the days apart. `scratch` may be written.
        """
        if place.is_history:
            folder = partition.folder(
                self.root, self.manifest.source, self.manifest.day
            )
            return Folded(TableFile(folder / self.file.path, self.file), "")
        return of_day(self.root, self.manifest, self.file, scratch)

    def audited(self, where: str) -> TableAudit:
        """Return the audit of it with nothing found yet."""
        return TableAudit(
            self.target,
            self.manifest.source,
            self.file.table.stream,
            where,
            self.file.rows,
            None,
        )

    def unread(self, where: str, problem: str) -> TableAudit:
        """Return the audit of it where nothing can be compared."""
        return dataclasses.replace(
            self.audited(where), missing=self.file.rows, problem=problem
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows of both sides, and how they differ.

    Attributes:
        ours: What the table is to hold.
        theirs: What it holds, of the columns that both have.
        rows: How they differ.
        note: What else is worth saying.
    """

    ours: Folded
    theirs: TableFile
    rows: RowDelta
    note: str


def differences(
    ours: TableFile,
    theirs: TableFile,
    rewrite: Callable[[TableFile, Path], tuple[TableFile, str]],
    limit: int,
) -> tuple[RowDelta, str]:
    """Return how the rows differ, and a remark.

    Only what differs as it is written is looked at a second time, in the
    form that the database gives it: `rewrite` writes that to a path.
    `limit` rows of each kind are shown.

    Raises:
        duckdb.Error: A file cannot be read.
        OSError: There is no room for what differs.
    """
    if filecmp.cmp(ours.path, theirs.path, shallow=False):
        return RowDelta(()), ""
    folder = theirs.path.parent
    rest = unshared(ours, theirs, folder)
    if rest is None:
        return RowDelta(()), ""
    (ours, theirs), note = rest, ""
    if ours.rows:
        ours, note = rewrite(ours, folder / "rewritten.csv")
    return match(ours, theirs, limit), note


def judge(subject: Subject, place: Place, compared: Compared) -> TableAudit:
    """Return the audit of a table whose rows were compared."""
    ours = compared.ours
    found = _found(subject, place, ours, compared.theirs, compared.rows)
    columns = compared.theirs.table.column_names
    judged = _judged(found, subject, place, columns, compared.note)
    if not ours.missing:
        return judged
    notes = filter(None, (judged.note, f"not all is compared: {ours.missing}"))
    return dataclasses.replace(judged, note="; ".join(notes))


def _found(
    subject: Subject,
    place: Place,
    ours: Folded,
    theirs: TableFile,
    rows: RowDelta,
) -> TableAudit:
    """Return the audit with all that the rows say."""
    keeps = place.keeps_rows and not _has_all(subject, place, ours)
    examples = {
        kind: [one for one in rows.examples if one.kind == kind]
        for kind in ("added", "changed", "removed")
    }
    return dataclasses.replace(
        subject.audited(str(place)),
        rows_lake=ours.rows.rows,
        rows_target=theirs.rows,
        missing=rows.removed,
        extra=0 if keeps else rows.added,
        kept=rows.added if keeps else 0,
        different=rows.changed,
        missing_keys=tuple(one.row for one in examples["removed"]),
        extra_keys=()
        if keeps
        else tuple(one.row for one in examples["added"]),
        differing=tuple(
            Differing(one.row, one.values) for one in examples["changed"]
        ),
    )


def _has_all(subject: Subject, place: Place, ours: Folded) -> bool:
    """Whether the table is to hold the lake's rows and no others.

    That is so where the days' parts make up the whole table.
    """
    is_part = subject.file.table.window is not None
    is_newest = place.newest == place.of_day
    return is_part and is_newest and not ours.missing


def _judged(
    found: TableAudit,
    subject: Subject,
    place: Place,
    columns: tuple[str, ...],
    note: str,
) -> TableAudit:
    """Return the audit with what the load log adds to it."""
    names = subject.file.table.column_names
    lacking = [name for name in names if name not in columns]
    if lacking:
        what = f"it lacks the columns {', '.join(lacking)}"
        problem = lacks(subject, place, what)
        return dataclasses.replace(found, problem=problem, note=note)
    standing = _standing(subject, place)
    if not found.rows_differ:
        note = f"{standing}; the rows are the same" if standing else ""
        return dataclasses.replace(found, note=note)
    loaded = place.of_day.sha256 if place.of_day else ""
    if not (note or standing) and loaded != subject.file.sha256:
        note = "the day was published anew after it was loaded"
    return dataclasses.replace(found, problem=standing, note=note)


def lacks(subject: Subject, place: Place, what: str) -> str:
    """Return the problem of a table that lacks columns.

    A newer day may have come without them.
    """
    standing = _standing(subject, place)
    return standing if is_newer(standing) else what


def _standing(subject: Subject, place: Place) -> str:
    """Return what the table holds if not this day, else `""`."""
    newest, manifest = place.newest, subject.manifest
    if place.holds_day:
        return ""
    if newest.source != manifest.source:
        return f"loaded from the source {newest.source or 'of a Hub tap'}"
    if place.keeps_days or not newest.day:
        return NOT_LOADED
    return holds_other_day(newest.day, str(manifest.day))
