"""Runs tap-mysql and reads what it handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from extracts import Extract, understand
from psycopg.sql import SQL, Identifier

from daybook.dialect import decode_row
from harness import mysql_session, run_tap


def extract(
    url: str,
    spool: Path,
    *,
    env: Mapping[str, str | None] | None = None,
    **settings: Any,
) -> Extract:
    """Run tap-mysql with files, unless the settings say otherwise."""
    config = {"url": url, "spool": str(spool), "handover": "files", **settings}
    result = run_tap("tap-mysql", config, env)
    return understand(result.returncode, result.stdout, result.stderr)


def check_failed(found: Extract, code: int, *words: str) -> None:
    """Check the exit code, and that the log says `words` and no more."""
    assert found.code == code, found.log
    assert found.receipt is None
    assert "Traceback" not in found.log
    assert "\nERROR   -> " in found.log
    for word in words:
        assert word in found.log, found.log


def execute(url: str, *statements: str) -> None:
    """Run statements in one session; sql_mode lets everything in."""
    with mysql_session(url) as session, session.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
        for statement in statements:
            cursor.execute(statement)


def lines(found: Extract, stream: str) -> list[str]:
    """Return the lines of a stream's file, without the header.

    Its texts must hold no newline.
    """
    return found.text(stream).splitlines()[1:]


def values(found: Extract, stream: str) -> list[list[str | None]]:
    """Return the values of a file that has no newline in its texts."""
    rows = found.files[stream].path.read_bytes().split(b"\n")[1:-1]
    return [
        [None if v is None else v.decode() for v in decode_row(row + b"\n")]
        for row in rows
    ]


def written_by_postgres(url: str, found: Extract, stream: str) -> bytes:
    """Return the file as PostgreSQL writes it when it has read it.

    Its columns have the types that the tap says.
    """
    properties = found.schemas[stream]["schema"]["properties"]
    columns = SQL(", ").join(
        SQL("{} {}").format(Identifier(name), SQL(one["x-sql-datatype"]))
        for name, one in properties.items()
    )
    with psycopg.connect(url) as session, session.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'; SET extra_float_digits = 3")
        cursor.execute(SQL("CREATE TEMP TABLE t ({})").format(columns))
        with cursor.copy("COPY t FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(found.files[stream].path.read_bytes())
        with cursor.copy("COPY t TO STDOUT (FORMAT csv, HEADER)") as copy:
            return b"".join(copy)
