"""What Airflow's processes share here: settings, folder, port, password."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TextIO

from dotenv import dotenv_values

from daybook.errors import BusyError, ConfigError, StorageError, cut
from daybook.services.service import LOOPBACK, usable_port, write_private

MELTANO = Path(sys.executable).with_name("meltano")
_SETTINGS = ("config", "--unsafe", "print", "airflow", "--format=env")
_PREFIX = "AIRFLOW__"
_HOME = "AIRFLOW_HOME"
_PORT = f"{_PREFIX}API__PORT"
_USERS = f"{_PREFIX}CORE__SIMPLE_AUTH_MANAGER_USERS"
_PASSWORDS = f"{_PREFIX}CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
_PORTS = 65536
_RUNNING = "running.json"
_SHORT_SECRET = re.compile("^jwt_secret = .{,63}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """Airflow's settings, as meltano.yml and the shell have them.

    Attributes:
        variables: Environment variables that Airflow reads them from.
    """

    variables: Mapping[str, str]

    @property
    def home(self) -> Path:
        """Airflow's folder: its database, its logs, its secrets."""
        return Path(self.variables[_HOME])

    @property
    def url(self) -> str:
        """Where the user interface is, and REST."""
        return f"http://{LOOPBACK}:{self.variables[_PORT]}"

    @property
    def users(self) -> list[str]:
        """The names of those who may log in; the first is the admin."""
        pairs = self.variables[_USERS].split(",")
        return [pair.strip().split(":")[0] for pair in pairs]

    @property
    def configuration(self) -> Path:
        """The file that Airflow writes its settings to, and its secrets."""
        return self.home / "airflow.cfg"

    @property
    def passwords(self) -> Path:
        """The file that Airflow reads all passwords from."""
        return Path(self.variables[_PASSWORDS])

    @property
    def password(self) -> Path:
        """The file that holds the first user's password and nothing else."""
        return self.passwords.with_name("password")

    def environment(self) -> dict[str, str]:
        """Return the environment of Airflow's processes."""
        own = ",".join(
            filter(None, (os.environ.get("NO_PROXY"), LOOPBACK, "localhost"))
        )
        named = os.environ.get(f"{_PREFIX}DATABASE__SQL_ALCHEMY_CONN", "")
        return {
            **os.environ,
            **self.variables,
            # Tasks have another URL in its place; `daybook erase` needs it.
            **({"DAYBOOK_AIRFLOW_DATABASE": named} if named else {}),
            f"{_PREFIX}API__HOST": LOOPBACK,
            f"{_PREFIX}CORE__EXECUTION_API_SERVER_URL": (
                f"{self.url}/execution/"
            ),
            # Tasks speak to the api-server, which no proxy can reach.
            "NO_PROXY": own,
            "no_proxy": own,
        }

    def on_free_port(self) -> Settings:
        """Return the settings with a port that nobody listens on.

        Raises:
            ConfigError: What is set is no port.
            StorageError: No port is free.
        """
        wanted = self.variables[_PORT]
        if not wanted.isdecimal() or int(wanted) >= _PORTS:
            raise ConfigError(
                f"The port of Airflow is {cut(wanted)}, which is none.",
                "Set another one, for example AIRFLOW_PORT=8080.",
            )
        port = usable_port(int(wanted))
        return replace(self, variables={**self.variables, _PORT: str(port)})


def read_settings(root: Path) -> Settings:
    """Ask Meltano for the settings of the project's utility `airflow`.

    Raises:
        ConfigError: Meltano cannot give them.
    """
    asked = subprocess.run(
        [MELTANO, "--log-level=error", *_SETTINGS],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if asked.returncode:
        raise ConfigError(
            f"Meltano cannot say how Airflow is set up: {_end(asked.stderr)}",
            "Mend meltano.yml, or the variables AIRFLOW_..., until this "
            "works: `.venv/bin/meltano config print airflow`",
        )
    values = dotenv_values(stream=StringIO(asked.stdout), interpolate=False)
    return Settings(
        {
            name: value
            for name, value in values.items()
            if value is not None
            and (name == _HOME or name.startswith(_PREFIX))
        }
    )


def _end(said: str) -> str:
    return said.strip().rpartition("\n")[2]


@contextmanager
def claimed(settings: Settings) -> Iterator[TextIO]:
    """Hold Airflow's folder, which is made private; give its note.

    What `announce` writes there is told to whoever comes second.

    Raises:
        BusyError: Airflow runs there already.
        StorageError: The folder cannot be made or written.
    """
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        note = (home / _RUNNING).open("a+", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{home} cannot be written: {error.strerror}.",
            "Mend its permissions, or name another folder in AIRFLOW_HOME.",
        ) from error
    with note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(note) from error
        yield note


def announce(note: TextIO, url: str) -> None:
    """Write who runs Airflow, and where, for a second `make airflow`."""
    note.seek(0)
    note.truncate()
    note.write(json.dumps({"process": os.getpid(), "url": url}))
    note.flush()


def _busy(note: TextIO) -> BusyError:
    note.seek(0)
    running = json.loads(note.read() or "{}")
    if "url" not in running:
        return BusyError(
            "Airflow is being started already, elsewhere.",
            "Wait for it to say where it is.",
        )
    return BusyError(
        f"Airflow runs already: {running['url']} (process "
        f"{running['process']}).",
        "Use that one. To stop it, press Ctrl-C where it was started, or "
        f"`kill {running['process']}`.",
    )


def write_passwords(settings: Settings) -> None:
    """Give every user a random password, unless they have one.

    Airflow would make one itself, and print it.

    Raises:
        ConfigError: The file of passwords is damaged.
    """
    passwords = _read_passwords(settings.passwords)
    for user in settings.users:
        passwords.setdefault(user, secrets.token_urlsafe(18))
    write_private(settings.passwords, json.dumps(passwords) + "\n")
    # Without a line end, so that curl can send it as it is.
    write_private(settings.password, passwords[settings.users[0]])


def lengthen_secret(settings: Settings) -> None:
    """Make the key that tokens are signed with as long as it should be.

    Airflow writes one of 24 characters into its airflow.cfg, then warns
    of it with every request.
    """
    path = settings.configuration
    text = path.read_text(encoding="utf-8")
    longer = f"jwt_secret = {secrets.token_urlsafe(64)}"
    changed = _SHORT_SECRET.sub(longer, text)
    if changed != text:
        write_private(path, changed)


def _read_passwords(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
        return {str(k): str(v) for k, v in json.loads(text or "{}").items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as error:
        raise ConfigError(
            f"{path} does not hold names and passwords in JSON.",
            "Delete it, and run the same command again: it makes new ones.",
        ) from error
