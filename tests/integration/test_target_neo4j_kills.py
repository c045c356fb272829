"""A load into Neo4j that breaks off is finished by the next run.

DAYBOOK_KILLS sets how many kills a test does (default 2).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j_input import (
    DAY,
    NEXT,
    Source,
    as_if_loaded_first,
    graph_as_rows,
    load,
    marker,
    publish,
    shop,
)

import harness
from daybook.errors import BusyError

KILLS = int(os.environ.get("DAYBOOK_KILLS", "2"))
pytestmark = pytest.mark.long


def start(url: str, day: Source, **settings: Any) -> subprocess.Popen[bytes]:
    """Start a load in a process of its own."""
    config = json.dumps({"url": url, "lake": str(day.folder), **settings})
    file = day.folder / f"{time.monotonic_ns()}.json"
    file.write_text(config)
    messages = file.with_suffix(".singer")
    messages.write_text(day.messages())
    with messages.open() as stdin:
        return subprocess.Popen(
            [str(harness.BIN / "target-neo4j"), "--config", str(file)],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=harness.environment(),
        )


def seconds_of(url: str, day: Source, **settings: Any) -> float:
    begin = time.monotonic()
    assert start(url, day, **settings).wait(60) == 0
    return time.monotonic() - begin


def await_quiet(url: str) -> None:
    """Wait until the server has ended what a killed client had begun."""
    deadline = time.monotonic() + 10
    query = "SHOW TRANSACTIONS YIELD transactionId"
    while len(harness.cypher(url, query)) > 1:
        assert time.monotonic() < deadline, "a killed load holds on"
        time.sleep(0.05)


@pytest.mark.parametrize("settings", [{}, {"transaction_rows": 300}])
def test_killed_at_any_moment_the_next_run_finishes(
    graph_url: str, lake: Path, settings: dict[str, Any]
) -> None:
    chance = random.Random(7)
    one, two = (
        publish(lake, day, *shop(version))
        for day, version in ((DAY, "a"), (NEXT, "b"))
    )
    graphs = {
        day.day: as_if_loaded_first(graph_url, day) for day in (two, one)
    }
    settings = settings | {"allow_older_day": True}
    seconds = seconds_of(graph_url, two, **settings)
    held = two
    for number in range(KILLS):
        day = (one, two)[number % 2]
        process = start(graph_url, day, **settings)
        time.sleep(chance.uniform(0.6, seconds))
        process.kill()
        process.wait()
        await_quiet(graph_url)
        state = marker(graph_url)["state"]
        if "transaction_rows" not in settings:
            assert state == "complete"
            found = graph_as_rows(graph_url)
            assert found in (graphs[held.day], graphs[day.day])
        load(graph_url, day, lake=lake, allow_older_day=True)
        assert graph_as_rows(graph_url) == graphs[day.day]
        held = day


def test_a_load_in_many_transactions_says_running_meanwhile(
    graph_url: str, lake: Path
) -> None:
    load(graph_url, publish(lake, DAY, *shop("a", 500)))
    newer = publish(lake, NEXT, *shop("b", 500))
    process = start(graph_url, newer, transaction_rows=20)
    seen = []
    while process.poll() is None:
        now = marker(graph_url)
        seen.append((now["day"], now["state"]))
    assert process.returncode == 0
    assert (NEXT, "running") in seen
    assert marker(graph_url)["state"] == "complete"


def test_broken_off_after_any_statement_the_next_run_finishes(
    graph_url: str, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [publish(lake, DAY, *shop("a", 20))]
    relabelled = {"labels": {"users": "Human"}, "exclude": "follows.since"}
    days.append(publish(lake, NEXT, *shop("b", 20)))
    expected = as_if_loaded_first(graph_url, days[1], **relabelled)
    harness.empty_graph(graph_url)
    load(graph_url, days[0])
    commit = neo4j.Transaction.commit
    left = [0]

    def counted(transaction: neo4j.Transaction) -> None:
        if left[0] == 0:
            raise BusyError("broken off", "")
        left[0] -= 1
        commit(transaction)

    monkeypatch.setattr(neo4j.Transaction, "commit", counted)
    for number in range(3, 60, 14):
        left[0] = number
        try:
            load(graph_url, days[1], transaction_rows=5, **relabelled)
        except BusyError:
            assert marker(graph_url)["state"] == "running"
            left[0] = 1_000
            load(graph_url, days[1], lake=lake, **relabelled)
        assert graph_as_rows(graph_url) == expected
        left[0] = 1_000
        load(graph_url, days[0], allow_older_day=True)
