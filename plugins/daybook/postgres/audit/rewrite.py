"""The lake's values in the form in which PostgreSQL gives them back.

A CSV file may say `yes` or `1.5` where a boolean `t` or a numeric(8,2)
`1.50` says the same. What was loaded as such is no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from daybook.postgres.audit import held
from daybook.postgres.audit.failures import said
from daybook.postgres.connection import connect
from daybook.postgres.load import ddl, drift, types
from daybook.postgres.load.copy_in import CHUNK_BYTES
from daybook.postgres.load.session import VARIABLE

if TYPE_CHECKING:
    from daybook.duck.unshared import TableFile
    from daybook.postgres.connection import Session

_NAME = "daybook_audited"
_CANNOT = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)


def rewrite(
    url: str, rows: TableFile, live: Mapping[str, str], path: Path
) -> tuple[TableFile, str]:
    """Return `rows` as a table with the columns `live` would hold them.

    They go through a temporary table, with the types that a load gives
    them, and come back in the file `path`. Where that cannot be,
    `rows` themselves are returned, and why.

    Raises:
        psycopg.Error: The server is gone.
        UnreachableError: It could not be reached again.
    """
    try:
        with connect(url, variable=VARIABLE, plugin="audit") as session:
            session.read_only = False
            with session.transaction(force_rollback=True):
                _fill(session, rows, live)
                relation = held.temporary(_NAME)
                return held.read(session, relation, rows.table, path), ""
    except _CANNOT as error:
        return rows, f"values were compared as written ({said(error)})"
    except psycopg.DataError as error:
        return (
            rows,
            f"a value of the day does not fit its type ({said(error)})",
        )


def _fill(session: Session, rows: TableFile, live: Mapping[str, str]) -> None:
    columns = rows.table.columns
    known = types.resolve(session, (column.sql_type for column in columns))
    wanted = {column.name: known[column.sql_type] for column in columns}
    # Missing columns are no matter here, and all types are as if kept.
    landed = drift.compare(live, wanted, keep_missing=True).types
    session.execute(ddl.create_staging(Identifier(_NAME), landed))
    with (
        rows.path.open("rb") as file,
        session.cursor() as cursor,
        cursor.copy(_copy(_NAME)) as copy,
    ):
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)


def _copy(name: str) -> Composed:
    return SQL("COPY {} FROM STDIN (FORMAT csv, HEADER true)").format(
        Identifier("pg_temp", name)
    )
