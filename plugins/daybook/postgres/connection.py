"""How a session with PostgreSQL is opened, at both ends alike."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg

from daybook.errors import UnreachableError
from daybook.postgres.url import check_url

Session = psycopg.Connection[tuple[Any, ...]]
"""A session whose rows are plain tuples."""

_SETTINGS = (
    # One text form per value, whoever reads or writes it.
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 3",
    "SET bytea_output = 'hex'",
    "SET xmloption = 'content'",
    "SET lc_monetary = 'C'",
    "SET client_encoding = 'UTF8'",
    # Names mean what they say, whatever the role's search path is.
    "SET search_path = ''",
    # Rows come in storage order, so that the same table is the same file.
    "SET synchronize_seqscans = off",
    "SET max_parallel_workers_per_gather = 0",
    # A long COPY is no reason to hang up.
    "SET statement_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
)
_SINCE = (
    (140000, "SET idle_session_timeout = 0"),
    (170000, "SET transaction_timeout = 0"),
)
_CLIENT_CHECK_SINCE = 140000
_READER = (
    # A policy that hides rows then is an error, not a shorter table.
    "SET row_security = off",
)


def connect(
    url: str, *, variable: str, plugin: str, reader: bool = False
) -> Session:
    """Open a session with all settings that values depend on.

    Autocommit is on: callers write BEGIN where they mean it. `variable`
    is where the user set `url`, for messages; `reader` adds what only
    an extract needs. The URL's password is masked in all logs.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server refuses or is not there.
    """
    check_url(url, variable)
    try:
        session = psycopg.connect(
            url, autocommit=True, application_name=f"daybook {plugin}"
        )
        _set_up(session, reader=reader)
    except psycopg.OperationalError as error:
        raise UnreachableError(
            f"{plugin} cannot use the server that {variable} names: "
            f"{str(error).strip()}",
            f"Check {variable} and that the server runs (for the embedded "
            "one: `daybook services up`), then run the same command again.",
        ) from error
    return session


def _set_up(session: Session, *, reader: bool) -> None:
    version = session.info.server_version
    since = [text for least, text in _SINCE if version >= least]
    session.execute(
        "; ".join([*_SETTINGS, *since, *(_READER if reader else ())])
    )
    if version >= _CLIENT_CHECK_SINCE:
        # Else a server at work, or waiting for a lock, outlives us. Not
        # every system can do it.
        with suppress(psycopg.errors.InvalidParameterValue):
            session.execute("SET client_connection_check_interval = '1s'")
