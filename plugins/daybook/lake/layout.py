"""Where things are in the lake: names to paths and back. Pure.

<root>/source=S/extracted_at=D/datapackage.json
<root>/source=S/extracted_at=D/table=T/<first 32 hex of sha256>.csv
<root>/.staging/<run>/
<root>/.locks/S/D
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from daybook.day import Day

MANIFEST = "datapackage.json"
STAGING = ".staging"
LOCKS = ".locks"
PENDING = "pending.json"
"""In a staging folder: a finished set that waits for `daybook publish`."""
MAX_NAME_BYTES = 200
"""A longer name is cut; file systems allow 255 bytes."""

# `*?[]{}` and a backslash are patterns, `$` a variable, to readers that are
# given a path: DuckDB, Spark, Frictionless, shells.
_UNSAFE = re.compile(r"[/%\x00-\x1f\x7f*?\[\]{}\\$]|\A\.|[. ]\Z")
_CUT_ESCAPE = re.compile(r"%[0-9A-F]?\Z")


def encode_name(name: str) -> str:
    """Return a source's or stream's name as one part of a path.

    Only `/`, `%`, control characters, `*?[]{}$`, backslashes, a leading
    dot and a trailing dot or space are percent-encoded. Over 200 bytes
    the name is cut and `~` and 12 hex digits of its sha256 are added.
    """
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", name)
    if len(safe.encode()) <= MAX_NAME_BYTES:
        return safe
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    keep = safe.encode()[: MAX_NAME_BYTES - 13].decode(errors="ignore")
    return f"{_CUT_ESCAPE.sub('', keep)}~{digest}"


def decode_name(part: str) -> str:
    """Return the name that `encode_name` encoded.

    Of a name that was cut only the beginning and the digest are left;
    encoded again, it is the same part of a path.
    """
    return unquote(part)


def source_folder(source: str) -> PurePosixPath:
    """Return the folder of a source, relative to the lake's root."""
    return PurePosixPath(f"source={encode_name(source)}")


def day_folder(source: str, day: Day) -> PurePosixPath:
    """Return the folder of a day, relative to the lake's root."""
    return source_folder(source) / f"extracted_at={day}"


def data_file(stream: str, sha256: str) -> PurePosixPath:
    """Return a data file's path, relative to its day's folder."""
    folder = f"table={encode_name(stream)}"
    return PurePosixPath(folder) / f"{sha256[:32]}.csv"


def lock_file(source: str, day: Day) -> PurePosixPath:
    """Return the lock file of a day, relative to the lake's root."""
    return PurePosixPath(LOCKS) / encode_name(source) / str(day)
