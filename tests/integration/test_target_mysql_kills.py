"""A load into MariaDB that is killed at any moment leaves the old rows.

DAYBOOK_KILLS sets how many kills a test does (default 2).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from mysql_input import load
from singer_input import Source, Stream, source

import harness
from daybook.services import mariadb
from daybook.table import ForeignKey

KILLS = int(os.environ.get("DAYBOOK_KILLS", "2"))
DAYS = ("2024-12-20", "2024-12-21")
ROWS = 40_000
pytestmark = [pytest.mark.long, pytest.mark.usefixtures("mariadb_programs")]

Held = tuple[list[tuple[object, ...]], ...]


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder for a MariaDB that the test may kill."""
    folder = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    try:
        yield folder
    finally:
        mariadb.delete(folder)
        shutil.rmtree(folder)


def shop(folder: Path, day: str, version: str) -> Source:
    """Return a day of two tables, in which each version differs."""
    first = 0 if version == "a" else ROWS // 10
    ids = range(first, first + ROWS)
    key = ForeignKey("fk", ("customer",), "public", "customers", ("id",))
    customers = Stream(
        "customers",
        {"id": "integer", "name": "text"},
        [(str(i), f"{version if i % 3 else 'same'} {i}") for i in ids],
        ("id",),
    )
    orders = Stream(
        "orders",
        {"id": "integer", "customer": "integer"},
        [(str(i), str(i)) for i in ids],
        ("id",),
        (key,),
    )
    return source(folder, day, customers, orders)


def held(url: str) -> Held:
    """Return a digest of what each table holds."""
    names = [row[0] for row in harness.mysql(url, "SHOW TABLES")]
    return tuple(
        harness.mysql(url, f"CHECKSUM TABLE `{name}`")
        for name in ("customers", "orders")
        if name in names
    )


def start(url: str, day: Source) -> subprocess.Popen[bytes]:
    """Start a load in a process of its own."""
    file = day.folder / f"{time.monotonic_ns()}.json"
    file.write_text(json.dumps({"url": url, "allow_older_day": True}))
    messages = file.with_suffix(".singer")
    messages.write_text(day.messages())
    with messages.open() as stdin:
        return subprocess.Popen(
            [str(harness.BIN / "target-mysql"), "--config", str(file)],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=harness.environment(),
        )


def loaded(url: str, *days: Source) -> tuple[dict[str, Held], float]:
    """Return what each day's load leaves, and how long the last took."""
    states = {}
    for day in days:
        begin = time.monotonic()
        assert start(url, day).wait(60) == 0
        seconds = time.monotonic() - begin
        states[day.day] = held(url)
    return states, seconds


def test_a_killed_loader_leaves_one_day_or_the_other(
    mariadb_url: str, tmp_path: Path
) -> None:
    chance = random.Random(7)
    days = [shop(tmp_path, DAYS[0], "a"), shop(tmp_path, DAYS[1], "b")]
    states, seconds = loaded(mariadb_url, *days)
    for number in range(KILLS):
        before, day = held(mariadb_url), days[number % 2]
        process = start(mariadb_url, day)
        time.sleep(chance.uniform(0.5, seconds))
        process.kill()
        process.wait()
        await_quiet(mariadb_url)
        assert held(mariadb_url) in (before, states[day.day])
        load(mariadb_url, day, allow_older_day=True)
        assert held(mariadb_url) == states[day.day]


def test_killed_while_it_changes_rows_nothing_has_changed(
    mariadb_url: str, tmp_path: Path
) -> None:
    """The moment that counts: rows are written, not yet committed."""
    days = [shop(tmp_path, DAYS[0], "a"), shop(tmp_path, DAYS[1], "b")]
    states, _ = loaded(mariadb_url, days[0])
    with harness.mysql_session(mariadb_url) as session:
        cursor = session.cursor()
        session.begin()
        # The load of the second table waits for this row's lock.
        cursor.execute("SELECT * FROM orders WHERE id = 0 FOR UPDATE")
        process = start(mariadb_url, days[1])
        await_lock(mariadb_url)
        process.kill()
        process.wait()
        session.rollback()
    await_quiet(mariadb_url)
    assert held(mariadb_url) == states[DAYS[0]]
    load(mariadb_url, days[1])
    [(count,)] = harness.mysql(mariadb_url, "SELECT count(*) FROM orders")
    assert count == ROWS


def test_a_first_load_that_was_killed_goes_on_with_its_empty_tables(
    mariadb_url: str, tmp_path: Path
) -> None:
    day = shop(tmp_path, DAYS[0], "a")
    process = start(mariadb_url, day)
    deadline = time.monotonic() + 30
    while ("customers",) not in harness.mysql(mariadb_url, "SHOW TABLES"):
        assert time.monotonic() < deadline
    process.kill()
    process.wait()
    load(mariadb_url, day)
    [(count,)] = harness.mysql(mariadb_url, "SELECT count(*) FROM customers")
    assert count == ROWS


def test_a_killed_server_comes_back_with_the_old_rows(
    root: Path, tmp_path: Path
) -> None:
    chance = random.Random(7)
    url = mariadb.up(root).urls["PEOPLE_URL"]
    days = [shop(tmp_path, DAYS[0], "a"), shop(tmp_path, DAYS[1], "b")]
    states, seconds = loaded(url, *days)
    for number in range(KILLS):
        day = days[number % 2]
        process = start(url, day)
        time.sleep(chance.uniform(0.5, seconds))
        psutil.Process(mariadb.up(root).pid).kill()
        assert process.wait(60) in (0, 1)
        url = mariadb.up(root).urls["PEOPLE_URL"]
        assert held(url) in states.values()
        load(url, day, allow_older_day=True)
        assert held(url) == states[day.day]


def await_lock(url: str) -> None:
    """Wait until some transaction waits for a row."""
    deadline = time.monotonic() + 30
    query = (
        "SELECT count(*) FROM information_schema.processlist WHERE "
        "db = DATABASE() AND command = 'Query' AND info LIKE 'DELETE%'"
    )
    while harness.mysql(url, query) == [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)


def await_quiet(url: str) -> None:
    """Wait until the server has ended what a killed client had begun."""
    deadline = time.monotonic() + 30
    query = (
        "SELECT count(*) FROM information_schema.processlist "
        "WHERE db = DATABASE()"
    )
    while harness.mysql(url, query) != [(1,)]:
        assert time.monotonic() < deadline, "a killed load holds on"
        time.sleep(0.05)
