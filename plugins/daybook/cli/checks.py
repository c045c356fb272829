"""What `daybook doctor` looks at, one check each."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from daybook.lake.layout import STAGING

LEAST_FREE_BYTES = 100_000_000
_PACKAGES = ("daybook", "singer-sdk", "psycopg", "duckdb", "neo4j")


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it must be.
        found: What was found, without secrets.
        instruction: What to do if it is not ok; may be several lines.
    """

    name: str
    ok: bool
    found: str
    instruction: str = ""


def versions() -> Check:
    """Name the versions at work; old Pythons cannot get this far."""
    python = ".".join(map(str, sys.version_info[:3]))
    packages = [f"{name} {metadata.version(name)}" for name in _PACKAGES]
    return Check("versions", True, ", ".join([f"Python {python}", *packages]))


def installation(root: Path) -> Iterator[Check]:
    """Look for Meltano and for every plugin of meltano.yml."""
    yield _program("meltano", _meltano(root), "make setup")
    for kind, name, executable in _plugins(root / "meltano.yml"):
        program = root / ".meltano" / kind / name / "venv/bin" / executable
        install = f"meltano install --clean {name}"
        yield _program(name, program, install)
    yield _private(root / ".meltano")


def lake(root: Path) -> Iterator[Check]:
    """Try in the lake's folder what publishing a day relies on."""
    try:
        (root / STAGING).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root / STAGING) as scratch:
            yield _attempt("lock", _try_lock, Path(scratch), root)
            yield _attempt("rename", _try_rename, Path(scratch), root)
            yield _attempt("fsync", _try_fsync, Path(scratch), root)
    except OSError as error:
        yield Check(
            "lake",
            False,
            f"{root} cannot be written: {error.strerror or error}",
            "Mend its permissions, or set LAKE_ROOT to another folder.",
        )
        return
    yield _one_file_system(root)
    yield _free_space(root)


def env_file(path: Path) -> Check:
    """Look whether `.env` is there and private."""
    if not path.exists():
        return Check(".env", True, "none; variables come from the shell")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Check(
        ".env",
        mode & 0o077 == 0 and os.access(path, os.R_OK),
        f"mode {mode:04o}",
        f"It holds passwords: chmod 600 '{path}'",
    )


def _meltano(root: Path) -> Path:
    own = root / ".venv" / "bin" / "meltano"
    found = shutil.which("meltano")
    return Path(found) if found and not own.exists() else own


def _plugins(meltano_yml: Path) -> Iterator[tuple[str, str, str]]:
    """Yield kind (plural), name and executable of every plugin."""
    from ruamel.yaml import YAML

    project: dict[str, Any] = YAML(typ="safe").load(meltano_yml)
    for kind, plugins in project["plugins"].items():
        for plugin in plugins:
            name = plugin["name"]
            yield kind, name, plugin.get("executable", name)


def _program(name: str, program: Path, command: str) -> Check:
    """Check that a script is there and so is the Python it starts."""
    instruction = f"Install it: {command}"
    if not os.access(program, os.X_OK):
        return Check(name, False, f"{program} is missing", instruction)
    with program.open("rb") as file:
        first = file.readline().rstrip(b"\n")
    interpreter = Path(os.fsdecode(first.removeprefix(b"#!")))
    if interpreter.is_absolute() and not interpreter.exists():
        found = f"{program} wants {interpreter}, which is gone"
        return Check(name, False, found, "Install anew: make clean setup")
    return Check(name, True, str(program))


def _private(folder: Path) -> Check:
    if not folder.exists():
        return Check(
            folder.name, False, "missing", "Install the plugins: make setup"
        )
    mode = stat.S_IMODE(folder.stat().st_mode)
    return Check(
        folder.name,
        mode & 0o077 == 0,
        f"mode {mode:04o}",
        "Meltano leaves configurations with secrets there: "
        f"chmod 700 '{folder}'",
    )


def _attempt(
    name: str, attempt: Callable[[Path], bool], scratch: Path, root: Path
) -> Check:
    """Run one attempt in `scratch`; an OSError is its answer too."""
    try:
        works, why = attempt(scratch), "no effect"
    except OSError as error:
        works, why = False, error.strerror or str(error)
    return Check(
        f"lake: {name}",
        works,
        f"works in {root}" if works else f"{why} in {root}",
        "Put the lake on a local POSIX file system (or NFS v4 with "
        "locks): set LAKE_ROOT.",
    )


def _try_lock(scratch: Path) -> bool:
    """Return whether a second holder is kept out."""
    path = scratch / "lock"
    with path.open("w") as first, path.open("w") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _try_rename(scratch: Path) -> bool:
    """Return whether a file takes another's place."""
    old, new = scratch / "old", scratch / "new"
    old.write_text("old")
    new.write_text("new")
    new.replace(old)
    return old.read_text() == "new" and not new.exists()


def _try_fsync(scratch: Path) -> bool:
    """Sync a file and its folder; raises OSError where that fails."""
    (scratch / "file").write_text("text")
    for path in (scratch / "file", scratch):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return True


def _one_file_system(root: Path) -> Check:
    device = root.stat().st_dev
    others = [
        folder.name
        for folder in root.iterdir()
        if folder.is_dir() and folder.stat().st_dev != device
    ]
    return Check(
        "lake: one file system",
        not others,
        f"not: {', '.join(others)}" if others else "staging and days",
        "Files are moved from staging to a day in one step, which needs "
        "one file system: mount the whole lake, not a part of it.",
    )


def _free_space(root: Path) -> Check:
    free = shutil.disk_usage(root).free
    return Check(
        "lake: free space",
        free >= LEAST_FREE_BYTES,
        f"{free / 1e9:.1f} GB",
        "Make room, for example: daybook prune --keep 30",
    )
