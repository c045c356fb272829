"""Which account a server runs under: servers refuse to run as root.

As root, in a container, an unprivileged account takes over. It must be
able to reach the programs and the data; under a private home it is not,
and then both go to a folder under /var/tmp.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from daybook.errors import ConfigError, StorageError

_UNPRIVILEGED = ("postgres", "nobody")
_ELSEWHERE = Path("/var/tmp")  # noqa: S108 (its use is checked below)


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a server.

    Attributes:
        uid: The user's number, None for whoever runs this program.
        gid: The group's number, None likewise.
    """

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this account, in a session of its own.

        The environment is a plain one: PG... variables of the user's
        shell must not reach the server. `timeout` is in seconds.
        """
        return subprocess.run(
            [str(part) for part in command],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": "/"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            timeout=timeout,
            check=False,
        )

    def can_reach(self, path: Path) -> bool:
        """Whether this account may read and enter `path`."""
        if self.uid is None:
            return True
        test = ("test", "-r", path, "-a", "-x", path)
        return self.run(test, timeout=10).returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account for a server: this user's, unless that is root.

    Raises:
        ConfigError: Root, and no unprivileged account exists.
    """
    if os.geteuid() != 0:
        return Account()
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ConfigError(
        "PostgreSQL does not run as root, and this machine has neither an "
        "account `postgres` nor `nobody` to run it as.",
        "Create one (`useradd --system nobody`), or run as another user.",
    )


def elsewhere(home: Path) -> Path:
    """Return a folder outside of private homes that stands for `home`.

    Raises:
        StorageError: Somebody else made a folder of that name.
    """
    place = _place(home)
    place.mkdir(exist_ok=True)
    found = place.lstat()
    if place.is_symlink() or found.st_uid != os.geteuid():
        raise StorageError(
            f"{place} belongs to somebody else.",
            "Remove it, then run the same command again.",
        )
    place.chmod(0o755)
    return place


def clear_elsewhere(home: Path) -> None:
    """Remove what `elsewhere` made for `home`, if anything."""
    if _place(home).exists():
        shutil.rmtree(elsewhere(home))


def copy_elsewhere(
    root: Path, parts: Sequence[str], home: Path, name: str
) -> Path:
    """Copy folders of `root` to a folder `name` in `elsewhere(home)`.

    What was copied before stays. Returns what stands for `root` there.
    """
    copy = elsewhere(home) / name
    if not copy.exists():
        fresh = copy.with_name(f"{name}.{os.getpid()}")
        for part in parts:
            shutil.copytree(root / part, fresh / part, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            _open_to_all(path)
        fresh.rename(copy)
    return copy


def _place(home: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    return _ELSEWHERE / f"daybook-{os.geteuid()}-{digest}"


def _open_to_all(path: Path) -> None:
    """Let everybody do with `path` what its owner may, except write."""
    if not path.is_symlink():
        owner = path.stat().st_mode & 0o500
        path.chmod(path.stat().st_mode | owner >> 3 | owner >> 6)
