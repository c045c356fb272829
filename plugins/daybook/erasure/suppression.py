"""The suppression list: who is erased from all that comes later.

`.erasure/suppressed.json` in the lake holds digests only, and the id of
the key that made them. Without that key the list tells nobody anything.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daybook.day import Day
from daybook.erasure import key, notes
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects
from daybook.errors import BusyError, ConfigError, InputError
from daybook.lake import files, partition

FOLDER = ".erasure"
_LIST = "suppressed.json"
_LOCK = "lock"
_VERSION = 1
_WHAT = "suppression list"
_REMEDY = (
    "Put it back from a backup: without it, people who were erased come back "
    "with the next extract."
)


def suppressed(root: Path, of: Pseudonyms | None = None) -> Subjects | None:
    """Return the people on the lake's list, None if there is no list.

    `of` is made with the environment's key if it is not given.

    Raises:
        ConfigError: The key is missing, or is not the list's.
        InputError: The list is malformed.
        StorageError: It cannot be read.
    """
    path = root / FOLDER / _LIST
    with files.storage_errors("Reading the suppression list"):
        body = notes.read(path, _WHAT, _REMEDY)
    if body is None:
        return None
    of = of or key.pseudonyms()
    return Subjects(of, _listed(path, body, of))


def of_day(root: Path, source: str, day: Day) -> Subjects | None:
    """Return the same, of which a day is to be free that is published.

    Raises:
        InputError: There is no list, but the day was erased before.
        DaybookError: As `suppressed`.
    """
    people = suppressed(root)
    if people is None and partition.is_published(root, source, day):
        erased = partition.read(root, source, day).erased
        if erased:
            raise InputError(
                f"{root / FOLDER / _LIST} is not there, but people were "
                f"erased from {day} of {source} ({erased.at}). Nothing was "
                "published.",
                f"{_REMEDY} If it is lost for good, remove the day's folder, "
                "extract it, and erase those people again.",
            )
    return people


def add(root: Path, of: Pseudonyms, digests: Iterable[str]) -> int:
    """Put people on the list, for ever; return how many digests are new.

    The caller holds `erasing`.

    Raises:
        ConfigError: The key is not the list's.
        InputError: The list is malformed.
        StorageError: It cannot be written.
    """
    path = root / FOLDER / _LIST
    with files.storage_errors("Writing the suppression list"):
        body = notes.read(path, _WHAT, _REMEDY)
        known = frozenset() if body is None else _listed(path, body, of)
        wanted = known | frozenset(digests)
        if wanted == known:
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {
                "version": _VERSION,
                "key": of.key_id,
                "digests": sorted(wanted),
            },
            indent=1,
        )
        text += "\n"
        files.replace_durably(path, text.encode())
        files.sync(root)
    return len(wanted - known)


@contextmanager
def erasing(root: Path, *, only_look: bool = False) -> Iterator[None]:
    """Hold the lock that lets one erasure run at a time.

    Who would `only_look` makes no lock where there never was one.

    Raises:
        BusyError: Another one runs.
        StorageError: The lake cannot be written.
    """
    path = root / FOLDER / _LOCK
    if only_look and not files.is_plain(path):
        yield
        return
    with files.storage_errors("Locking the erasure"):
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                "Another erasure is running in this lake. Nothing was "
                "changed.",
                "Wait until it has ended, then run the same command again.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _listed(
    path: Path, body: dict[str, Any], of: Pseudonyms
) -> frozenset[str]:
    """Return the digests of a list of this version, made with this key."""
    version = body.get("version")
    if isinstance(version, int) and version > _VERSION:
        raise ConfigError(
            f"{path} has the format version {version}; this Daybook knows "
            f"versions up to {_VERSION}.",
            "Update Daybook (`git pull`, `make setup`), then run again.",
        )
    found = notes.digests(body, path, _WHAT, _REMEDY)
    if body.get("key") != of.key_id:
        raise ConfigError(
            f"{key.VARIABLE} is not the key that {path} was made with (its "
            f"id is {body.get('key')}, that of the key given {of.key_id}). "
            "Nothing was changed.",
            "Set the key again that was used before. If it is lost, nobody "
            "on the list can be known again.",
        )
    return found
