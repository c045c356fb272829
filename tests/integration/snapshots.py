"""Takes snapshots inside the test's process, where a test must step in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daybook.postgres.connection import Session, connect
from daybook.postgres.extract import snapshot
from daybook.postgres.extract.crew import Crew
from daybook.postgres.extract.selection import Wanted
from daybook.postgres.extract.snapshot import Snapshot
from daybook.singer.handover import HandedFile

_number = itertools.count()


def open_session(url: str) -> Session:
    """Connect as the tap does."""
    return connect(url, variable="URL", plugin="tap-postgres", reader=True)


@contextmanager
def taken(url: str, *tables: str) -> Iterator[Snapshot]:
    """Give a snapshot of all tables, or of those named."""
    with open_session(url) as session:
        yield snapshot.take(session, Wanted(["public"], tables))
        session.close()


def start(url: str, moment: Snapshot, folder: Path, jobs: int = 2) -> Crew:
    """Start to copy all of a snapshot's tables."""
    crew = Crew(moment, lambda: open_session(url), jobs=jobs)
    names = [source.table.stream for source in moment.sources]
    crew.start({name: folder / f"{next(_number)}.csv" for name in names})
    return crew


def export_one(url: str, table: str, folder: Path) -> HandedFile:
    """Export one table of the schema `public`."""
    with taken(url, table) as moment:
        return start(url, moment, folder).file(f"public-{table}")
