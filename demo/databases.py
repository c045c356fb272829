"""The demo's own databases on the embedded server, made anew each time.

They are `northwind` and `warehouse` as long as nobody else has put
anything into those; then the demo goes to databases beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from daybook.services import postgres
from demo.runs import LABEL

_MARK = "made by the demo of Daybook"
_COMMENT = """
    SELECT shobj_description(oid, 'pg_database') FROM pg_database
    WHERE datname = current_database()
"""
_TABLES = """
    SELECT count(*) FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text !~
    '^(pg_|information_schema)'
"""
_OTHERS_LOADS = """
    SELECT count(*) FROM daybook.loads WHERE NOT starts_with(run_id, %s)
"""


def fresh(root: Path) -> Mapping[str, str]:
    """Make both databases, empty; return variable to owner's URL."""
    chosen = {
        _ours(postgres.superuser_url(root), name): variable
        for name, variable in postgres.DATABASES.items()
    }
    with _session(postgres.superuser_url(root)) as session:
        for name in chosen:
            session.execute(
                SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                    Identifier(name)
                )
            )
    urls = postgres.up(root, databases=chosen).urls
    with _session(postgres.superuser_url(root)) as session:
        for name in chosen:
            session.execute(
                SQL("COMMENT ON DATABASE {} IS {}").format(
                    Identifier(name), Literal(_MARK)
                )
            )
    return urls


def _session(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def _ours(server_url: str, name: str) -> str:
    """Return `name`, or another name if somebody else works there."""
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    with _session(url) as session:
        made_here = session.execute(_COMMENT).fetchone() == (_MARK,)
        empty = session.execute(_TABLES).fetchone() == (0,)
        if empty or (made_here and not _loaded_by_others(session)):
            return name
    return f"{name}_demo"


def _loaded_by_others(session: psycopg.Connection[Any]) -> bool:
    log = "SELECT to_regclass('daybook.loads')"
    if session.execute(log).fetchone() == (None,):
        return False
    return session.execute(_OTHERS_LOADS, [LABEL]).fetchone() != (0,)
