"""tap-postgres: one moment, whatever others do to the tables meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from snapshots import open_session, start, taken

from daybook.errors import BusyError
from daybook.postgres.connection import Session
from daybook.postgres.extract import source_locks
from harness import sql

ROWS = 20_000


@pytest.fixture
def url(source_url: str) -> str:
    """A source with two tables of ROWS rows."""
    for name in ("a", "b"):
        sql(
            source_url,
            f"CREATE TABLE {name} AS SELECT i, repeat('x', 100) AS s"
            f" FROM generate_series(1, {ROWS}) AS i",
        )
    return source_url


@contextmanager
def meanwhile(url: str, statement: str) -> Iterator[None]:
    """Run a statement in a session of its own, which may have to wait."""
    errors: list[Exception] = []

    def work() -> None:
        try:
            sql(url, statement)
        except psycopg.Error as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join(30)
    assert not errors
    assert not thread.is_alive()


def wait_until(url: str, condition: str) -> None:
    for _ in range(500):
        if sql(url, f"SELECT {condition}")[0][0]:
            return
        time.sleep(0.01)
    pytest.fail(f"never true: {condition}")


WAITING = (
    "EXISTS (SELECT FROM pg_locks WHERE NOT granted"
    " AND mode = 'AccessExclusiveLock')"
)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE a, b",
        "ALTER TABLE a ALTER i TYPE bigint, ADD x int DEFAULT random()",
        "DROP TABLE b",
        "ALTER TABLE b RENAME TO c",
    ],
)
def test_what_waits_for_the_locks_neither_harms_nor_hangs_the_extract(
    url: str, tmp_path: Path, statement: str
) -> None:
    with taken(url) as moment, meanwhile(url, statement):
        wait_until(url, WAITING)
        crew = start(url, moment, tmp_path, jobs=3)
        assert crew.file("public-a").rows == ROWS
        assert crew.file("public-b").rows == ROWS


def test_rows_written_after_the_snapshot_are_not_in_any_table(
    url: str, tmp_path: Path
) -> None:
    with taken(url) as moment:
        sql(url, "INSERT INTO a VALUES (-1, '')")
        sql(url, "DELETE FROM b WHERE i <= 10")
        crew = start(url, moment, tmp_path)
        assert crew.file("public-a").rows == ROWS
        assert crew.file("public-b").rows == ROWS


@contextmanager
def blocker(url: str, statement: str) -> Iterator[Callable[[], None]]:
    """Hold what a statement locks; give what ends it, by COMMIT."""
    with psycopg.connect(url, application_name="migration") as session:
        session.execute(statement.encode())
        yield session.commit
        session.rollback()


def test_a_table_locked_for_long_is_named_with_who_holds_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_locks, "TIMEOUT_SECONDS", 1)
    with (
        blocker(url, "LOCK TABLE b IN ACCESS EXCLUSIVE MODE"),
        pytest.raises(BusyError, match=r"public\.b is locked .* migration"),
        taken(url),
    ):
        pass


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("DROP TABLE b", {"a": ROWS}),
        ("TRUNCATE b", {"a": ROWS, "b": 0}),
        ("ALTER TABLE b RENAME TO c", {"a": ROWS, "c": ROWS}),
        ("ALTER TABLE b ADD y int DEFAULT random()", {"a": ROWS, "b": ROWS}),
    ],
)  # fmt: skip
def test_what_is_done_while_the_tap_waits_is_seen_whole(
    url: str, tmp_path: Path, statement: str, rows: dict[str, int]
) -> None:
    with blocker(url, statement) as commit:
        timer = threading.Timer(0.7, commit)
        timer.start()
        with taken(url) as moment:
            timer.join()
            crew = start(url, moment, tmp_path)
            found = {
                source.table.name: crew.file(source.table.stream)
                for source in moment.sources
            }
    assert {name: file.rows for name, file in found.items()} == rows


def test_a_partition_attached_after_the_snapshot_is_an_error(
    url: str, tmp_path: Path
) -> None:
    sql(url, "CREATE TABLE p (k int) PARTITION BY LIST (k)")
    sql(url, "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sql(url, "CREATE TABLE p2 AS SELECT 2 AS k")
    with taken(url, "p") as moment:
        sql(url, "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)")
        crew = start(url, moment, tmp_path)
        with pytest.raises(BusyError, match=r"public\.p got a new partition"):
            crew.file("public-p")


def test_a_matview_refreshed_after_the_snapshot_waits(
    url: str, tmp_path: Path
) -> None:
    sql(url, "CREATE MATERIALIZED VIEW m AS SELECT i FROM a WHERE i <= 7")
    with taken(url, "m") as moment:
        sql(url, "DELETE FROM a")
        with meanwhile(url, "REFRESH MATERIALIZED VIEW m"):
            wait_until(url, WAITING)
            crew = start(url, moment, tmp_path)
            assert crew.file("public-m").rows == 7


def test_the_extract_goes_on_with_fewer_sessions_than_asked_for(
    server_url: str, url: str, tmp_path: Path
) -> None:
    role = sql(url, "SELECT quote_ident(current_user)")[0][0]
    with taken(url) as moment:
        sql(server_url, f"ALTER ROLE {role} CONNECTION LIMIT 1")
        crew = start(url, moment, tmp_path, jobs=4)
        assert crew.file("public-a").rows == ROWS
        assert crew.file("public-b").rows == ROWS


def moment_closed(session: Session) -> None:
    for _ in range(500):
        if session.closed:
            return
        time.sleep(0.01)
    pytest.fail("the leader's session stays open")


def test_the_leaders_session_ends_when_all_files_are_written(
    url: str, tmp_path: Path
) -> None:
    with taken(url) as moment:
        crew = start(url, moment, tmp_path)
        crew.file("public-a")
        crew.file("public-b")
        moment_closed(moment.leader)


def test_the_snapshot_time_is_the_moment_itself_in_utc(url: str) -> None:
    before = sql(url, "SELECT clock_timestamp()")[0][0]
    with taken(url) as moment:
        at = sql(url, "SELECT %s::timestamptz", [moment.taken_at])[0][0]
    after = sql(url, "SELECT clock_timestamp()")[0][0]
    assert before <= at <= after
    assert moment.taken_at.endswith("Z")


def test_two_tables_may_be_read_at_the_same_time(
    source_url: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        sql(
            source_url,
            f"CREATE VIEW {name} AS SELECT i, pg_sleep(0.002)::text"
            " FROM generate_series(1, 500) AS i",
        )
    with taken(source_url, "a", "b") as moment:
        begun = time.monotonic()
        crew = start(source_url, moment, tmp_path)
        crew.file("public-a")
        crew.file("public-b")
    assert time.monotonic() - begun < 1.7  # one after the other: over 2


def test_join_leaves_a_session_usable_when_the_lock_is_not_to_be_had(
    url: str, tmp_path: Path
) -> None:
    with (
        taken(url) as moment,
        open_session(url) as worker,
        meanwhile(url, "TRUNCATE a"),
    ):
        wait_until(url, WAITING)
        first, second = moment.sources
        assert not moment.join(worker, first)
        assert moment.join(worker, second)
        moment.leader.rollback()
        worker.rollback()
