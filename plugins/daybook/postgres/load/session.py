"""The one session and transaction of a load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from daybook.errors import ConfigError
from daybook.postgres.connection import Session, connect
from daybook.postgres.load.plan import PLUGIN

VARIABLE = "WAREHOUSE_URL"
"""Where users set the target's URL."""

_OLDEST = 130000
_SETTINGS = (
    # A policy that hides rows then is an error, not a wrong comparison.
    "SET LOCAL row_security = off",
    # Server memory; the merge joins the day with the whole table once.
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL maintenance_work_mem = '256MB'",
    "SET LOCAL lock_timeout = 0",
)


@contextmanager
def transaction(url: str, *, plugin: str = PLUGIN) -> Iterator[Session]:
    """Give a session in the load's one transaction; commit at the end.

    `plugin` is named in messages.

    Raises:
        ConfigError: The server is too old or not UTF8.
        UnreachableError: The server refuses or is not there.
    """
    session: Session = connect(url, variable=VARIABLE, plugin=plugin)
    session.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    session.read_only = False
    with session:
        _check_server(session)
        with session.transaction():
            for setting in _SETTINGS:
                session.execute(setting)
            yield session


def qualified(schema: str, name: str) -> Identifier:
    """Return a table's full name, quoted."""
    return Identifier(schema, name)


def columns(names: Iterable[str]) -> Composed:
    """Return column names, quoted, with commas between."""
    return SQL(", ").join(map(Identifier, names))


def verbatim(spelling: str) -> SQL:
    """Return what the server itself has spelled, such as a type."""
    return SQL(spelling)


def schema_exists(session: Session, schema: str) -> bool:
    """Return whether the database has a schema of that name."""
    query = "SELECT FROM pg_namespace WHERE nspname = %s"
    return session.execute(query, [schema]).fetchone() is not None


def ensure_schema(session: Session, schema: str) -> None:
    """Create a schema that is missing.

    CREATE SCHEMA IF NOT EXISTS would ask for the right to create one
    even if it is there.
    """
    if not schema_exists(session, schema):
        session.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))


def value(session: Session, query: SQL | Composed) -> Any:
    """Return the one value of the one row of a query."""
    row = session.execute(query).fetchone()
    return row[0] if row else None


def _check_server(session: Session) -> None:
    if session.info.server_version < _OLDEST:
        raise ConfigError(
            f"{VARIABLE} names PostgreSQL {session.info.server_version}; "
            "target-postgres needs 13 or newer.",
            "Use a newer server.",
        )
    encoding = session.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigError(
            f"The database {session.info.dbname} is encoded in {encoding}, "
            "which cannot hold every text.",
            "Create one with `CREATE DATABASE ... ENCODING 'UTF8' "
            f"TEMPLATE template0` and let {VARIABLE} name it.",
        )
