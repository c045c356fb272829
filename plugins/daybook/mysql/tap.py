"""tap-mysql: every table of a MySQL or MariaDB database, at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.errors import ConfigError
from daybook.lake.files import storage_errors
from daybook.mysql.url import EXAMPLE, check_url
from daybook.singer import log
from daybook.singer.cursors import INCREMENTAL_SETTINGS
from daybook.singer.database_tap import DatabaseStream, DatabaseTap
from daybook.singer.queries import QUERIES_SETTING, parse_queries
from daybook.singer.run import run
from daybook.singer.selection import Wanted
from daybook.singer.settings import Needed, check_needed, split_list
from daybook.singer.tap import SPOOL_SETTINGS
from daybook.singer.windows import windows_of

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from daybook.mysql.extract.snapshot import Snapshot
    from daybook.mysql.extract.source import Source
    from daybook.singer.handover import HandedFile

VARIABLE = "MOVIELENS_URL"
"""Where users set the source's URL."""

_EXAMPLE = (
    "MELTANO_ENVIRONMENT=extract SOURCE=movielens DATESTAMP=2024-12-20 "
    f"meltano run tap-mysql target-csv (with {VARIABLE}={EXAMPLE} in .env)"
)
_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "url": {
        "type": "string",
        "secret": True,
        "description": (
            f"Connection URL of the source, {EXAMPLE}; options after `?` are "
            "ssl-mode, ssl-ca, ssl-cert, ssl-key and socket."
        ),
    },
    "tables": {
        "type": "string",
        "description": (
            "Tables to extract: globs over `table` or `database.table`, "
            "separated by commas; all tables if not set. A view is taken if "
            "named without wildcards."
        ),
    },
    "exclude": {
        "type": "string",
        "description": "Tables to leave out: as `tables`, and wins over it.",
    },
    "zero_dates": {
        "type": ["string", "null"],
        "enum": ["error", "null", None],
        "default": "error",
        "description": (
            "What to do with dates that no calendar has (0000-00-00, "
            "2024-00-01, any of the year 0): `error` fails and names the "
            "first, `null` makes them NULL, but never in a key."
        ),
    },
    "lock_tables": {
        "type": "boolean",
        "default": False,
        "description": (
            "Extract tables without transactions too (MyISAM, Aria, "
            "MEMORY), which nobody can write to meanwhile; needs the right "
            "LOCK TABLES."
        ),
    },
    "queries": QUERIES_SETTING,
    **INCREMENTAL_SETTINGS,
    **SPOOL_SETTINGS,
}


class MySQLStream(DatabaseStream):
    """One table of the snapshot, or a query's result."""

    tap: TapMySQL

    def __init__(self, tap: TapMySQL, source: Source) -> None:
        """Describe the table; nothing is read yet."""
        super().__init__(tap, source.table)
        self._source = source

    def export(self) -> HandedFile:
        """Write the table's file."""
        from daybook.mysql.extract import refusals, results
        from daybook.mysql.extract.export import export

        reader = self.tap.source.reader
        path = self.tap.spool.new_file(self.name)
        with (
            storage_errors(f"Writing {self.name} to {path}"),
            refusals.reading(str(self._source)),
            log.progress(self.name) as progress,
        ):
            file = export(reader, self._source, path, progress)
        results.check(reader, self._source)
        return file

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the table's rows as JSON values."""
        from daybook.mysql.extract import results, rows

        reader = self.tap.source.reader
        limit = self.ABORT_AT_RECORD_COUNT
        yield from rows.read(reader, self._source, limit=limit)
        results.check(reader, self._source)


class TapMySQL(DatabaseTap):
    """Reads a database of MySQL or MariaDB in one snapshot."""

    name = "tap-mysql"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }

    @cached_property
    def source(self) -> Snapshot:
        """The moment that is extracted; taken when first asked for."""
        from daybook.mysql.extract import snapshot

        request = snapshot.Request(
            wanted=Wanted(
                schemas=("",),
                tables=split_list(self.config.get("tables")),
                exclude=split_list(self.config.get("exclude")),
            ),
            queries=parse_queries(self.config.get("queries")),
            windows=windows_of(self.name, self.config),
            # `zero_dates: null` in YAML is no text.
            dates_as_null=self.config["zero_dates"] in {None, "null"},
            lock_tables=self.config["lock_tables"],
        )
        return snapshot.take(self._connect, request)

    def discover_streams(self) -> Sequence[MySQLStream]:
        """Return a stream per table and query.

        Raises:
            ConfigError: The URL is missing or malformed, no table
                matches, or two streams have one name.
            DaybookError: See `snapshot.take`.
        """
        needed = [Needed("url", VARIABLE, _check_url)]
        check_needed(self.name, self.config, needed, _EXAMPLE)
        self.snapshot = self.source.taken_at
        streams = [MySQLStream(self, each) for each in self.source.sources]
        names = [stream.name for stream in streams]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    f"Two tables or queries are called {name}.",
                    "Give the query another `name`, or `exclude` the table.",
                )
        return streams

    def _connect(self) -> Session:
        from daybook.mysql.connection import connect

        return connect(
            self.config["url"],
            variable=VARIABLE,
            plugin=self.name,
            reader=True,
        )


def _check_url(url: str) -> None:
    check_url(url, VARIABLE)


def main() -> NoReturn:
    """Run tap-mysql."""
    run(TapMySQL)
