"""Every table of a day, row by row against MySQL or MariaDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import NOT_LOADED
from daybook.mysql.audit import held, log
from daybook.mysql.audit.compare import compare
from daybook.mysql.extract import refusals
from daybook.mysql.load import session as sessions
from daybook.relational.comparison import Subject
from daybook.relational.places import places

if TYPE_CHECKING:
    from daybook.duck.audit_result import TableAudit
    from daybook.lake.manifest import Manifest
    from daybook.mysql.load.session import Session
    from daybook.relational.places import Entry


def audit(
    url: str,
    root: Path,
    manifests: Sequence[Manifest],
    chosen: Collection[tuple[str, str]],
    *,
    limit: int = 5,
    only_known: bool = False,
) -> Iterator[TableAudit]:
    """Compare tables of published days with the database.

    The days' files must have been checked. `chosen` are sources and
    streams; `only_known` leaves out sources that were never loaded into
    this database. It is read in one snapshot. At most `limit` rows of a
    kind are given.

    Raises:
        BusyError: A table was changed meanwhile.
        UnreachableError: The server is not there or lacks a right.
        duckdb.Error: A file cannot be read as the manifest says.
        OSError: There is no room for what is read.
    """
    subjects = list(_subjects(root, manifests, chosen))
    with sessions.connected(url, plugin="audit") as session:
        with refusals.reading("The load log, or a table in it,"):
            entries = log.entries(session, subjects)
            held.begin(session, sorted({one.name for one in entries}))
            entries = log.entries(session, subjects)
        known = {entry.source for entry in entries}
        for one in subjects:
            if only_known and one.manifest.source not in known:
                continue
            name = f"{one.file.table.stream} of {one.manifest.source}"
            with refusals.reading(name):
                yield from _audit(session, url, one, entries, limit)


def _subjects(
    root: Path,
    manifests: Sequence[Manifest],
    chosen: Collection[tuple[str, str]],
) -> Iterator[Subject]:
    for one in manifests:
        for file in one.files:
            if (one.source, file.table.stream) in chosen:
                yield Subject(root, one, file, "mysql")


def _audit(
    session: Session,
    url: str,
    one: Subject,
    entries: Sequence[Entry],
    limit: int,
) -> Iterator[TableAudit]:
    found = places(entries, one.manifest, one.file, None)
    if not found:
        yield one.unread("", NOT_LOADED)
    for place in found:
        yield compare(session, url, one, place, limit)
