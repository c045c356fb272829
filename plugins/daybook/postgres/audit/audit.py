"""Every table of a day, row by row against PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import NOT_LOADED
from daybook.postgres.audit import places
from daybook.postgres.audit.compare import compare
from daybook.postgres.audit.failures import reading
from daybook.postgres.connection import connect
from daybook.postgres.extract.selection import Relation
from daybook.postgres.extract.source_locks import begin_and_lock
from daybook.postgres.load import live
from daybook.postgres.load.session import VARIABLE
from daybook.relational.comparison import Subject
from daybook.relational.places import places as find_places

if TYPE_CHECKING:
    from daybook.duck.audit_result import TableAudit
    from daybook.lake.manifest import Manifest
    from daybook.postgres.connection import Session
    from daybook.relational.places import Entry

_Entries = Mapping[str, "Sequence[Entry]"]
"""What the load log says, by source."""


def audit(
    url: str,
    root: Path,
    manifests: Sequence[Manifest],
    chosen: Collection[tuple[str, str]],
    *,
    schema: str | None = None,
    limit: int = 5,
) -> Iterator[TableAudit]:
    """Compare tables of published days with the warehouse.

    The days' files must have been checked. `chosen` are sources and
    streams. The warehouse is read in one snapshot. A table that was
    loaded into several schemas is compared with each that holds the day;
    `schema` names one. At most `limit` rows of a kind are given.

    Raises:
        BusyError: A table is locked or was changed meanwhile.
        UnreachableError: The server is not there or lacks a right.
        duckdb.Error: A file cannot be read as the manifest says.
        OSError: There is no room for what is read.
    """
    subjects = list(_subjects(root, manifests, chosen))
    with connect(
        url, variable=VARIABLE, plugin="audit", reader=True
    ) as session:
        with reading("The warehouse's load log, or a table in it,"):
            _begin(session, _entries(session, subjects))
            entries = _entries(session, subjects)
        for one in subjects:
            name = f"{one.file.table.stream} of {one.manifest.source}"
            with reading(name):
                yield from _audit(session, url, one, entries, schema, limit)


def _subjects(
    root: Path,
    manifests: Sequence[Manifest],
    chosen: Collection[tuple[str, str]],
) -> Iterator[Subject]:
    for one in manifests:
        for file in one.files:
            if (one.source, file.table.stream) in chosen:
                yield Subject(root, one, file, "warehouse")


def _entries(session: Session, subjects: Sequence[Subject]) -> _Entries:
    days = {one.manifest.source: one.manifest.day for one in subjects}
    names = {one.file.table.name for one in subjects}
    return {
        source: places.read(session, day, names)
        for source, day in days.items()
    }


def _begin(session: Session, entries: _Entries) -> None:
    """Begin the transaction, its tables locked before its snapshot.

    A table that is made anew after the snapshot would look empty.
    """
    known = {
        (one.schema, one.name) for some in entries.values() for one in some
    }
    begin_and_lock(session, list(_relations(session, sorted(known))))


def _relations(
    session: Session, names: Sequence[tuple[str, str]]
) -> Iterator[Relation]:
    for schema, name in names:
        for oid, kind in live.kinds(session, schema, [name]).values():
            if kind in {live.TABLE, live.PARTITIONED}:
                yield Relation(oid, schema, name, kind, is_partition=False)


def _audit(
    session: Session,
    url: str,
    one: Subject,
    entries: _Entries,
    schema: str | None,
    limit: int,
) -> Iterator[TableAudit]:
    of_source = entries[one.manifest.source]
    found = find_places(of_source, one.manifest, one.file, schema)
    if not found:
        yield one.unread("", NOT_LOADED)
    for place in found:
        yield compare(session, url, one, place, limit)
