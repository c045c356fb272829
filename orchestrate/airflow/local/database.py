"""The database that Airflow keeps its runs in.

SQLite, Airflow's default, is locked when two write at once: a backfill
that is asked for while the scheduler works fails, and may end the
scheduler. So it is a database of the project's embedded PostgreSQL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from daybook.services import postgres
from daybook.services.service import write_private

VARIABLE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_NAME = "airflow"
_OWN = re.compile(
    r"^sql_alchemy_conn = (sqlite:.*|postgresql\+psycopg://airflow:.*)$",
    re.MULTILINE,
)


@contextmanager
def running(
    root: Path, home: Path, say: Callable[[str], None]
) -> Iterator[str | None]:
    """Give the URL of a database; its server is stopped if it was.

    None is given if the user's shell names another database, which then
    is Airflow's. `home` is Airflow's folder, `say` tells the user.

    Raises:
        ConfigError: There is no embedded server for this machine.
        StorageError: Its folder cannot be written.
        UnreachableError: It did not start; its log is named.
    """
    if os.environ.get(VARIABLE):
        yield None
        return
    server = postgres.up(root, databases={_NAME: VARIABLE})
    ours = home / "postgres-is-ours"  # outlives a launcher that is killed
    if server.started:
        ours.touch()
    try:
        yield server.urls[VARIABLE].replace("://", "+psycopg://", 1)
    finally:
        if ours.exists():
            postgres.down(root)
            ours.unlink()
            say(
                "The embedded PostgreSQL, started for this, is down again; "
                "`daybook services up` starts it."
            )


def write_to(configuration: Path, url: str) -> None:
    """Name the database in airflow.cfg, unless the user has named one.

    So that `meltano invoke airflow ...` finds it, and no task has it in
    its environment.
    """
    text = configuration.read_text(encoding="utf-8")
    changed = _OWN.sub(lambda _: f"sql_alchemy_conn = {url}", text, count=1)
    if changed != text:
        write_private(configuration, changed)
