"""Extracts and loads days of incremental tables, in the test's process."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from snapshots import open_session

from daybook.csv.lake_day import published_tables
from daybook.day import Day
from daybook.lake import partition, staging
from daybook.lake.lock import day_lock
from daybook.lake.manifest import DataFile, Manifest
from daybook.lake.publish import publish
from daybook.lake.staged import Staged
from daybook.postgres.extract import snapshot
from daybook.postgres.extract.crew import Crew
from daybook.postgres.load.load import load_all
from daybook.postgres.load.plan import plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules
from daybook.singer.cursors import parse_incremental
from daybook.singer.received import Received
from daybook.singer.selection import Wanted
from daybook.singer.windows import Windows
from daybook.window import Window

SOURCE = "postgres"
D1, D2, D3, D4 = "2024-12-20", "2024-12-21", "2024-12-22", "2024-12-23"
CURSOR: Mapping[str, Sequence[str]] = {"ratings": ["at", "id"]}
_number = itertools.count()


def extract_day(
    url: str,
    lake: Path,
    day: str,
    *,
    incremental: Mapping[str, Any] | str | None = CURSOR,
    extend: bool = False,
    source: str = SOURCE,
) -> Manifest:
    """Extract all tables as tap-postgres does, and publish the day."""
    parsed = Day.parse(day)
    windows = Windows(
        parse_incremental(incremental), lake, source, parsed, extend
    )
    held = staging.hold(lake, "")
    with day_lock(lake, source, parsed, "test"):
        published = publish(
            lake,
            source,
            parsed,
            _read(url, held, windows),
            tap="tap-postgres",
            run=str(next(_number)),
            snapshot="",
            staging=held,
        )
    held.discard()
    return published.manifest


def _read(url: str, held: staging.Staging, windows: Windows) -> list[Staged]:
    with closing(open_session(url)) as session:
        moment = snapshot.take(session, Wanted(["public"]), (), windows)
        crew = Crew(moment, lambda: open_session(url), jobs=1)
        tables = [source.table for source in moment.sources]
        crew.start({t.stream: held.new_file(t.stream) for t in tables})
        files = [(table, crew.file(table.stream)) for table in tables]
    return [
        Staged(table, f.path, f.sha256, f.rows, f.longest_line)
        for table, f in files
    ]


def load_day(url: str, lake: Path, day: str, **settings: Any) -> None:
    """Load a published day as tap-csv and target-postgres do."""
    strategy = settings.pop("strategy", None)
    settings.setdefault("schema", "public")
    loads = plan(
        published(lake, day), parse_rules(strategy), settings["schema"]
    )
    load_all(url, loads, Options(**settings))


def published(lake: Path, day: str) -> list[Received]:
    """Return a published day as a target receives it from tap-csv."""
    return [
        Received(one.table.stream, one.table, one.origin, one.file)
        for one in published_tables(lake, [SOURCE], Day.parse(day))
    ]


def file_of(lake: Path, day: str, stream: str = "public-ratings") -> DataFile:
    """Return a table of a published day."""
    file = partition.read(lake, SOURCE, Day.parse(day)).file(stream)
    assert file
    return file


def window_of(lake: Path, day: str, stream: str = "public-ratings") -> Window:
    """Return the window of a table on a day."""
    window = file_of(lake, day, stream).table.window
    assert window
    return window


def rows_of(lake: Path, day: str, stream: str = "public-ratings") -> list[str]:
    """Return the lines of a table's file, without its header."""
    folder = partition.folder(lake, SOURCE, Day.parse(day))
    text = (folder / file_of(lake, day, stream).path).read_text()
    return text.splitlines()[1:]
