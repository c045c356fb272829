"""Parked sets: finished, but published only when their run is known good.

A tap from the Hub gives no receipt, so target-csv parks what it sent, and
`daybook publish`, which `meltano run` reaches only if the tap exited 0,
publishes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from daybook.day import Day
from daybook.errors import InputError, cut
from daybook.lake import files, guards, pending
from daybook.lake import staging as staging_folders
from daybook.lake.lock import day_lock
from daybook.lake.pending import Allowed, Pending
from daybook.lake.publish import Published, clean_up, publish
from daybook.lake.staged import Staged, check_distinct, order, to_manifest
from daybook.lake.staging import Staging


def park(
    root: Path,
    source: str,
    day: Day,
    staged: Sequence[Staged],
    *,
    tap: str,
    run: str,
    staging: Staging,
    allow: Allowed,
) -> None:
    """Leave the staged files for `publish_staged`; the day is untouched.

    Raises:
        InputError, RefusedError, StorageError: As `publish`.
    """
    before = guards.day_before(root, source, day)
    check_distinct(staged)
    streams = [item.table.stream for item in staged]
    guards.check(root, source, day, before, streams, tap=tap, allow=allow)
    with files.storage_errors(f"Parking the day {day} of {source}"):
        ordered = sorted(staged, key=order)
        new = to_manifest(source, day, ordered, tap, run, "")
        names = tuple(item.path.name for item in ordered)
        pending.park(staging, Pending(new, names, allow))


def publish_staged(root: Path, run: str) -> Published:
    """Publish what target-csv parked in the run `run`.

    Raises:
        BusyError: Somebody else writes that day.
        InputError: Nothing is parked for the run, or as `publish`.
        ConfigError, RefusedError, StorageError: As `publish`.
    """
    with files.storage_errors(f"Publishing the run {run}"):
        held = staging_folders.reopen(root, run)
    if held is None:
        raise _nothing_parked(root, run)
    try:
        parked = pending.read(held.path)
        if parked is None:
            raise _nothing_parked(root, run)
        body = parked.manifest
        with day_lock(root, body.source, body.day, "daybook publish", run):
            published = _publish_parked(root, parked, held)
            clean_up(root, body.source, body.day, [held])
    finally:
        held.release()
    return published


def _publish_parked(root: Path, parked: Pending, held: Staging) -> Published:
    body = parked.manifest
    pairs = zip(body.files, parked.names, strict=True)
    return publish(
        root,
        body.source,
        body.day,
        [
            Staged(
                file.table,
                held.path / name,
                file.sha256,
                file.rows,
                file.longest_line,
            )
            for file, name in pairs
        ],
        tap=body.tap,
        run=body.run,
        snapshot=body.snapshot,
        staging=held,
        allow=parked.allowed,
    )


def _nothing_parked(root: Path, run: str) -> InputError:
    waiting = "; ".join(
        f"{day} of {source}: --run {other}"
        for other, source, day in pending.runs(root)
    )
    return InputError(
        f"Nothing waits to be published for the run {cut(run)} in {root}: it "
        "was published already, or its target did not finish. "
        f"Waiting: {waiting or 'nothing'}.",
        "`daybook publish` follows a tap from the Hub in the same "
        "`meltano run`; by hand, name the run with --run.",
    )
