"""The optimizer's statistics that hold values: histograms, least and most.

InnoDB's own hold counts only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymysql

from daybook.mysql.sql import identifier, identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.mysql.erase_tables import Place
    from daybook.mysql.load.session import Session

_OF_MARIADB = (
    "SELECT column_name FROM mysql.column_stats "
    "WHERE db_name = DATABASE() AND table_name = {}"
)
_OF_MYSQL = (
    "SELECT column_name FROM information_schema.column_statistics "
    "WHERE schema_name = DATABASE() AND table_name = {}"
)
_DENIED = frozenset({1044, 1142, 1143, 1227})


def renew(session: Session, place: Place) -> None:
    """Make anew what is kept of a table's personal columns.

    Raises:
        pymysql.MySQLError: The server refused or is gone.
    """
    kept = _kept(session, place)
    columns = [name for name in place.table.column_names if name in kept]
    if not columns:
        return
    table = identifier(place.name)
    listed = identifiers(columns)
    if session.mariadb:
        session.rows(
            f"ANALYZE TABLE {table} PERSISTENT FOR COLUMNS ({listed}) "
            "INDEXES ()"
        )
    else:
        session.rows(f"ANALYZE TABLE {table} UPDATE HISTOGRAM ON {listed}")


def _kept(session: Session, place: Place) -> Sequence[str]:
    """Return the columns of which something may be kept."""
    query = _OF_MARIADB if session.mariadb else _OF_MYSQL
    try:
        found = session.rows(query.format(literal(place.name)))
    except pymysql.OperationalError as error:
        if error.args[0] not in _DENIED:
            raise
        # MariaDB shows them to administrators only.
        return place.table.column_names
    return [str(row[0]) for row in found]
