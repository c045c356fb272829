"""tap-duckdb: a DuckDB file, what dbt built in this run, queries, lines."""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.duckdb.line_files import LINES_SETTING, parse_lines
from daybook.errors import ConfigError
from daybook.lake import scratch
from daybook.lake.files import storage_errors
from daybook.singer import log
from daybook.singer.queries import QUERIES_SETTING, parse_queries
from daybook.singer.run import run
from daybook.singer.settings import (
    project_path,
    project_root,
    run_id,
    split_list,
)
from daybook.singer.tap import SPOOL_SETTINGS, DaybookTap, TableStream

if TYPE_CHECKING:
    import duckdb

    from daybook.duckdb.catalog import Source
    from daybook.duckdb.line_files import LineFiles
    from daybook.singer.handover import HandedFile
    from daybook.singer.queries import Query

_EXAMPLE = (
    "MELTANO_ENVIRONMENT=transform SOURCE=movielens_graph "
    "DATESTAMP=2024-12-20 meltano run dbt:build tap-duckdb target-csv"
)
_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "database": {
        "type": "string",
        "description": (
            "A DuckDB file, opened for reading only; relative to the "
            "project's root. Without it, `queries` and `lines`, what "
            "`dbt:build` built in the same `meltano run`."
        ),
    },
    "schemas": {
        "type": "string",
        "default": "main",
        "description": "Schemas to extract: globs, separated by commas.",
    },
    "tables": {
        "type": "string",
        "description": (
            "Tables to extract: globs over `schema.table` or `table`, "
            "separated by commas; all tables if not set. A view is taken "
            "if named without wildcards."
        ),
    },
    "exclude": {
        "type": "string",
        "description": "Tables to leave out: as `tables`, and wins over it.",
    },
    "queries": {
        **QUERIES_SETTING,
        "description": (
            f"{QUERIES_SETTING['description']} They may read the database, "
            "and CSV, JSON and Parquet files of `extract` and the lake; "
            "relative paths start at the project's root."
        ),
    },
    "lines": LINES_SETTING,
    "memory": {
        "type": "string",
        "pattern": "^[0-9]+ ?[KMG]i?B$",
        "default": "256MB",
        "description": (
            "What DuckDB may use; more goes to disk. The process takes some "
            "100 MB besides."
        ),
    },
    **SPOOL_SETTINGS,
}


class DuckDBStream(TableStream):
    """A table of the file, or a query's result."""

    tap: TapDuckDB

    def __init__(
        self, tap: TapDuckDB, source: Source, query: Query | None = None
    ) -> None:
        """Describe the table; nothing is read yet."""
        super().__init__(tap, source.table)
        self._source = source
        self._query = query

    def export(self) -> HandedFile:
        """Let DuckDB write the table's file."""
        from daybook.duckdb.export import export

        self._check_key()
        path = self.tap.spool.new_file(self.name)
        with (
            storage_errors(f"Writing {self.name} to {path}"),
            log.progress(self.name) as progress,
        ):
            return export(self.tap.connection, self._source, path, progress)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the table's rows as JSON values."""
        from daybook.duckdb import rows

        self._check_key()
        return rows.read(self.tap.connection, self._source)

    def _check_key(self) -> None:
        from daybook.duckdb import queries

        if self._query:
            queries.check_key(self.tap.connection, self._query, self._source)


