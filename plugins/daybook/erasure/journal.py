"""The journal: that an erasure has begun, and is not finished.

It holds digests, like the suppression list. An erasure that broke off is
finished by the next one, which erases everybody on both.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from daybook.erasure import notes
from daybook.erasure.key import VARIABLE
from daybook.erasure.suppression import FOLDER
from daybook.errors import ConfigError
from daybook.lake import files

_JOURNAL = "journal.json"
_WHAT = "journal of an erasure"
_REMEDY = (
    "Remove it, then run `daybook erase` again with the requests that were "
    "not finished; who was asked for is on the suppression list beside it."
)


def begin(root: Path, key_id: str, digests: frozenset[str]) -> None:
    """Note an erasure of these digests, beside those that were noted.

    Raises:
        StorageError: It cannot be written.
    """
    path = root / FOLDER / _JOURNAL
    now = datetime.datetime.now(datetime.UTC)
    with files.storage_errors("Writing the erasure's journal"):
        known = _read(path)
        body = {
            "begun": known["begun"] if known else now.isoformat(),
            "key": key_id,
            "digests": sorted(digests | _digests(path, known)),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace_durably(path, json.dumps(body, indent=1).encode())


def unfinished(root: Path, key_id: str) -> frozenset[str]:
    """Return the digests of an erasure that is not finished, if any.

    Raises:
        ConfigError: It was begun with another key.
        InputError: The journal is malformed.
        StorageError: It cannot be read.
    """
    path = root / FOLDER / _JOURNAL
    with files.storage_errors("Reading the erasure's journal"):
        known = _read(path)
    if known is None:
        return frozenset()
    found = _digests(path, known)
    if known.get("key") != key_id:
        raise ConfigError(
            f"{VARIABLE} is not the key that the erasure of {known['begun']} "
            "was begun with, which is not finished. Nothing was changed.",
            "Set the key again that was used then.",
        )
    return found


def finish(root: Path) -> None:
    """Note that all is erased.

    Raises:
        StorageError: It cannot be written.
    """
    with files.storage_errors("Ending the erasure's journal"):
        (root / FOLDER / _JOURNAL).unlink(missing_ok=True)
        files.sync(root / FOLDER)


def _read(path: Path) -> dict[str, Any] | None:
    body = notes.read(path, _WHAT, _REMEDY)
    return body if body is None else {"begun": "an unknown time"} | body


def _digests(path: Path, body: dict[str, Any] | None) -> frozenset[str]:
    if body is None:
        return frozenset()
    return notes.digests(body, path, _WHAT, _REMEDY)
