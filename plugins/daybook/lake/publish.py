"""Publishing: staged files become a day in one atomic step.

The order of the steps is the promise: data files first, under names made
of their content, made durable; then the manifest, replaced atomically;
then what no manifest names is removed. Broken off anywhere, the day is
the old one or the new one whole.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from daybook.day import Day
from daybook.lake import (
    contents,
    files,
    guards,
    partition,
    pending,
    scratch,
)
from daybook.lake import staging as staging_folders
from daybook.lake.layout import MANIFEST
from daybook.lake.manifest import DataFile, Manifest, to_json
from daybook.lake.pending import Allowed
from daybook.lake.staged import (
    Staged,
    bring,
    check_distinct,
    check_plain,
    order,
    to_manifest,
)
from daybook.lake.staging import Staging

logger = logging.getLogger("daybook")

_HASHERS = 2
"""Staged files are written to disk while they are hashed, and a staged
file and the day's own are hashed side by side."""

_ENDING_SECONDS = 1.0
"""So long a tap that has sent its last line may need to end."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publishing did.

    Attributes:
        manifest: The day as it now is.
        changed: False where not a file of the day was touched.
        before: The day as it was, None if there was none.
        moved: The streams whose files were put in place.
    """

    manifest: Manifest
    changed: bool
    before: Manifest | None
    moved: frozenset[str]

    def outcome(self, file: DataFile) -> str:
        """Return what became of a table.

        `new`, `changed`, `unchanged`, or `mended` where the day's file
        was missing or damaged.
        """
        stream = file.table.stream
        old = self.before and self.before.file(stream)
        if not old:
            return "new"
        if old != file:
            return "changed"
        return "mended" if stream in self.moved else "unchanged"


def publish(
    root: Path,
    source: str,
    day: Day,
    staged: Sequence[Staged],
    *,
    tap: str,
    run: str,
    snapshot: str,
    staging: Staging,
    allow: Allowed = Allowed(),  # noqa: B008 (frozen)
) -> Published:
    """Make the staged files the day. The caller holds its `day_lock`.

    `tap`, `run` and `snapshot` go into the manifest if it changes.
    `staging` is the caller's own, held; copies are made there.

    Raises:
        ConfigError: `source` cannot name a source, or a newer version
            of Daybook wrote the day.
        InputError: A staged file is not what its tap says, two are for
            one table, or a symlink or folder is in the way.
        RefusedError: A guard said no, see `Allowed`.
        StorageError: The file system refused; the old day stands.
        UnfinishedError: A staged file has vanished.
    """
    place = partition.folder(root, source, day)
    before = guards.day_before(root, source, day)
    check_distinct(staged)
    streams = [item.table.stream for item in staged]
    guards.check(root, source, day, before, streams, tap=tap, allow=allow)
    tables = [item.table for item in staged]
    guards.check_parts(root, source, day, tables)
    ordered = sorted(staged, key=order)
    for item in ordered:
        check_plain(item)
    with files.storage_errors(f"Publishing the day {day} of {source}"):
        new = to_manifest(source, day, ordered, tap, run, snapshot)
        contents.check_clear(place, [file.path for file in new.files])
        paths = _hash(place, new, ordered, staging)
        try:
            published = _write(root, place, new, paths, before)
        except OSError:
            if before or not (place / MANIFEST).exists():
                _tidy(place, before)
            raise
    _tidy(place, published.manifest)
    return published


def replace_files(
    root: Path, before: Manifest, new: Manifest, paths: Mapping[str, Path]
) -> Published:
    """Make `new`, some of whose files were rewritten, the day.

    `paths` are the rewritten ones in a staging folder, by stream; all
    others stay as they are. The caller holds the day's lock.

    Raises:
        InputError: A symlink or folder is in the way.
        StorageError: The file system refused; the old day stands.
    """
    place = partition.folder(root, before.source, before.day)
    step = f"Publishing the day {before.day} of {before.source}"
    with files.storage_errors(step):
        contents.check_clear(place, [file.path for file in new.files])
        for path in paths.values():
            files.sync(path)
        ordered = [paths.get(file.table.stream) for file in new.files]
        published = _write(root, place, new, ordered, before)
    _tidy(place, published.manifest)
    return published


def clean_up(
    root: Path, source: str, day: Day, used: Iterable[Staging]
) -> None:
    """After a publishing, remove the staging folders nobody needs.

    These are the ones `used`, which are released, and all that nobody
    holds; but none that waits for another day or in which one is built.
    What cannot be removed
    is said, no error: the day is published.
    """

    def spare(folder: Path) -> bool:
        waits = pending.waits_for(folder) not in {None, (source, day)}
        return waits or scratch.is_for_another(folder, source, day)

    try:
        for held in used:
            held.release()
            staging_folders.remove(
                held.path, spare=spare, patience=_ENDING_SECONDS
            )
        staging_folders.sweep(root, spare=spare)
    except OSError as error:
        logger.warning("Unfinished work could not be removed: %s", error)


def _hash(
    place: Path, new: Manifest, ordered: Sequence[Staged], staging: Staging
) -> list[Path | None]:
    """Check the staged files and those of the day, side by side.

    Returns each file's path in the staging folder, None where the day
    has it already.
    """
    own = [item.path for item in ordered if item.path.parent == staging.path]
    with ThreadPoolExecutor(_HASHERS) as pool:
        synced = pool.map(files.sync, own)
        there = pool.map(partial(contents.is_there, place), new.files)
        paths = pool.map(partial(bring, own=staging), ordered)
        pairs = list(zip(there, paths, strict=True))
        list(synced)  # raises what went wrong
    return [None if known else path for known, path in pairs]


def _write(
    root: Path,
    place: Path,
    new: Manifest,
    paths: Sequence[Path | None],
    before: Manifest | None,
) -> Published:
    """Put files and manifest in place, in the order that is the promise."""
    place.mkdir(parents=True, exist_ok=True)
    moved = set()
    for file, path in zip(new.files, paths, strict=True):
        if path:
            contents.install(place, file, path)
            moved.add(file.table.stream)
    same = before is not None and _stands(place, before, new)
    if moved or not same:
        _sync_folders(root, place, new)
    if not same:
        files.replace_durably(place / MANIFEST, to_json(new))
    return Published(
        manifest=before if before and same else new,
        changed=bool(moved) or not same,
        before=before,
        moved=frozenset(moved),
    )


def _stands(place: Path, before: Manifest, new: Manifest) -> bool:
    """Whether the manifest there says the same of the same files."""
    wanted = replace(
        new,
        run=before.run,
        snapshot=before.snapshot,
        erased=before.erased,
    )
    return (place / MANIFEST).read_bytes() == to_json(wanted)


def _sync_folders(root: Path, place: Path, manifest: Manifest) -> None:
    for folder in {(place / file.path).parent for file in manifest.files}:
        files.sync(folder)
    for folder in (place, place.parent, root):
        files.sync(folder)


def _tidy(place: Path, manifest: Manifest | None) -> None:
    """Remove what `manifest` does not name; that it cannot is no error."""
    named = [file.path for file in manifest.files] if manifest else []
    try:
        contents.remove_unnamed(place, named)
    except OSError as error:
        logger.warning("Older files could not be removed: %s", error)
