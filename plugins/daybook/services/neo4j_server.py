"""Neo4j's server at work: its folder made, a process started.

The folder H holds `conf/`, `data/`, `logs/` and `lib`, a link to the
jars. The process works in H, and by that it is found again.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import psutil

from daybook.errors import UnreachableError, cut
from daybook.services import artifacts, java, launch, service
from daybook.services.service import LOOPBACK

USER = "neo4j"
DATABASE = "neo4j"
START_SECONDS = 120
"""A start after a crash replays what was not yet in the store."""

_SERVER = "org.neo4j.server.CommunityEntryPoint"
_CAUSE = re.compile("exception|error", re.IGNORECASE)
_SETTINGS = {
    "server.bolt.enabled": "true",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "dbms.usage_report.enabled": "false",
    "server.memory.pagecache.size": "128m",
    # A transaction that outgrows this fails, before it can fill the heap,
    # which would stop the server for everybody.
    "db.memory.transaction.max": "256m",
    "dbms.memory.transaction.total.max": "320m",
    # A stop would else wait 10 s for clients that do not come.
    "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
    # Log files are there for recovery only.
    "db.tx_log.preallocate": "false",
    "db.tx_log.rotation.retention_policy": "keep_none",
}
_FLAGS = (
    "-Xmx512m",
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)


def create(home: Path, password: str) -> None:
    """Make a new folder at `home` for a server with one user.

    What a broken-off attempt left there is removed: without a state
    nothing in it was ever used.

    Raises:
        ConfigError: There is no Java that it runs on.
        StorageError: The jars or the folder cannot be written.
        UnreachableError: The jars cannot be had, or the password not set.
    """
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(mode=0o700)
    (home / "logs").mkdir()
    _configure(home, port=0)
    # On the command line other users could read it.
    secret = home / "password"
    service.write_private(secret, password)
    admin = ("org.neo4j.cli.AdminTool", "dbms", "set-initial-password")
    done = _java(home, *admin, f"@{secret}").wait(START_SECONDS)
    secret.unlink()
    if done:
        raise _failed(home, "could not set its password")


def start(home: Path, password: str) -> None:
    """Start the server of a folder that no server uses; wait for it.

    It takes the port it had before, or another if that is not free.

    Raises:
        ConfigError: There is no Java that it runs on.
        StorageError: The jars cannot be written.
        UnreachableError: It did not start; its log is named.
    """

    def serve(port: int) -> subprocess.Popen[bytes]:
        _configure(home, port)
        return _java(
            home,
            _SERVER,
            f"--home-dir={home}",
            f"--config-dir={home / 'conf'}",
            "--console-mode",
        )

    def is_ready(process: psutil.Process, port: int) -> bool:
        return _is_ready(process, port, password)

    if launch.start(port(home), serve, is_ready) is None:
        raise _failed(home, "did not start")


def await_ready(process: psutil.Process, home: Path, password: str) -> None:
    """Wait for a server that somebody else has started.

    Raises:
        UnreachableError: It ended, or does not answer.
    """
    if not _is_ready(process, port(home), password):
        raise _failed(home, "does not answer")


def find(home: Path) -> psutil.Process | None:
    """Return the server's process, None if it does not run."""
    for process in launch.working_in(home, "java"):
        if _SERVER in _words(process):
            return process
    return None


def port(home: Path) -> int:
    """Return the port of the server's last start, 0 before the first."""
    text = (home / "conf" / "neo4j.conf").read_text()
    return int(text.strip().rpartition(":")[2])


def url(port: int, password: str) -> str:
    """Return the connection URL, the password in clear."""
    return f"bolt://{USER}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def console(home: Path) -> Path:
    """Return the file that holds what the server says."""
    return home / "logs" / "console.log"


def _configure(home: Path, port: int) -> None:
    address = f"{LOOPBACK}:{port}"
    settings = _SETTINGS | {
        "server.bolt.listen_address": address,
        "server.bolt.advertised_address": address,
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (home / "conf").mkdir(exist_ok=True)
    (home / "conf" / "neo4j.conf").write_text("".join(lines))


def _java(home: Path, main: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a class of Neo4j's in a session of its own."""
    program = java.find().program
    link = home / "lib"
    link.unlink(missing_ok=True)
    link.symlink_to(artifacts.install(artifacts.read_lock("neo4j")))
    return launch.spawn(
        [program, *_FLAGS, "-cp", "lib/*", main, *words],
        cwd=home,
        log=console(home),
        env={"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
    )


def _words(process: psutil.Process) -> list[str]:
    try:
        words: list[str] = process.cmdline()
    except psutil.NoSuchProcess:
        return []
    return words


def _is_ready(process: psutil.Process, port: int, password: str) -> bool:
    """Wait until the server answers a query; False if it ends before."""
    return launch.becomes_ready(
        process,
        lambda: _listens(port) and _answers(port, password),
        START_SECONDS,
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _answers(port: int, password: str) -> bool:
    import neo4j
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        with neo4j.GraphDatabase.driver(
            f"bolt://{LOOPBACK}:{port}", auth=(USER, password)
        ) as driver:
            driver.execute_query("RETURN 1", database_=DATABASE)
    except (DriverError, Neo4jError):
        return False  # the port opens before the database does
    return True


def _failed(home: Path, what: str) -> UnreachableError:
    log = console(home)
    said = log.read_text(errors="replace").splitlines()
    causes = [line for line in said if _CAUSE.search(line)]
    why = f": {cut(causes[-1].strip())}" if causes else "."
    return UnreachableError(f"Neo4j {what}{why}", f"Its log says why: {log}")
