"""Runs the plugins as users do: real processes, a real pipe."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier, Literal

from daybook.services import service

BIN = Path(sys.executable).parent
TIMEOUT_SECONDS = 100

Config = Mapping[str, Any]
Env = Mapping[str, str | None]
Result = subprocess.CompletedProcess[str]

_OURS = (
    "MELTANO_",
    "TAP_",
    "TARGET_",
    "DAYBOOK_",
    "PG",
)
_OURS_EXACTLY = {
    "DATESTAMP",
    "EXTRACTED_AT",
    "LAKE_ROOT",
    "LOGLEVEL",
    "MOVIELENS_URL",
    "NEO4J_URL",
    "NORTHWIND_URL",
    "PEOPLE_URL",
    "SCHEMA",
    "SOURCE",
    "WAREHOUSE_URL",
}


def environment(env: Env | None = None) -> dict[str, str]:
    """Return this process's environment without what steers the plugins.

    `env` is laid over it; None as a value removes a variable.
    """
    kept: dict[str, str | None] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name not in _OURS_EXACTLY
    }
    kept["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    kept |= env or {}
    return {name: value for name, value in kept.items() if value is not None}


def run_tap(name: str, config: Config, env: Env | None = None) -> Result:
    """Run a tap alone; its messages are in `stdout`."""
    with _command(name, config) as command:
        return _run(command, env)


def run_target(
    name: str, config: Config, stdin: str, env: Env | None = None
) -> Result:
    """Run a target alone on the messages `stdin`."""
    with _command(name, config) as command:
        return _run(command, env, stdin=stdin)


def run_daybook(
    *words: str, cwd: Path, env: Env | None = None, stdin: str = ""
) -> Result:
    """Run the `daybook` command in the folder `cwd`."""
    return _run([str(BIN / "daybook"), *words], env, stdin=stdin, cwd=cwd)


def _run(
    command: Sequence[str],
    env: Env | None,
    *,
    stdin: str = "",
    cwd: Path | None = None,
) -> Result:
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def pipe(
    tap: str,
    tap_config: Config,
    target: str,
    target_config: Config,
    env: Env | None = None,
) -> tuple[Result, Result]:
    """Run a tap into a target; return how both ended."""
    with start_pipe(tap, tap_config, target, target_config, env) as both:
        return both.wait()


class Pipe:
    """A tap and a target that run, joined by a pipe.

    Attributes:
        tap: The tap's process.
        target: The target's process.
    """

    def __init__(
        self,
        tap_command: Sequence[str],
        target_command: Sequence[str],
        env: Env | None,
    ) -> None:
        """Start both; what they say goes to files, so neither blocks."""
        self._said = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115
        run_id = {"MELTANO_PARENT_CONTEXT_UUID": str(uuid.uuid4())}
        full_env = environment(run_id | dict(env or {}))
        self.tap = subprocess.Popen(
            tap_command,
            env=full_env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said[0],
        )
        self.target = subprocess.Popen(
            target_command,
            env=full_env,
            stdin=self.tap.stdout,
            stdout=self._said[1],
            stderr=self._said[2],
        )
        assert self.tap.stdout
        self.tap.stdout.close()

    def wait(self) -> tuple[Result, Result]:
        """Wait for both to end; return how they did."""
        self.target.wait(TIMEOUT_SECONDS)
        self.tap.wait(TIMEOUT_SECONDS)
        said = [self._text(index) for index in range(3)]
        tap = subprocess.CompletedProcess(
            self.tap.args, self.tap.returncode, "", said[0]
        )
        target = subprocess.CompletedProcess(
            self.target.args, self.target.returncode, said[1], said[2]
        )
        return tap, target

    def close(self) -> None:
        """Kill what still runs."""
        for process in (self.tap, self.target):
            if process.poll() is None:
                process.kill()
                process.wait()
        for file in self._said:
            file.close()

    def _text(self, index: int) -> str:
        self._said[index].seek(0)
        return self._said[index].read().decode()


@contextmanager
def start_pipe(
    tap: str,
    tap_config: Config,
    target: str,
    target_config: Config,
    env: Env | None = None,
) -> Iterator[Pipe]:
    """Start a tap into a target, for tests that kill one of them."""
    with (
        _command(tap, tap_config) as tap_command,
        _command(target, target_config) as target_command,
    ):
        both = Pipe(tap_command, target_command, env)
        try:
            yield both
        finally:
            both.close()


@contextmanager
def occupied(port: int) -> Iterator[None]:
    """Hold a port, as soon as whoever had it is gone for good."""
    deadline = time.monotonic() + 20
    while service.usable_port(port) != port:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((service.LOOPBACK, port))
        other.listen()
        yield


def peak_memory(command: Sequence[str]) -> tuple[str, int]:
    """Run a command; return its output and its peak memory in bytes.

    A process is charged with the memory of the one that started it, so a
    small one stands between this and the command.
    """
    between = (
        "import resource, subprocess, sys; "
        "code = subprocess.run(sys.argv[1:]).returncode; "
        "usage = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(usage.ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", between, *command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return result.stdout, int(result.stderr.split()[-1]) * unit


def sql(
    url: str, statement: str, params: Sequence[Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run SQL in a transaction of its own; return its rows, if any."""
    with psycopg.connect(url) as session:
        cursor = session.execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description else []


