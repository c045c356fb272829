"""From a source through the lake to a warehouse, and what both hold."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

import harness

SESSION = (
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET search_path = '';"
    "SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;"
    "SET bytea_output = 'hex'; SET lc_monetary = 'C'"
)
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition
      AND relnamespace = 'public'::regnamespace
"""
_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
_KEYS = """
    SELECT c.relname, k.contype::text, p.relname,
           ARRAY(SELECT attname FROM unnest(k.conkey) WITH ORDINALITY u (n, i)
                 JOIN pg_attribute ON attrelid = c.oid AND attnum = n
                 ORDER BY i),
           ARRAY(SELECT attname FROM unnest(k.confkey) WITH ORDINALITY u (n, i)
                 JOIN pg_attribute ON attrelid = p.oid AND attnum = n
                 ORDER BY i)
    FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
    LEFT JOIN pg_class AS p ON p.oid = k.confrelid
    WHERE k.contype IN ('p', 'f') AND k.conparentid = 0 AND k.convalidated
      AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class Held:
    """What a database holds of one table.

    Attributes:
        types: Each column's type, in order.
        rows: The rows' text, as COPY writes it, sorted.
    """

    types: dict[str, str]
    rows: list[bytes]


@dataclass(frozen=True)
class Trip:
    """A source, a lake and a warehouse of their own."""

    source: str
    warehouse: str
    lake: Path

    def go(self, day: str, **settings: Any) -> None:
        """Extract the source on `day` and load it."""
        self.extract(day)
        self.load(day, **settings)

    def extract(self, day: str) -> None:
        """Publish the source's tables as `day`."""
        tap = {
            "url": self.source,
            "spool": str(self.lake),
            "handover": "files",
        }
        target = {"lake": str(self.lake), "source": "postgres", "day": day}
        for result in harness.pipe("tap-postgres", tap, "target-csv", target):
            assert result.returncode == 0, result.stderr

    def load(self, day: str, **settings: Any) -> None:
        """Load `day` into the warehouse."""
        tap = {
            "lake": str(self.lake),
            "sources": "postgres",
            "day": day,
            "handover": "files",
        }
        target = {"url": self.warehouse, "schema": "public", **settings}
        for result in harness.pipe("tap-csv", tap, "target-postgres", target):
            assert result.returncode == 0, result.stderr

    def source_holds(self) -> dict[str, Held]:
        """Return the source's tables, none with its children's rows."""
        return _held(self.source)

    def warehouse_holds(self) -> dict[str, Held]:
        """Return the warehouse's tables."""
        return _held(self.warehouse)

    def row_versions(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return where each row of the warehouse lies and who wrote it."""
        with psycopg.connect(self.warehouse) as session:
            query = SQL("SELECT xmin::text, ctid::text FROM {} ORDER BY 1, 2")
            return {
                name: session.execute(query.format(_table(name))).fetchall()
                for (name,) in session.execute(_TABLES).fetchall()
            }


@contextmanager
def trip(server_url: str, lake: Path, ddl: str | Composed) -> Iterator[Trip]:
    """Make a source that holds what `ddl` makes, and a warehouse."""
    source = harness.create_database(server_url, "source")
    warehouse = harness.create_database(server_url, "warehouse")
    change(source, ddl)
    yield Trip(source, warehouse, lake)
    for url in (source, warehouse):
        harness.drop_database(server_url, url)


def change(url: str, statements: str | Composed) -> None:
    """Run statements in one transaction."""
    with psycopg.connect(url) as session:
        plain = isinstance(statements, str)
        session.execute(statements.encode() if plain else statements)


def keys(url: str) -> list[tuple[Any, ...]]:
    """Return the primary and foreign keys: tables and columns."""
    return harness.sql(url, _KEYS)


def validate(lake: Path, day: str) -> subprocess.CompletedProcess[str]:
    """Let Frictionless validate a day."""
    manifest = lake / f"source=postgres/extracted_at={day}/datapackage.json"
    skipped = "blank-row,incorrect-label"
    command = ["validate", "--skip-errors", skipped, str(manifest)]
    return subprocess.run(
        [str(harness.BIN / "frictionless"), *command],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _held(url: str) -> dict[str, Held]:
    with psycopg.connect(url) as session:
        session.execute(SESSION)
        names = session.execute(_TABLES).fetchall()
        return {name: _hold(session, name) for (name,) in names}


def _hold(session: psycopg.Connection[Any], name: str) -> Held:
    types = dict(
        session.execute(_COLUMNS, [_table(name).as_string(session)]).fetchall()
    )
    kind = "SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass"
    (is_whole,) = session.execute(kind, [_table(name).as_string()]).fetchone()
    query = SQL("COPY (SELECT {} FROM {} {}) TO STDOUT").format(
        SQL(", ").join(map(Identifier, types)),
        SQL("" if is_whole else "ONLY"),
        _table(name),
    )
    with session.cursor().copy(query) as copy:
        return Held(types, sorted(bytes(row) for row in copy))


def _table(name: str) -> Identifier:
    return Identifier("public", name)
