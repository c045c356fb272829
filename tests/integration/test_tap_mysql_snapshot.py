"""tap-mysql: one moment, whatever happens beside it or to the server."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from extracts import understand
from mysql_extracts import check_failed, execute, extract, lines

from daybook.mysql.connection import connect
from daybook.mysql.extract.snapshot import Request, take
from daybook.services import mariadb
from daybook.singer.selection import Wanted
from harness import BIN, mysql, mysql_session, peak_memory, start_pipe

SLOW = (
    "CREATE TABLE a (i int PRIMARY KEY)",
    "CREATE TABLE b (i int PRIMARY KEY, t text)",
    "INSERT INTO a VALUES (1), (2)",
    "INSERT INTO b SELECT seq, REPEAT('x', 500) FROM seq_1_to_1500",
)
OURS = (
    "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
    " AND id <> CONNECTION_ID()"
)


@contextmanager
def _writer(url: str, statement: str) -> Iterator[list[int]]:
    """Run a statement over and over; gives the number of runs."""
    done, runs = threading.Event(), [0]

    def write() -> None:
        with mysql_session(url) as session, session.cursor() as cursor:
            while not done.is_set():
                session.begin()
                for one in statement.split(";"):
                    cursor.execute(one)
                session.commit()
                runs[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield runs
    finally:
        done.set()
        thread.join()


def test_all_tables_are_of_one_moment(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        *(f"CREATE TABLE t{i} (n int)" for i in range(6)),
        *(f"INSERT INTO t{i} VALUES (0)" for i in range(6)),
    )
    everything = ";".join(f"UPDATE t{i} SET n = n + 1" for i in range(6))
    with _writer(mariadb_url, everything) as runs:
        found = extract(mariadb_url, tmp_path)
        assert found.code == 0, found.log
    assert runs[0] > 1
    assert len({lines(found, f"t{i}")[0] for i in range(6)}) == 1


@pytest.mark.long
def test_a_truncate_meanwhile_never_looks_like_an_empty_table(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(
        mariadb_url,
        *(f"CREATE TABLE t{i} (n int)" for i in range(3)),
        *(f"INSERT INTO t{i} VALUES (1)" for i in range(3)),
    )
    refill = ";".join(
        f"TRUNCATE t{i};INSERT INTO t{i} VALUES (1)" for i in range(3)
    )
    with _writer(mariadb_url, refill):
        for _ in range(3):
            found = extract(mariadb_url, tmp_path)
            if found.code == 0:
                # An empty table is one that was, between two statements.
                assert all(
                    lines(found, f"t{i}") in ([], ["1"]) for i in range(3)
                )
                empty = [i for i in range(3) if not lines(found, f"t{i}")]
                assert len(empty) <= 1
            else:
                check_failed(found, 1, "changed or locked")


@contextmanager
def _stuck_pipe(url: str, lake: Path) -> Iterator[Any]:
    """Give a run whose target does not publish before the tap is done."""
    tap = {"url": url, "spool": str(lake), "handover": "files"}
    queries = [
        {"name": "slow", "sql": "SELECT i, SLEEP(0.01) AS s FROM b"},
    ]
    target = {"lake": str(lake), "source": "my", "day": "2024-12-20"}
    with start_pipe(
        "tap-mysql", tap | {"queries": queries}, "target-csv", target
    ) as pipe:
        _await_reading(url)
        yield pipe


def _await_reading(url: str) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = mysql(url, OURS + " AND info LIKE '%SLEEP%'")
        if found:
            return int(found[0][0])
        time.sleep(0.05)
    pytest.fail("the tap did not begin to read")


@pytest.mark.long
def test_a_connection_that_is_killed_fails_the_run(
    mariadb_url: str, lake: Path
) -> None:
    execute(mariadb_url, *SLOW)
    with _stuck_pipe(mariadb_url, lake) as pipe:
        (connection,) = {row[0] for row in mysql(mariadb_url, OURS)}
        mysql(mariadb_url, f"KILL {connection}")
        tap, target = pipe.wait()
    assert (tap.returncode, target.returncode) == (1, 1)
    assert "server could not go on" in tap.stderr
    assert "Traceback" not in tap.stderr
    assert not list(lake.glob("source=*/*/datapackage.json"))


@pytest.mark.long
def test_a_query_that_is_killed_fails_the_run(
    mariadb_url: str, lake: Path
) -> None:
    execute(mariadb_url, *SLOW)
    with _stuck_pipe(mariadb_url, lake) as pipe:
        (connection,) = {row[0] for row in mysql(mariadb_url, OURS)}
        mysql(mariadb_url, f"KILL QUERY {connection}")
        tap, target = pipe.wait()
    assert (tap.returncode, target.returncode) == (1, 1)
    assert not list(lake.glob("source=*/*/datapackage.json"))


@pytest.mark.long
def test_an_alter_waits_until_the_extract_is_done(
    mariadb_url: str, lake: Path
) -> None:
    execute(mariadb_url, *SLOW)
    with (
        _stuck_pipe(mariadb_url, lake),
        mysql_session(mariadb_url) as session,
        session.cursor() as cursor,
    ):
        cursor.execute("SET lock_wait_timeout = 1")
        with pytest.raises(pymysql.MySQLError, match="1205"):
            cursor.execute("ALTER TABLE a ADD z int")


@pytest.mark.long
def test_a_locked_table_is_waited_for(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int)")
    with mysql_session(mariadb_url) as session, session.cursor() as cursor:
        cursor.execute("LOCK TABLES x WRITE")
        timer = threading.Timer(3, cursor.execute, ["UNLOCK TABLES"])
        timer.start()
        started = time.monotonic()
        found = extract(mariadb_url, tmp_path)
        timer.join()
    assert found.code == 0, found.log
    assert time.monotonic() - started > 2


@pytest.mark.long
def test_memory_stays_flat(mariadb_url: str, tmp_path: Path) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE x (a int PRIMARY KEY, t text, f float)",
        "INSERT INTO x SELECT seq, REPEAT(CHAR(97 + seq % 26), seq % 3000),"
        " seq / 7 FROM seq_1_to_60000",
    )
    config = tmp_path / "c.json"
    config.write_text(
        f'{{"url": "{mariadb_url}", "spool": "{tmp_path}",'
        ' "handover": "files"}'
    )
    command = [str(BIN / "tap-mysql"), "--config", str(config)]
    said, peak = peak_memory(command)
    assert understand(0, said, "").receipt
    assert peak < 120_000_000


@pytest.mark.long
def test_a_reader_that_is_gone_stops_the_tap(
    mariadb_url: str, lake: Path
) -> None:
    execute(mariadb_url, *SLOW)
    with _stuck_pipe(mariadb_url, lake) as pipe:
        pipe.target.kill()
        started = time.monotonic()
        assert pipe.tap.wait(20) == 1
        assert time.monotonic() - started < 10


@pytest.mark.long
def test_a_server_that_is_killed_fails_the_run(
    mariadb_programs: None, root: Path, lake: Path
) -> None:
    service = mariadb.up(root, durable=False)
    try:
        url = service.urls["MOVIELENS_URL"]
        execute(url, *SLOW)
        with _stuck_pipe(url, lake) as pipe:
            assert service.pid
            os.kill(service.pid, signal.SIGKILL)
            tap, target = pipe.wait()
    finally:
        mariadb.delete(root)
    assert (tap.returncode, target.returncode) == (1, 1)
    assert "server could not go on" in tap.stderr
    assert "no new data" not in tap.stderr
    assert not list(lake.glob("source=*/*/datapackage.json"))


def test_the_moment_does_not_wait_for_a_table_without_transactions(
    mariadb_url: str,
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE a (i int) ENGINE=MyISAM",
        "CREATE TABLE b (i int PRIMARY KEY)",
        "INSERT INTO b VALUES (1)",
    )

    sessions = []

    def connected() -> Any:
        sessions.append(
            connect(mariadb_url, variable="X", plugin="tap", reader=True)
        )
        return sessions[-1]

    request = Request(Wanted(("",)), lock_tables=True)
    try:
        taken = take(connected, request)
        execute(mariadb_url, "INSERT INTO b VALUES (2)")
        found = list(taken.reader.lines(taken.sources[1]))
    finally:
        for session in sessions:
            session.close()
    assert found == [[b"1\n"]]
