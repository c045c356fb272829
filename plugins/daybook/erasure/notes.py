"""What an erasure keeps in the lake: files of digests, read with care.

A file that is damaged, or no file, must never pass for one without people.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from daybook.errors import InputError
from daybook.lake import files

_DIGEST = re.compile("[0-9a-f]{64}")


def read(path: Path, what: str, remedy: str) -> dict[str, Any] | None:
    """Return what a file says, None if there is none.

    Raises:
        InputError: It is no plain file, or no JSON object.
        OSError: It cannot be read.
    """
    if not files.is_plain(path):
        if path.is_symlink() or path.exists():
            raise _damaged(path, what, remedy)
        return None
    try:
        return dict(json.loads(path.read_bytes()))
    except (RecursionError, TypeError, ValueError) as error:
        raise _damaged(path, what, remedy) from error


def digests(
    body: dict[str, Any], path: Path, what: str, remedy: str
) -> frozenset[str]:
    """Return the digests that a file holds.

    Raises:
        InputError: It holds none, or something else beside them.
    """
    found = body.get("digests")
    if not isinstance(found, list) or not all(
        isinstance(one, str) and _DIGEST.fullmatch(one) for one in found
    ):
        raise _damaged(path, what, remedy)
    return frozenset(found)


def _damaged(path: Path, what: str, remedy: str) -> InputError:
    return InputError(
        f"{path} is no {what}: it was edited or is damaged. Nothing was "
        "changed.",
        remedy,
    )
