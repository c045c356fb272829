"""The lake's values in the form in which the database gives them back.

A boolean `t` comes back as 1, a timestamp without its zone. What was
loaded as such is no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pymysql

from daybook.errors import InputError
from daybook.lake.files import sha256_of
from daybook.mysql.audit import held
from daybook.mysql.connection import said
from daybook.mysql.load import ddl, files, types
from daybook.mysql.load.ddl import Shape
from daybook.mysql.load.session import connected
from daybook.mysql.sql import identifier
from daybook.relational import drift
from daybook.relational.loads import Load
from daybook.relational.strategies import Strategy
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from daybook.duck.unshared import TableFile
    from daybook.mysql.load.session import Session

_NAME = "daybook_audited"
_CANNOT = frozenset({1044, 1142, 1148, 1227, 1290, 1792, 2068, 3948, 4166})
"""A right or a setting is missing: temporary tables, or files of clients."""


def rewrite(
    url: str, rows: TableFile, live: Mapping[str, str], path: Path
) -> tuple[TableFile, str]:
    """Return `rows` as a table with the columns `live` would hold them.

    They go through a temporary table, with the types that a load gives
    them, and come back in the file `path`. Where that cannot be,
    `rows` themselves are returned, and why.

    Raises:
        pymysql.MySQLError: The server is gone.
        UnreachableError: It could not be reached again.
    """
    try:
        with connected(url, plugin="audit") as session:
            _fill(session, rows, live)
            return held.read(session, identifier(_NAME), rows.table, path), ""
    except InputError as error:
        return rows, f"a value of the day does not fit ({error.reason})"
    except pymysql.MySQLError as error:
        if error.args[0] not in _CANNOT:
            raise
        return rows, f"values were compared as written ({said(error)})"


def _fill(session: Session, rows: TableFile, live: Mapping[str, str]) -> None:
    columns = {one.name: one.sql_type for one in rows.table.columns}
    wanted = types.types_of(columns, {})
    # Missing columns are no matter here, and all types are as if kept.
    landed = drift.compare(
        live,
        wanted,
        keep_missing=True,
        widens=types.widens,
        holds=types.holds,
    ).types
    shape = Shape(landed, (), session.collation)
    session.execute(ddl.create_temporary(identifier(_NAME), shape))
    load = _load(session, rows)
    with files.opened([load]) as data:
        data.send(session, load, identifier(_NAME))


def _load(session: Session, rows: TableFile) -> Load:
    file = HandedFile(
        rows.path, rows.rows, sha256_of(rows.path), rows.file.longest_line
    )
    return Load(
        rows.table.stream,
        rows.table,
        None,
        file,
        Strategy.REPLACE,
        session.database,
    )