def create_database(server_url: str, name: str) -> str:
    """Create an empty database with an owner; return the owner's URL."""
    unique = f"{name}_{secrets.token_hex(4)}"
    identifier = Identifier(unique)
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                identifier, Literal(unique)
            )
        )
        session.execute(
            SQL("CREATE DATABASE {} OWNER {}").format(identifier, identifier)
        )
    port = urlsplit(server_url).port
    return f"postgresql://{unique}:{unique}@127.0.0.1:{port}/{unique}"


def drop_database(server_url: str, url: str) -> None:
    """Drop a database of `create_database`, and its owner."""
    name = Identifier(str(conninfo_to_dict(url)["dbname"]))
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        session.execute(SQL("DROP ROLE {}").format(name))


@contextmanager
def mysql_session(url: str) -> Iterator[Any]:
    """Give a session with MySQL or MariaDB; autocommit is on."""
    import pymysql

    parts = urlsplit(url)
    session = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")),
        charset="utf8mb4",
        autocommit=True,
        init_command="SET time_zone = '+00:00'",
        # TLS takes its time, but a password for MySQL needs it.
        ssl_disabled="TEST_MYSQL_URL" not in os.environ,
    )
    with session:
        yield session


def mysql(
    url: str, statement: str, params: Sequence[Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run a statement in MySQL or MariaDB; return its rows, if any."""
    with mysql_session(url) as session, session.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def create_mysql_database(server_url: str, name: str) -> str:
    """Create an empty database with a user; return the user's URL."""
    unique = f"{name}_{secrets.token_hex(4)}"
    user = f"'{unique}'@'127.0.0.1'"
    for statement in (
        f"CREATE DATABASE `{unique}`",
        f"CREATE USER {user} IDENTIFIED BY '{unique}'",
        f"GRANT ALL ON `{unique}`.* TO {user}",
    ):
        mysql(server_url, statement)
    port = urlsplit(server_url).port
    return f"mysql://{unique}:{unique}@127.0.0.1:{port}/{unique}"


def drop_mysql_database(server_url: str, url: str) -> None:
    """Drop a database of `create_mysql_database`, and its user."""
    name = urlsplit(url).username
    mysql(server_url, f"DROP DATABASE `{name}`")
    mysql(server_url, f"DROP USER '{name}'@'127.0.0.1'")


def cypher(
    url: str, query: LiteralString, **params: Any
) -> list[dict[str, Any]]:
    """Run a query in a transaction of its own; return its records."""
    from neo4j import GraphDatabase

    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), parts.password or ""
    with (
        GraphDatabase.driver(
            f"{parts.scheme}://{parts.hostname}:{parts.port}",
            auth=(user, unquote(password)),
        ) as driver,
        driver.session(database=parts.path.strip("/")) as session,
    ):
        return session.run(query, params).data()


def empty_graph(url: str) -> None:
    """Delete all nodes, relationships, constraints and indexes."""
    for what in ("()-[x]->()", "(x)"):
        cypher(
            url,
            f"MATCH {what} CALL (x) {{ DELETE x }} IN TRANSACTIONS "
            "OF 5000 ROWS",
        )
    for kind in ("CONSTRAINT", "INDEX"):
        for row in cypher(url, f"SHOW {kind} YIELD name, type"):
            if row["type"] != "LOOKUP":
                name = row["name"].replace("`", "``")
                cypher(url, f"DROP {kind} `{name}`")


@contextmanager
def _command(name: str, config: Config) -> Iterator[list[str]]:
    """Give the command line, with `config` in a file as Meltano does."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_text(json.dumps(config))
        yield [str(BIN / name), "--config", str(file)]
