"""Where a run builds models before they become a day: its staging folder.

Between the step that builds and the one that carries on nobody holds the
folder. `building.json` says for which day it is, so that publishing any
other day leaves it alone.
"""

from __future__ import annotations

import json
from pathlib import Path

from daybook.day import Day
from daybook.lake import files, layout
from daybook.lake.staging import Staging, is_parked, remove

DATABASE = "daybook-run.duckdb"
"""The DuckDB file in the folder.

DuckDB calls the database by the file's name, and takes a schema of the
same name for it: no source should be called so.
"""

_NOTE = "building.json"


def database(root: Path, run: str) -> Path:
    """Return where a run builds; it need not exist."""
    return root / layout.STAGING / run / DATABASE


def note(staging: Staging, source: str, day: Day) -> None:
    """Say for which day the folder is built in.

    Raises:
        OSError: The lake cannot be written.
    """
    body = json.dumps(_body(source, day))
    files.replace_durably(staging.path / _NOTE, body.encode())


def is_for_another(folder: Path, source: str, day: Day) -> bool:
    """Return whether models of another day are built in the folder."""
    return _noted(folder) not in (None, _body(source, day))


def clear(root: Path, source: str, day: Day) -> None:
    """Remove what earlier runs built for the day and nobody carried on.

    Raises:
        OSError: The lake cannot be written.
    """
    for folder in (root / layout.STAGING).glob("*-*"):
        if _noted(folder) == _body(source, day):
            remove(folder, spare=is_parked)


def _noted(folder: Path) -> object:
    path = folder / _NOTE
    if not files.is_plain(path):
        return None
    try:
        return json.loads(path.read_bytes())
    except ValueError:  # cut off by a crash: nobody goes on with it
        return None


def _body(source: str, day: Day) -> dict[str, str]:
    return {"source": source, "day": str(day)}
