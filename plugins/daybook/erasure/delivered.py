"""Which files were delivered: all in a folder, through links too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daybook.erasure.rewriting import TEMPORARY


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that was delivered.

    Attributes:
        path: Where it was delivered to.
        file: The file itself, which links lead to.
    """

    path: Path
    file: Path


def delivered(folder: Path, apart: Path) -> list[Delivered]:
    """Return the files in a folder at any depth, by their paths.

    Each is named once, whatever leads to it. Links into `apart`, which is
    no delivery, are not followed; hidden files are not read by any tap.
    """
    found: dict[Path, Delivered] = {}
    for path in sorted(_below(folder, apart.resolve(), set())):
        file = _real(path)
        if file.is_file() and not path.name.startswith("."):
            found.setdefault(file, Delivered(path, file))
    return list(found.values())


def remove_unfinished(folder: Path, apart: Path) -> None:
    """Remove what erasures that were killed have half written.

    Raises:
        OSError: The file system refused.
    """
    for path in _below(folder, apart.resolve(), set()):
        if path.name.startswith(TEMPORARY):
            path.unlink(missing_ok=True)


def _below(folder: Path, apart: Path, seen: set[Path]) -> Iterator[Path]:
    place = _real(folder)
    if place in seen or place.is_relative_to(apart) or not place.is_dir():
        return
    seen.add(place)
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if path.is_dir():
                yield from _below(path, apart, seen)
            elif not _real(path).is_relative_to(apart):
                yield path


def _real(path: Path) -> Path:
    """Return what a path leads to, itself where a link leads to itself."""
    return Path(os.path.realpath(path))  # `resolve` would raise
