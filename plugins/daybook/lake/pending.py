"""Finished sets that wait for `daybook publish`: `pending.json`.

What a tap from the Hub sent is complete only if the tap exited 0, which
its target cannot know. So the set is parked in its staging folder, and
the next block of the same run, which Meltano reaches only then,
publishes it.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daybook.day import Day
from daybook.errors import InputError, RefusedError
from daybook.lake import files, layout, manifest
from daybook.lake.manifest import Manifest
from daybook.lake.staging import Staging


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which guards of publishing are lifted, each by its setting.

    Attributes:
        other_tap: The day may have been made by another tap.
        empty: The day may be without any table.
        lost_tables: A rerun may lack tables that the day had.
    """

    other_tap: bool = False
    empty: bool = False
    lost_tables: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A parked set.

    Attributes:
        manifest: As it will be published.
        names: Each data file's name in the staging folder, in the
            manifest's order.
        allowed: The guards lifted when it was parked.
    """

    manifest: Manifest
    names: tuple[str, ...]
    allowed: Allowed


def park(staging: Staging, pending: Pending) -> None:
    """Write `pending.json`, last of all, in one atomic step.

    Raises:
        RefusedError: The run has parked another set before.
        OSError: The lake cannot be written.
    """
    before = waits_for(staging.path)
    mine = (pending.manifest.source, pending.manifest.day)
    if before and before != mine:
        raise RefusedError(
            f"This run has already parked the day {before[1]} of "
            f"{before[0]}; one set per run can wait. Nothing was changed.",
            "Put `daybook:publish` after each target-csv in `meltano run`.",
        )
    body = {
        "manifest": json.loads(manifest.to_json(pending.manifest)),
        "names": pending.names,
        "allowed": dataclasses.asdict(pending.allowed),
    }
    files.replace_durably(
        staging.path / layout.PENDING, json.dumps(body).encode()
    )


def read(folder: Path) -> Pending | None:
    """Return the set parked in a staging folder, None if there is none.

    Raises:
        InputError: The file was edited.
        OSError: It cannot be read.
    """
    path = folder / layout.PENDING
    if not files.is_plain(path):
        return None
    with files.open_plain(path) as file:
        data = file.read()
    try:
        return _from_body(json.loads(data), path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path} is not what target-csv wrote ({error}).",
            f"Remove {folder} and run the extract again.",
        ) from error


def waits_for(folder: Path) -> tuple[str, Day] | None:
    """Return the source and day that a folder's parked set is for."""
    try:
        pending = read(folder)
    except InputError:  # nobody could publish it any more
        return None
    if pending is None:
        return None
    return pending.manifest.source, pending.manifest.day


def runs(root: Path) -> list[tuple[str, str, Day]]:
    """Return run, source and day of every parked set, sorted."""
    found = []
    for folder in (root / layout.STAGING).glob("*-*"):
        waiting = waits_for(folder)
        if waiting:
            found.append((folder.name, *waiting))
    return sorted(found)


def _from_body(body: dict[str, Any], path: Path) -> Pending:
    parked = manifest.from_json(json.dumps(body["manifest"]).encode(), path)
    names = tuple(str(name) for name in body["names"])
    if len(names) != len(parked.files) or any("/" in name for name in names):
        raise ValueError("its names do not fit its manifest")
    return Pending(parked, names, Allowed(**body["allowed"]))
