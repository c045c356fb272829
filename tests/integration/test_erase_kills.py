"""Erasing from a target that is killed is finished by the next run.

DAYBOOK_KILLS sets how many kills a test does (default 2).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import people_days as shop
import pytest
import test_erase_mysql
import test_erase_neo4j
import test_erase_postgres
from people_days import CUSTOMERS, JANE_BY_ID, LINES, NEXT

import harness
from daybook.mysql import erase as mysql
from daybook.neo4j import erase as neo4j
from daybook.neo4j.erase_rows import Changed
from daybook.postgres import erase as postgres

KILLS = int(os.environ.get("DAYBOOK_KILLS", "2"))
pytestmark = pytest.mark.long

SCRIPT = """
import sys
sys.path[:0] = {paths!r}
from people_days import JANE_BY_ID, declared
from daybook.{name} import erase
erase.erase({url!r}, declared(), JANE_BY_ID)
"""
NUMBER = 3_000
LINE = shop.LINES_READ[0][1]
ROWS = {
    CUSTOMERS: [shop.JANE, shop.JOE],
    LINES: [(str(number), LINE) for number in range(NUMBER)],
}


def start(name: str, url: str) -> subprocess.Popen[bytes]:
    """Erase in a process of its own."""
    tests = Path(__file__).parent
    paths = [str(tests), str(tests.parent)]
    script = SCRIPT.format(paths=paths, name=name, url=url)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stderr=subprocess.DEVNULL,
        env=harness.environment(),
    )


def kill_some(
    name: str, url: str, again: Callable[[], None], check: Callable[[], None]
) -> None:
    """Erase KILLS times, killed at any moment, from what `again` loads."""
    chance = random.Random(7)
    begin = time.monotonic()
    assert start(name, url).wait(harness.TIMEOUT_SECONDS) == 0
    whole = time.monotonic() - begin
    for _ in range(KILLS):
        again()
        process = start(name, url)
        time.sleep(chance.uniform(0.4 * whole, whole))
        process.kill()
        process.wait()
        check()


def left(module: ModuleType, url: str) -> Mapping[str, int]:
    """Return where Jane is still found."""
    found = module.search(url, shop.declared(), JANE_BY_ID)
    return {one.where: one.rows for one in found}


def finish(module: ModuleType, url: str) -> None:
    """Erase again, as users do, and see that nothing is left."""
    module.erase(url, shop.declared(), JANE_BY_ID)
    assert not left(module, url)


def test_postgres_has_all_rows_or_none(warehouse_url, lake):
    held = {
        "warehouse: public.customers": 1,
        "warehouse: public.lines": NUMBER,
    }

    def again() -> None:
        shop.publish(lake, ROWS)
        test_erase_postgres.load(warehouse_url, lake)

    def check() -> None:
        found = left(postgres, warehouse_url)
        rows = {w: n for w, n in found.items() if "statistics" not in w}
        assert rows in (held, {})
        finish(postgres, warehouse_url)

    again()
    kill_some("postgres", warehouse_url, again, check)


def test_mysql_has_all_rows_or_none(mariadb_url, lake):
    def again() -> None:
        shop.publish(lake, ROWS)
        test_erase_mysql.load(mariadb_url, lake)

    def check() -> None:
        found = left(mysql, mariadb_url)
        assert list(found.values()) in ([1, NUMBER], [])
        finish(mysql, mariadb_url)

    again()
    kill_some("mysql", mariadb_url, again, check)


def test_a_graph_is_finished_and_then_is_the_day(graph_url, lake, monkeypatch):
    def again() -> None:
        shop.publish(lake, ROWS)
        test_erase_neo4j.load(graph_url, lake)

    def check() -> None:
        finish(neo4j, graph_url)
        shop.erase_from_lake(lake)
        before = test_erase_neo4j.one(graph_url, "007")
        with monkeypatch.context() as patch:
            written = test_erase_neo4j.Written(patch)
            test_erase_neo4j.load(graph_url, lake)
        assert not written.counts.get("properties_set", 0)
        assert test_erase_neo4j.one(graph_url, "007") == before

    again()
    kill_some("neo4j", graph_url, again, check)


def test_the_next_day_is_right_upon_a_graph_half_erased(
    graph_url, lake, monkeypatch
):
    shop.publish(lake, ROWS)
    test_erase_neo4j.load(graph_url, lake)
    with monkeypatch.context() as patch:
        patch.setattr(neo4j.erase_rows, "found", two_batches)
        with pytest.raises(KeyboardInterrupt):
            neo4j.erase(graph_url, shop.declared(), JANE_BY_ID)
    assert left(neo4j, graph_url)
    shop.erase_from_lake(lake)
    shop.publish(lake, ROWS, NEXT)
    shop.erase_from_lake(lake, day=NEXT)
    test_erase_neo4j.load(graph_url, lake, NEXT)
    assert not left(neo4j, graph_url)


def two_batches(
    *arguments: Any,
    _found: Callable[..., Iterator[Changed]] = neo4j.erase_rows.found,
) -> Iterator[Changed]:
    """Yield what is found, and break off after some of it."""
    for number, some in enumerate(_found(*arguments)):
        if number == 2:
            raise KeyboardInterrupt
        yield some
