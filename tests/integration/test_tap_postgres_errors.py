"""tap-postgres: what goes wrong is said, with what to do, in time."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from extracts import Extract, extract
from psycopg.sql import SQL, Identifier, Literal

from harness import BIN, create_database, drop_database, environment, sql

SLOW = (
    "CREATE VIEW slow AS SELECT i, repeat('x', 2000) AS s,"
    " pg_sleep(0.01)::text FROM generate_series(1, 3000) AS i"
)
SILENT = "CREATE VIEW slow AS SELECT 1 AS i, pg_sleep(60)::text"
COPYING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'daybook tap-postgres'"
    " AND query LIKE 'COPY%' AND state = 'active'"
)
OURS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'daybook %'"
)


def check_failed(found: Extract, code: int, *words: str) -> None:
    """Check the exit code, and that the log says `words` and no more."""
    assert found.code == code, found.log
    assert found.receipt is None
    assert "Traceback" not in found.log
    assert "\nERROR   -> " in found.log
    for word in words:
        assert word in found.log


@contextmanager
def role(server_url: str, url: str) -> Iterator[str]:
    """Give the URL of a role that may connect and nothing else."""
    database = urlsplit(url).path.lstrip("/")
    name = f"{database}_reader"
    sql(server_url, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    yield url.replace(f"{database}:{database}@", f"{name}:x@")
    owner = server_url.rpartition("/")[0] + f"/{database}"
    sql(owner, f"DROP OWNED BY {name}")
    sql(server_url, f"DROP ROLE {name}")


def test_a_missing_right_names_every_table_and_the_grant_that_mends_it(
    server_url: str, source_url: str, tmp_path: Path
) -> None:
    for name in ("seen", '"Not Seen"', "neither"):
        sql(source_url, f"CREATE TABLE {name} (i int)")
    with role(server_url, source_url) as url:
        reader = urlsplit(url).username
        sql(source_url, f"GRANT SELECT ON seen TO {reader}")
        found = extract(url, tmp_path)
        check_failed(found, 1, "public.Not Seen, public.neither")
        assert "public.seen" not in found.log
        grants = [
            line.partition("-> ")[2]
            for line in found.log.splitlines()
            if "GRANT" in line
        ]
        for grant in grants:
            sql(source_url, grant)
        assert extract(url, tmp_path).code == 0


def test_row_security_is_an_error_not_a_shorter_table(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t AS SELECT generate_series(1, 9) AS i")
    sql(source_url, "CREATE POLICY p ON t USING (i < 5)")
    sql(source_url, "ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    assert extract(source_url, tmp_path).files["public-t"].rows == 9
    sql(source_url, "ALTER TABLE t FORCE ROW LEVEL SECURITY")
    check_failed(
        extract(source_url, tmp_path), 2, "public.t", "BYPASSRLS", "exclude"
    )
    sql(source_url, "CREATE VIEW v AS TABLE t")
    check_failed(
        extract(source_url, tmp_path, tables="v"), 2, "public.v", "BYPASSRLS"
    )


def test_a_view_that_fails_is_named_with_what_the_server_said(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE VIEW v AS SELECT 1 / (i - 5) AS x"
        " FROM generate_series(1, 9) AS i")  # fmt: skip
    check_failed(
        extract(source_url, tmp_path, tables="v"),
        2,
        "public.v",
        "division by zero",
    )


@contextmanager
def running(
    url: str, spool: Path, view: str = SLOW
) -> Iterator[subprocess.Popen[str]]:
    """Give a tap in the middle of a COPY."""
    sql(url, view)
    config = spool / "config.json"
    settings = {"url": url, "spool": str(spool), "handover": "files"}
    config.write_text(json.dumps(settings | {"tables": "slow"}))
    process = subprocess.Popen(
        [BIN / "tap-postgres", "--config", config],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        while not sql(url, COPYING):
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> Extract:
    messages, log = process.communicate(timeout=20)
    found = Extract(process.returncode, log)
    if "receipt" in messages:
        found.receipt = {}
    return found


def check_no_session_is_left(url: str) -> None:
    for _ in range(60):
        if not sql(url, OURS):
            return
        time.sleep(0.1)
    pytest.fail("a session of the tap is left on the server")


@pytest.mark.parametrize(
    ("function", "word"),
    [
        ("pg_terminate_backend", "could not go on"),
        ("pg_cancel_backend", "canceling statement"),
    ],
)
def test_a_server_that_breaks_off_mid_copy_is_no_finished_extract(
    source_url: str, tmp_path: Path, function: str, word: str
) -> None:
    with running(source_url, tmp_path) as process:
        for (pid,) in sql(source_url, COPYING):
            sql(source_url, f"SELECT {function}({pid})")
        check_failed(end(process), 1, "public.slow", word)


@pytest.mark.parametrize("view", [SLOW, SILENT])
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGKILL])
def test_a_tap_that_is_told_to_stop_leaves_no_session_behind(
    source_url: str, tmp_path: Path, kind: signal.Signals, view: str
) -> None:
    with running(source_url, tmp_path, view) as process:
        begun = time.monotonic()
        process.send_signal(kind)
        found = end(process)
        assert time.monotonic() - begun < 1
        assert found.code == (1 if kind == signal.SIGTERM else -kind)
        assert found.receipt is None
        check_no_session_is_left(source_url)


@pytest.mark.parametrize("view", [SLOW, SILENT])
def test_a_tap_without_a_reader_stops_within_a_second(
    source_url: str, tmp_path: Path, view: str
) -> None:
    with running(source_url, tmp_path, view) as process:
        begun = time.monotonic()
        assert process.stdout
        process.stdout.close()
        assert process.wait(5) == 1
        assert time.monotonic() - begun < 1
        check_no_session_is_left(source_url)
        assert not list((tmp_path / ".staging").iterdir())


def test_a_file_system_that_refuses_is_said_so(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t AS SELECT repeat('x', 1000) AS s"
        " FROM generate_series(1, 1000)")  # fmt: skip
    config = tmp_path / "config.json"
    settings = {
        "url": source_url,
        "spool": str(tmp_path),
        "handover": "files",
    }
    config.write_text(json.dumps(settings))
    command = f"ulimit -f 100; exec '{BIN}/tap-postgres' --config '{config}'"
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    check_failed(Extract(done.returncode, done.stderr), 1, "File too large")


@pytest.fixture
def ascii_url(server_url: str) -> Iterator[str]:
    """A database that does not know its own encoding."""
    url = create_database(server_url, "ascii")
    name = Identifier(urlsplit(url).path.lstrip("/"))
    statements = (
        SQL("DROP DATABASE {}").format(name),
        SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0"
            " ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc"
            " LC_COLLATE 'C' LC_CTYPE 'C'"
        ).format(name, name),
    )

    with psycopg.connect(server_url, autocommit=True) as session:
        for statement in statements:
            session.execute(statement)
    yield url
    drop_database(server_url, url)


@pytest.mark.parametrize("handover", ["files", "records"])
def test_bytes_that_are_no_utf8_are_refused_by_table(
    ascii_url: str, tmp_path: Path, handover: str
) -> None:
    sql(ascii_url, "CREATE TABLE t (s text)")
    sql(ascii_url, "INSERT INTO t VALUES (E'gr\\xc3\\xbcn')")
    good = extract(ascii_url, tmp_path, handover=handover)
    assert good.code == 0, good.log
    sql(ascii_url, "INSERT INTO t VALUES (E'gr\\xfcn')")
    check_failed(
        extract(ascii_url, tmp_path, handover=handover),
        2,
        "public.t",
        "cannot be written as UTF-8",
    )


SECRET = "p$w'\"@:/%# s*c"


def test_a_password_of_odd_characters_works_and_is_never_shown(
    server_url: str, source_url: str, tmp_path: Path
) -> None:
    name = urlsplit(source_url).username or ""

    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(
                Identifier(name), Literal(SECRET)
            )
        )
    parts = urlsplit(source_url)
    place = f"{name}:{quote(SECRET, safe='')}@127.0.0.1:{parts.port}"
    url = urlunsplit(parts._replace(netloc=place))
    with psycopg.connect(url) as session:
        session.execute("CREATE TABLE t (i int)")
    for settings in ({}, {"tables": "nope"}):
        found = extract(url, tmp_path, env={"LOGLEVEL": "DEBUG"}, **settings)
        assert found.code == (2 if settings else 0), found.log
        assert SECRET not in found.log
        assert quote(SECRET, safe="") not in found.log


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:s3@kr1t@127.0.0.1:1/db",
        "postgresql://user:s3/kr1t@127.0.0.1:1/db",
        "postgresql://user:s3%zzkr1t@127.0.0.1:1/db",
        "postgresql://user:s3kr1t@127.0.0.1:1/db",
        "mysql://user:s3kr1t@127.0.0.1/db",
    ],
)
def test_a_url_that_does_not_work_does_not_give_its_password_away(
    url: str, tmp_path: Path
) -> None:
    found = extract(url, tmp_path)
    assert found.code in {1, 2}
    assert "kr1t" not in found.log
    assert "NORTHWIND_URL" in found.log


def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    found = extract("postgresql://u@127.0.0.1:1/db", tmp_path)
    check_failed(found, 1, "NORTHWIND_URL", "Connection refused")


def test_meltanos_select_is_refused(source_url: str, tmp_path: Path) -> None:
    found = extract(
        source_url, tmp_path, env={"MELTANO_EXTRACT__SELECT": '["a.*"]'}
    )
    check_failed(found, 2, "`tables` and `exclude`")
