"""A project's `.env`: made when missing, else left to its owner.

One that was made here gets what it lacks when there are more servers, and
so does one that holds other settings only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from daybook.cli.project import read_env
from daybook.services.service import write_private

_HEAD = "# Connections of this checkout. The shell's variables win.\n"


def lines(urls: Mapping[str, str]) -> str:
    """Return `urls` as lines of a `.env` file."""
    return "".join(f"{name}='{url}'\n" for name, url in urls.items())


def create(path: Path, urls: Mapping[str, str]) -> bool:
    """Write a missing `.env` (mode 0600); return whether it was missing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(_HEAD + lines(urls))
    return True


def complete(path: Path, urls: Mapping[str, str]) -> tuple[str, ...]:
    """Add what it lacks of `urls` to a `.env` that `create` wrote.

    Also to one that holds no URL yet. Returns the variables that were
    added; one in which somebody else wrote URLs stays as it is.
    """
    text = path.read_text(encoding="utf-8")
    have = read_env(path)
    missing = {name: url for name, url in urls.items() if name not in have}
    is_theirs = any(name.endswith("_URL") for name in have)
    if not missing or (is_theirs and not text.startswith(_HEAD)):
        return ()
    end = "" if not text or text.endswith("\n") else "\n"
    write_private(path, text + end + lines(missing))
    return tuple(missing)


def follow(path: Path, urls: Mapping[str, str]) -> tuple[str, ...]:
    """Correct the port where `path` names these very servers.

    A port that somebody else took while the server was down makes it
    start on another. Returns the variables that were corrected; lines
    that name other servers, roles or databases stay as they are.
    """
    moved = {
        name: old
        for name, old in read_env(path).items()
        if name in urls and old != urls[name] and _same(old, urls[name])
    }
    if moved:
        text = path.read_text(encoding="utf-8")
        for name, old in moved.items():
            text = text.replace(old, urls[name])
        write_private(path, text)
    return tuple(moved)


def differing(path: Path, urls: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that `path` lacks or sets to something else."""
    have = read_env(path)
    return tuple(name for name in urls if have.get(name) != urls[name])


def _same(old: str, new: str) -> bool:
    """Whether two URLs differ in the port only."""
    a, b = urlsplit(old), urlsplit(new)
    return (a.username, a.password, a.hostname, a.path) == (
        b.username,
        b.password,
        b.hostname,
        b.path,
    )
