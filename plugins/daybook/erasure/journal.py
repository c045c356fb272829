"""The journal: that an erasure has begun, and is not finished.

It holds no more than the suppression list does: an erasure that broke
off is finished by the next one, which erases everybody on the list.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from daybook.erasure.suppression import FOLDER
from daybook.lake import files

_JOURNAL = "journal.json"


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
            "digests": sorted(
                digests | set(known["digests"] if known else ())
            ),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace_durably(path, json.dumps(body, indent=1).encode())


def unfinished_since(root: Path) -> str | None:
    """Return when an erasure began that is not finished, if there is one.

    Raises:
        StorageError: It cannot be read.
    """
    with files.storage_errors("Reading the erasure's journal"):
        known = _read(root / FOLDER / _JOURNAL)
    return str(known["begun"]) if known else None


def finish(root: Path) -> None:
    """Note that all is erased.

    Raises:
        StorageError: It cannot be written.
    """
    with files.storage_errors("Ending the erasure's journal"):
        (root / FOLDER / _JOURNAL).unlink(missing_ok=True)
        files.sync(root / FOLDER)


def _read(path: Path) -> dict[str, str | list[str]] | None:
    if not files.is_plain(path):
        return None
    return dict(json.loads(path.read_bytes()))
