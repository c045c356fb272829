"""One table of the lake against one table of the warehouse."""

from __future__ import annotations

import dataclasses
import filecmp
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import (
    NOT_LOADED,
    Differing,
    TableAudit,
    holds_other_day,
    is_newer,
)
from daybook.duck.fold import Folded, of_day
from daybook.duck.row_delta import RowDelta
from daybook.duck.unshared import TableFile, match, unshared
from daybook.lake import partition
from daybook.postgres.audit import held
from daybook.postgres.audit.rewrite import rewrite

if TYPE_CHECKING:
    from daybook.lake.manifest import DataFile, Manifest
    from daybook.postgres.audit.held import Held
    from daybook.postgres.audit.places import Place
    from daybook.postgres.connection import Session


@dataclass(frozen=True, slots=True)
class Subject:
    """A table of the lake.

    Attributes:
        root: The lake's root.
        manifest: Its day.
        file: Its file, as the manifest says.
    """

    root: Path
    manifest: Manifest
    file: DataFile

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
            "warehouse",
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


def compare(
    session: Session,
    url: str,
    subject: Subject,
    place: Place,
    limit: int,
) -> TableAudit:
    """Return what differs; `session` is in the transaction that reads.

    Raises:
        psycopg.Error: The server refused or is gone.
        duckdb.Error: A file cannot be read.
        OSError: There is no room for the table's rows.
    """
    table = held.find(session, place, subject.manifest.day)
    if isinstance(table, str):
        return subject.unread(str(place), table)
    columns = held.restrict(subject.file.table, table.types)
    if not columns.columns:
        problem = _lacks(subject, place, "it has none of the columns")
        return subject.unread(str(place), problem)
    with tempfile.TemporaryDirectory(prefix="daybook-audit-") as folder:
        scratch = Path(folder)
        ours = subject.rows(place, scratch / "whole.csv")
        path = scratch / "held.csv"
        theirs = held.read(session, table.relation, columns, path)
        rows, note = _differences(url, ours.rows, theirs, table, limit)
    found = _found(subject, place, ours, theirs, rows)
    judged = _judged(found, subject, place, columns.column_names, note)
    if not ours.missing:
        return judged
    notes = filter(None, (judged.note, f"not all is compared: {ours.missing}"))
    return dataclasses.replace(judged, note="; ".join(notes))


def _differences(
    url: str, ours: TableFile, theirs: TableFile, table: Held, limit: int
) -> tuple[RowDelta, str]:
    """Return how the rows differ, and a remark.

    Only what differs as it is written is looked at a second time, in the
    form that PostgreSQL gives it.
    """
    if filecmp.cmp(ours.path, theirs.path, shallow=False):
        return RowDelta(()), ""
    folder = theirs.path.parent
    rest = unshared(ours, theirs, folder)
    if rest is None:
        return RowDelta(()), ""
    (ours, theirs), note = rest, ""
    if ours.rows:
        path = folder / "rewritten.csv"
        ours, note = rewrite(url, ours, table.types, path)
    return match(ours, theirs, limit), note


def _found(
    subject: Subject,
    place: Place,
    ours: Folded,
    theirs: TableFile,
    rows: RowDelta,
) -> TableAudit:
    """Return the audit with all that the rows say. Pure."""
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
    """Whether the table is to hold the lake's rows and no others. Pure.

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
    """Return the audit with what the load log adds to it. Pure."""
    names = subject.file.table.column_names
    lacking = [name for name in names if name not in columns]
    if lacking:
        what = f"it lacks the columns {', '.join(lacking)}"
        problem = _lacks(subject, place, what)
        return dataclasses.replace(found, problem=problem, note=note)
    standing = _standing(subject, place)
    if not found.rows_differ:
        note = f"{standing}; the rows are the same" if standing else ""
        return dataclasses.replace(found, note=note)
    loaded = place.of_day.sha256 if place.of_day else ""
    if not (note or standing) and loaded != subject.file.sha256:
        note = "the day was published anew after it was loaded"
    return dataclasses.replace(found, problem=standing, note=note)


def _lacks(subject: Subject, place: Place, what: str) -> str:
    """Return the problem of a table that lacks columns. Pure.

    A newer day may have come without them.
    """
    standing = _standing(subject, place)
    return standing if is_newer(standing) else what


def _standing(subject: Subject, place: Place) -> str:
    """Return what the table holds if not this day, else `""`. Pure."""
    newest, manifest = place.newest, subject.manifest
    if place.holds_day:
        return ""
    if newest.source != manifest.source:
        return f"loaded from the source {newest.source or 'of a Hub tap'}"
    if place.keeps_days or not newest.day:
        return NOT_LOADED
    return holds_other_day(newest.day, str(manifest.day))
