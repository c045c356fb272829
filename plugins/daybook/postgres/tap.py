"""tap-postgres: every table of a database, all at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.errors import ConfigError
from daybook.postgres.connection import connect
from daybook.postgres.extract import rows, snapshot
from daybook.postgres.extract.crew import Crew
from daybook.postgres.extract.selection import Wanted
from daybook.singer.cursors import INCREMENTAL_SETTINGS
from daybook.singer.database_tap import DatabaseStream, DatabaseTap
from daybook.singer.queries import QUERIES_SETTING, parse_queries
from daybook.singer.run import run
from daybook.singer.settings import Needed, check_needed, split_list
from daybook.singer.tap import SPOOL_SETTINGS
from daybook.singer.windows import windows_of

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.source import Source
    from daybook.singer.handover import HandedFile

VARIABLE = "NORTHWIND_URL"
"""Where users set the source's URL."""

_OLDEST = 120000
_EXAMPLE = (
    "MELTANO_ENVIRONMENT=extract SOURCE=postgres DATESTAMP=2024-12-20 "
    f"meltano run extract_postgres (with {VARIABLE}="
    "postgresql://user:secret@host:5432/database in .env)"
)
_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "url": {
        "type": "string",
        "secret": True,
        "description": (
            "Connection URL of the source, "
            "postgresql://user:secret@host:5432/database."
        ),
    },
    "schemas": {
        "type": "string",
        "default": "public",
        "description": (
            "Schemas to extract: globs, separated by commas; `*` is all "
            "but PostgreSQL's own."
        ),
    },
    "tables": {
        "type": "string",
        "description": (
            "Tables to extract: globs over `schema.table` or `table`, "
            "separated by commas; all tables if not set. A view, foreign "
            "table or single partition is taken if named without wildcards."
        ),
    },
    "exclude": {
        "type": "string",
        "description": "Tables to leave out: as `tables`, and wins over it.",
    },
    "jobs": {
        "type": "integer",
        "minimum": 1,
        "default": 2,
        "description": "Tables copied at once, each over its own connection.",
    },
    "queries": QUERIES_SETTING,
    **INCREMENTAL_SETTINGS,
    **SPOOL_SETTINGS,
}


class PostgresStream(DatabaseStream):
    """One table of the snapshot."""

    tap: TapPostgres

    def __init__(self, tap: TapPostgres, source: Source) -> None:
        """Describe the table; nothing is read yet."""
        super().__init__(tap, source.table)
        self._source = source

    def export(self) -> HandedFile:
        """Wait until the table's file is written."""
        return self.tap.crew.file(self.name)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the table's rows as JSON values."""
        limit = self.ABORT_AT_RECORD_COUNT
        leader = self.tap.source.leader
        return rows.read(leader, self._source, limit=limit)


class TapPostgres(DatabaseTap):
    """Reads a PostgreSQL database in one snapshot."""

    name = "tap-postgres"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }

    @cached_property
    def source(self) -> snapshot.Snapshot:
        """The moment that is extracted; taken when first asked for."""
        queries = parse_queries(self.config.get("queries"))
        windows = windows_of(self.name, self.config)
        wanted = self._wanted()
        return snapshot.take(self._connect(), wanted, queries, windows)

    @cached_property
    def crew(self) -> Crew:
        """The sessions that write the files; they start at once."""
        crew = Crew(self.source, self._connect, jobs=self.config["jobs"])
        names = [
            stream.name for stream in self.all_streams() if stream.selected
        ]
        crew.start({name: self.spool.new_file(name) for name in names})
        return crew

    def discover_streams(self) -> Sequence[PostgresStream]:
        """Return a stream per table.

        Raises:
            ConfigError: The URL is missing or no table matches.
            DaybookError: See `snapshot.take`.
        """
        needed = [Needed("url", VARIABLE)]
        check_needed(self.name, self.config, needed, _EXAMPLE)
        self.snapshot = self.source.taken_at
        return [PostgresStream(self, each) for each in self.source.sources]

    def _connect(self) -> Session:
        url = self.config["url"]
        session = connect(
            url, variable=VARIABLE, plugin=self.name, reader=True
        )
        if session.info.server_version < _OLDEST:
            raise ConfigError(
                f"{VARIABLE} names PostgreSQL {session.info.server_version}; "
                f"{self.name} reads 12 and newer.",
                "Use a newer server.",
            )
        return session

    def _wanted(self) -> Wanted:
        return Wanted(
            schemas=split_list(self.config["schemas"]),
            tables=split_list(self.config.get("tables")),
            exclude=split_list(self.config.get("exclude")),
        )


def main() -> NoReturn:
    """Run tap-postgres."""
    run(TapPostgres)
