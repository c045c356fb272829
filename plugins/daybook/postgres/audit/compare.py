"""One table of the lake against one table of the warehouse."""

from __future__ import annotations

import filecmp
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.row_delta import RowDelta
from daybook.duck.unshared import TableFile, match, unshared
from daybook.postgres.audit import held
from daybook.postgres.audit.rewrite import rewrite
from daybook.relational.comparison import Compared, judge, lacks

if TYPE_CHECKING:
    from daybook.duck.audit_result import TableAudit
    from daybook.postgres.audit.held import Held
    from daybook.postgres.connection import Session
    from daybook.relational.comparison import Subject
    from daybook.relational.places import Place


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
        problem = lacks(subject, place, "it has none of the columns")
        return subject.unread(str(place), problem)
    with tempfile.TemporaryDirectory(prefix="daybook-audit-") as folder:
        scratch = Path(folder)
        ours = subject.rows(place, scratch / "whole.csv")
        path = scratch / "held.csv"
        theirs = held.read(session, table.relation, columns, path)
        rows, note = _differences(url, ours.rows, theirs, table, limit)
    return judge(subject, place, Compared(ours, theirs, rows, note))


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
