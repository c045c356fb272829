"""Whatever is killed whenever: the old state whole or the new one whole.

DAYBOOK_KILLS sets how many kills each test does (default 2).
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import harness
from meltano import Meltano, files_of, litter_of

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("DAYBOOK_KILLS", "2"))
DAY, NEXT = "2024-12-20", "2024-12-21"
ROWS = 60_000
VICTIMS = ("tap", "target", "meltano")
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@pytest.fixture
def shell(lake: Path, source_url: str, warehouse_url: str) -> Meltano:
    harness.sql(
        source_url,
        "CREATE TABLE parents (id int PRIMARY KEY, version text);"
        "CREATE TABLE rows (id int PRIMARY KEY, parent int REFERENCES parents,"
        " version text, filler text);"
        f"INSERT INTO parents SELECT i, 'a' FROM generate_series(1, 9) AS i;"
        f"INSERT INTO rows SELECT i, i % 9 + 1, 'a', repeat('x', 200)"
        f" FROM generate_series(1, {ROWS}) AS i",
    )
    return Meltano(
        {
            "LAKE_ROOT": str(lake),
            "NORTHWIND_URL": source_url,
            "WAREHOUSE_URL": warehouse_url,
            "TAP_CSV_SOURCES": "postgres",
            "TARGET_POSTGRES_ALLOW_OLDER_DAY": "true",
        }
    )


def change_source(url: str) -> None:
    """Turn every version from a to b, or back."""
    for table in ("parents", "rows"):
        harness.sql(
            url,
            f"UPDATE {table} SET version = "
            "CASE version WHEN 'a' THEN 'b' ELSE 'a' END",
        )


def extract(shell: Meltano, day: str = DAY) -> None:
    result = shell.extract(
        "extract_postgres", SOURCE="postgres", DATESTAMP=day
    )
    assert result.returncode == 0, result.stderr


def family(process: psutil.Process) -> dict[str, psutil.Process]:
    """Return Meltano and the plugins it has started so far, by role."""
    found = {"meltano": process}
    for child in process.children(recursive=True):
        try:
            names = [Path(word).name for word in child.cmdline()[:2]]
        except psutil.NoSuchProcess:
            continue
        for role in ("tap", "target"):
            if any(name.startswith(f"{role}-") for name in names):
                found[role] = child
    return found


def kill_one(
    shell: Meltano, chance: random.Random, seconds: float, **run: str
) -> None:
    """Start blocks and kill one of its processes at a random moment."""
    victim, number = chance.choice(VICTIMS), chance.choice(SIGNALS)
    blocks = run.pop("blocks").split()
    with shell.start(*blocks, **run) as process:
        meltano = psutil.Process(process.pid)
        time.sleep(chance.uniform(0.5, seconds))
        members = family(meltano) if process.poll() is None else {}
        if victim in members:
            with suppress(psutil.NoSuchProcess):
                members[victim].send_signal(number)
        process.communicate(timeout=harness.TIMEOUT_SECONDS)
        _, alive = psutil.wait_procs(list(members.values()), timeout=15)
    assert alive == [], f"still there after {victim} got {number.name}"


def seconds_of(run: object) -> float:
    start = time.monotonic()
    assert callable(run)
    run()
    return time.monotonic() - start


def state_of_the_day(lake: Path) -> str:
    """Return the one version that all files of the day have."""
    files = {
        path: data
        for path, data in files_of(lake).items()
        if path.endswith(".csv")
    }
    assert len(files) == 2, sorted(files)
    seen = set()
    for path, data in files.items():
        lines = data.splitlines()[1:]
        assert len(lines) == (ROWS if "rows" in path else 9)
        field = 2 if "rows" in path else 1
        seen |= {line.split(b",")[field] for line in lines}
    assert len(seen) == 1, seen
    return seen.pop().decode()


def test_a_killed_extract_leaves_the_old_day_or_the_new_one(
    shell: Meltano, lake: Path, source_url: str
) -> None:
    chance = random.Random(1)
    extract(shell)
    change_source(source_url)
    seconds = seconds_of(lambda: extract(shell))
    for _ in range(KILLS):
        old = state_of_the_day(lake)
        change_source(source_url)
        kill_one(
            shell,
            chance,
            seconds,
            blocks="extract_postgres",
            MELTANO_ENVIRONMENT="extract",
            SOURCE="postgres",
            DATESTAMP=DAY,
        )
        assert state_of_the_day(lake) in {old, {"a": "b", "b": "a"}[old]}
        extract(shell)
        assert state_of_the_day(lake) != old
        assert litter_of(lake) == []


def test_a_killed_load_leaves_the_old_state_or_the_new_one(
    shell: Meltano, source_url: str, warehouse_url: str
) -> None:
    chance = random.Random(2)
    extract(shell, DAY)
    change_source(source_url)
    extract(shell, NEXT)

    def load(day: str) -> None:
        result = shell.load(day=day)
        assert result.returncode == 0, result.stderr

    def state() -> str:
        seen = harness.sql(
            warehouse_url,
            "SELECT DISTINCT r.version, p.version, count(*)"
            " FROM rows r JOIN parents p ON p.id = r.parent GROUP BY 1, 2",
        )
        assert len(seen) == 1, seen
        rows, parents, count = seen[0]
        assert (rows, count) == (parents, ROWS)
        return str(rows)

    load(DAY)
    seconds = seconds_of(lambda: load(NEXT))
    for number in range(KILLS):
        day, other = (DAY, "a") if number % 2 == 0 else (NEXT, "b")
        old = state()
        kill_one(
            shell,
            chance,
            seconds,
            blocks="load",
            MELTANO_ENVIRONMENT="load",
            EXTRACTED_AT=day,
        )
        assert state() in {old, other}
        load(day)
        assert state() == other
    litter = harness.sql(
        warehouse_url,
        "SELECT relname FROM pg_class c JOIN pg_namespace n"
        " ON n.oid = relnamespace WHERE relkind IN ('r', 'p')"
        " AND nspname NOT IN ('pg_catalog', 'information_schema')"
        " ORDER BY 1",
    )
    assert litter == [("loads",), ("parents",), ("rows",)]
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname ="
        " current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    deadline = time.monotonic() + 5
    while harness.sql(warehouse_url, waiting) != [(0,)]:
        assert time.monotonic() < deadline, "a load's session is left"
        time.sleep(0.1)
