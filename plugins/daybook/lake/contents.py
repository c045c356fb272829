"""The data files in a day's folder: put in, made durable, taken out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from daybook.errors import InputError
from daybook.lake import files, layout
from daybook.lake.manifest import DataFile


def check_clear(place: Path, named: Iterable[str]) -> None:
    """Check that no folder stands where a file is due, nor the reverse.

    Raises:
        InputError: One does; names it.
    """
    for path in (place / layout.MANIFEST, *(place / name for name in named)):
        if path.is_dir() and not path.is_symlink():
            raise _in_the_way(path, "a folder", "a file")
        if path.parent.exists() and not path.parent.is_dir():
            raise _in_the_way(path.parent, "a file", "a folder")


def is_there(place: Path, file: DataFile) -> bool:
    """Return whether the day has the file already, byte for byte.

    Raises:
        InputError: The table's folder is a symlink.
        OSError: The file system refused.
    """
    path = files.inside(place, PurePosixPath(file.path).parent)
    path = path / PurePosixPath(file.path).name
    return (
        files.is_plain(path)
        and path.stat().st_size == file.bytes
        and files.sha256_of(path) == file.sha256
    )


def install(place: Path, file: DataFile, staged: Path) -> None:
    """Move a staged file to where `file` is due.

    The file is made durable, its folder not yet.

    Raises:
        OSError: The file system refused.
    """
    target = place / file.path
    files.sync(staged)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)


def remove_unnamed(place: Path, named: Iterable[str]) -> None:
    """Remove a day's data files that are not `named`, and empty folders.

    Raises:
        OSError: The lake cannot be written.
    """
    keep = {_identity(place / name) for name in named}
    (place / f".{layout.MANIFEST}.new").unlink(missing_ok=True)
    for table in place.glob("table=*"):
        if table.is_symlink() or not table.is_dir():
            table.unlink()
            continue
        for file in table.glob("*.csv"):
            # By identity: two spellings may be one file to the system.
            if _identity(file) not in keep:
                file.unlink()
        _remove_empty(table)
    _remove_empty(place)


def _in_the_way(path: Path, found: str, due: str) -> InputError:
    return InputError(
        f"{path} is {found}, where the lake has {due}. Nothing was changed.",
        "Move it away, then run the same command again.",
    )


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
