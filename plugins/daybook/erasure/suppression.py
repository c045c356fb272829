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

from daybook.erasure import key
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects
from daybook.errors import BusyError, ConfigError, InputError
from daybook.lake import files

FOLDER = ".erasure"
_LIST = "suppressed.json"
_LOCK = "lock"
_VERSION = 1


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
        if not files.is_plain(path):
            return None
        data = path.read_bytes()
    of = of or key.pseudonyms()
    return Subjects(of, _read(path, data, of))


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
        known: frozenset[str] = frozenset()
        if files.is_plain(path):
            known = _read(path, path.read_bytes(), of)
        wanted = known | frozenset(digests)
        if wanted == known:
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        body = {
            "version": _VERSION,
            "key": of.key_id,
            "digests": sorted(wanted),
        }
        text = json.dumps(body, indent=1) + "\n"
        files.replace_durably(path, text.encode())
        files.sync(root)
    return len(wanted - known)


@contextmanager
def erasing(root: Path) -> Iterator[None]:
    """Hold the lock that lets one erasure run at a time.

    Raises:
        BusyError: Another one runs.
        StorageError: The lake cannot be written.
    """
    path = root / FOLDER / _LOCK
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


def _read(path: Path, data: bytes, of: Pseudonyms) -> frozenset[str]:
    try:
        body = json.loads(data)
        version, made_with = int(body["version"]), str(body["key"])
        digests = frozenset(map(str, body["digests"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is no suppression list ({error}); it was edited or is "
            "damaged.",
            "Put it back from a backup: without it, people who were erased "
            "come back with the next extract.",
        ) from error
    if version > _VERSION:
        raise ConfigError(
            f"{path} has the format version {version}; this Daybook knows "
            f"versions up to {_VERSION}.",
            "Update Daybook (`git pull`, `make setup`), then run again.",
        )
    if made_with != of.key_id:
        raise ConfigError(
            f"{key.VARIABLE} is not the key that {path} was made with (its "
            f"id is {made_with}, that of the key given {of.key_id}). Nothing "
            "was changed.",
            "Set the key again that was used before. If it is lost, nobody "
            "on the list can be known again.",
        )
    return digests
