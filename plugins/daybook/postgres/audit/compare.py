"""One table of the lake against one table of the warehouse."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.postgres.audit import held
from daybook.postgres.audit.rewrite import rewrite
from daybook.relational.comparison import (
    Compared,
    differences,
    judge,
    lacks,
)

if TYPE_CHECKING:
    from daybook.duck.audit_result import TableAudit
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
        rows, note = differences(
            ours.rows,
            theirs,
            lambda rest, path: rewrite(url, rest, table.types, path),
            limit,
        )
    return judge(subject, place, Compared(ours, theirs, rows, note))