class LinesStream(TableStream):
    """Text files, a row per line."""

    def __init__(self, tap: TapDuckDB, files: LineFiles) -> None:
        """Describe the table; nothing is read yet."""
        super().__init__(tap, files.table)
        self._files = files

    def export(self) -> HandedFile:
        """Write the lines down in the lake's dialect."""
        from daybook.duckdb.line_files import export

        path = self.tap.spool.new_file(self.name)
        with (
            storage_errors(f"Writing {self.name} to {path}"),
            log.progress(self.name) as progress,
        ):
            return export(self._files, path, progress)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the lines as JSON values."""
        from daybook.duckdb.line_files import read

        return read(self._files)


class TapDuckDB(DaybookTap):
    """Reads DuckDB files, and through queries what DuckDB reads."""

    name = "tap-duckdb"
    connection: duckdb.DuckDBPyConnection
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }

    @cached_property
    def database(self) -> Path | None:
        """The file, None where only queries are to be run.

        Raises:
            ConfigError: Nothing is set, and nothing was built.
        """
        if self.config.get("database"):
            return project_path(self.config["database"])
        if self._queries or self._lines:
            return None
        built = scratch.database(self.spool_root, run_id() or "none")
        if not built.is_file():
            raise _nothing_to_read(built)
        return built

    @cached_property
    def _queries(self) -> Sequence[Query]:
        return parse_queries(self.config.get("queries"))

    @cached_property
    def _lines(self) -> Sequence[LineFiles]:
        return parse_lines(self.config.get("lines"))

    def discover_streams(self) -> Sequence[TableStream]:
        """Return a stream per table, query and item of `lines`.

        Raises:
            ConfigError: Nothing to read is set, or no table matches.
            DaybookError: The file or a query cannot be read.
        """
        from daybook.duckdb import queries

        self.snapshot = datetime.datetime.now(datetime.UTC).isoformat()
        with self._open(None) as connection:
            streams: list[TableStream] = [
                DuckDBStream(self, source)
                for source in self._tables(connection)
            ]
            found = queries.describe(connection, self._queries)
        pairs = zip(found, self._queries, strict=True)
        streams += [DuckDBStream(self, *pair) for pair in pairs]
        streams += [LinesStream(self, files) for files in self._lines]
        _check_streams(streams)
        return streams

    def sync_all(self) -> None:  # type: ignore[misc]
        """Send all streams, then the receipt; final in the SDK."""
        with self._spill() as spill, self._open(spill) as connection:
            self.connection = connection
            super().sync_all()

    def _tables(self, connection: duckdb.DuckDBPyConnection) -> list[Source]:
        from daybook.duck import declared_keys, declared_personal
        from daybook.duckdb import catalog
        from daybook.duckdb.failures import reading
        from daybook.singer.selection import Wanted, choose

        if self.database is None:
            return []
        built = not self.config.get("database")
        wanted = Wanted(
            schemas=split_list(self.config["schemas"]),
            tables=split_list(self.config.get("tables")),
            exclude=split_list(self.config.get("exclude")),
        )
        with reading(str(self.database)):
            relations = catalog.relations(connection)
            if not built:
                chosen = choose(relations, wanted)
                return catalog.describe(connection, chosen)
            chosen = choose(
                [r for r in relations if r.schema != declared_keys.SCHEMA],
                wanted,
            )
            keys = declared_keys.read(connection)
            personal = declared_personal.read(connection)
            return catalog.describe(connection, chosen, keys, personal)

    @contextmanager
    def _open(self, spill: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
        from daybook.duckdb.database import check_no_links, open_database

        root = project_root()
        folders = (self.spool_root, root / "extract")
        if self._queries:
            check_no_links(folders)
        with open_database(
            self.database,
            memory=self.config["memory"],
            spill=spill,
            folders=folders,
            root=root,
        ) as connection:
            yield connection

    @contextmanager
    def _spill(self) -> Iterator[Path]:
        """Give a folder for what does not fit in memory."""
        if self.config["handover"] == "files":
            # It goes with the staging folder, also after `kill -9`.
            yield self.spool.path / "spill"
            return
        with tempfile.TemporaryDirectory(prefix="tap-duckdb-") as folder:
            yield Path(folder)


def _check_streams(streams: Sequence[TableStream]) -> None:
    names = [stream.name for stream in streams]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"Two tables, queries or `lines` are called {name}.",
                "Give one of them another `name`, or `exclude` the table.",
            )


def _nothing_to_read(built: Path) -> ConfigError:
    environment = os.environ.get("MELTANO_ENVIRONMENT") or "not set"
    return ConfigError(
        "tap-duckdb has nothing to read: neither `database` "
        "(TAP_DUCKDB_DATABASE), `queries` (TAP_DUCKDB_QUERIES) nor `lines` "
        "(TAP_DUCKDB_LINES) is set, "
        f"and no `dbt:build` of the same run has built {built}. "
        f"(MELTANO_ENVIRONMENT is {environment}.) Nothing was written.",
        f"For example: {_EXAMPLE}",
    )


def main() -> NoReturn:
    """Run tap-duckdb."""
    run(TapDuckDB)
