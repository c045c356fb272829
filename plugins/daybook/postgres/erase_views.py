"""Materialized views, which hold copies of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.sql import SQL

from daybook.errors import UnreachableError
from daybook.postgres.load.session import qualified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.postgres.connection import Session
    from daybook.postgres.erase_tables import Place
    from daybook.postgres.load.locks import Named

_VIEWS = """
    WITH RECURSIVE made (oid, depth) AS (
        SELECT oid, 0 FROM pg_class WHERE oid = ANY (%s::text[]::regclass[])
        UNION
        SELECT r.ev_class, made.depth + 1
        FROM made
        JOIN pg_depend AS d ON d.refobjid = made.oid
             AND d.refclassid = 'pg_class'::regclass
             AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> made.oid
    )
    SELECT n.nspname, c.relname, pg_has_role(c.relowner, 'USAGE')
    FROM made JOIN pg_class AS c USING (oid)
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND c.relispopulated
    GROUP BY 1, 2, 3 ORDER BY max(made.depth), 1, 2
"""


def refresh(session: Session, places: Sequence[Place]) -> None:
    """Make the materialized views of tables anew, and their statistics.

    Raises:
        UnreachableError: One is another role's; names it.
    """
    tables: list[Named] = [part for one in places for part in one.parts]
    names = [
        qualified(table.schema, table.name).as_string(session)
        for table in [*places, *tables]
    ]
    for schema, name, owned in session.execute(_VIEWS, [names]).fetchall():
        if not owned:
            raise UnreachableError(
                f"Erasing in the warehouse: the materialized view {schema}."
                f"{name} holds copies of people's rows and is another "
                "role's. Nothing was changed there.",
                "Let its owner give it to the loader's role (ALTER "
                "MATERIALIZED VIEW ... OWNER TO), or drop it.",
            )
        view = qualified(schema, name)
        session.execute(SQL("REFRESH MATERIALIZED VIEW {}").format(view))
        session.execute(SQL("ANALYZE {}").format(view))
