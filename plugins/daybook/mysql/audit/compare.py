"""One table of the lake against one table of the database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.mysql.audit import held
from daybook.mysql.audit.rewrite import rewrite
from daybook.mysql.sql import identifier
from daybook.relational.comparison import (
    Compared,
    differences,
    judge,
    lacks,
)

if TYPE_CHECKING:
    from daybook.duck.audit_result import TableAudit
    from daybook.mysql.load.session import Session
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
        pymysql.MySQLError: The server refused or is gone.
        duckdb.Error: A file cannot be read.
        OSError: There is no room for the table's rows.
    """
    table = held.find(session, place.name)
    if isinstance(table, str):
        return subject.unread(str(place), table)
    columns = held.restrict(subject.file.table, table)
    if not columns.columns:
        problem = lacks(subject, place, "it has none of the columns")
        return subject.unread(str(place), problem)
    with tempfile.TemporaryDirectory(prefix="daybook-audit-") as folder:
        scratch = Path(folder)
        ours = subject.rows(place, scratch / "whole.csv")
        theirs = held.read(
            session, identifier(place.name), columns, scratch / "held.csv"
        )
        rows, note = differences(
            ours.rows,
            theirs,
            lambda rest, path: rewrite(url, rest, table.columns, path),
            limit,
        )
    return judge(subject, place, Compared(ours, theirs, rows, note))
