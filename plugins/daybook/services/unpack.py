"""An archive's contents in a folder: all of them, or no folder.

In the folder P, `unpacked/` holds the contents and `unpacked/.contents`
their sizes: after a crash of the machine a file may be there and empty.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from zipfile import ZipFile, ZipInfo

_UNPACKED = "unpacked"
_FRESH = "unpacking"
_CONTENTS = ".contents"


def folder(place: Path) -> Path:
    """Return the folder that holds the contents, whole or not there."""
    return place / _UNPACKED


def is_whole(place: Path) -> bool:
    """Whether all files are there, in their sizes."""
    try:
        text = (folder(place) / _CONTENTS).read_text(encoding="utf-8")
        lines = [line.split(" ", 1) for line in text.splitlines()]
        return bool(lines) and all(
            (folder(place) / path).stat().st_size == int(size)
            for size, path in lines
        )
    except FileNotFoundError:
        return False


def unpack(archive: Path, place: Path, programs: Collection[str]) -> None:
    """Unpack `archive`, a trusted one, to `folder(place)`.

    Files in folders called as one of `programs` may be run. Only one may
    be at this at a time; what a killed one left is removed.
    """
    fresh = place / _FRESH
    for old in (fresh, folder(place)):
        if old.exists():
            shutil.rmtree(old)
    with ZipFile(archive) as content:
        files = [one for one in content.infolist() if not one.is_dir()]
        for one in files:
            path = Path(content.extract(one, fresh))
            if path.parent.name in programs:
                path.chmod(0o755)
    (fresh / _CONTENTS).write_text(_listed(files), encoding="utf-8")
    fresh.rename(folder(place))


def _listed(files: Collection[ZipInfo]) -> str:
    return "".join(f"{one.file_size} {one.filename}\n" for one in files)
