"""The plugin that dbt-duckdb loads: days of the lake as schemas.

transform/profiles.yml names it. What it needs comes from variables that
users set: DATESTAMP, and LAKE_ROOT where the lake is not `output`.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from daybook.day import Day
from daybook.dbt.days import Reads, create_views, lake_root
from daybook.duck.session import Session
from daybook.errors import DaybookError

if TYPE_CHECKING:
    import duckdb

READS = "DAYBOOK_READS"
"""The variable in which daybook-dbt says what the models read, as JSON."""

_MEMORY = ":memory:"


class Plugin(BasePlugin):
    """Gives each model `source.table` and `source_all.table`."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Create the views of the day, if there is one.

        Raises:
            DbtRuntimeError: The day is none, or the lake cannot be read.
        """
        text = os.environ.get("DATESTAMP")
        if not text:
            return
        conn.execute("SET TimeZone = 'UTC'")
        session = Session(conn, self._links())
        try:
            day = Day.parse(text, variable="DATESTAMP")
            create_views(session, lake_root(), day, _reads())
        except DaybookError as error:
            raise DbtRuntimeError(str(error)) from error

    def _links(self) -> Path:
        """Return a new folder for links, by which DuckDB finds files."""
        if self.creds.path == _MEMORY:
            folder = tempfile.mkdtemp(prefix="daybook-dbt-")
            atexit.register(shutil.rmtree, folder)
            return Path(folder)
        # It goes with the database, whose views use the links.
        beside = Path(self.creds.path).parent
        return Path(tempfile.mkdtemp(prefix="links-", dir=beside))


def _reads() -> list[Reads] | None:
    text = os.environ.get(READS)
    return [Reads(*pair) for pair in json.loads(text)] if text else None
