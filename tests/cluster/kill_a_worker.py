"""Five days at once over two workers, one of which is killed.

A story that is lived through once; the tests look at what it left. It
takes minutes, and is not among the tests of `make test-long`: `make
test-cluster` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from airflow_cluster import WORKERS, cluster
from cluster_story import (
    DAYS,
    STORY_SECONDS,
    Story,
    Url,
    fill,
    live_through,
)

import harness
from meltano import ROOT

LOAD = "load.postgres"
RECOVERY_SECONDS = 180
"""Heartbeats missed, the retry's delay, and a slow machine."""

pytestmark = pytest.mark.timeout(STORY_SECONDS + 300)


@pytest.fixture(scope="module")
def urls(server_url: str) -> Iterator[Url]:
    """Source, warehouse, and Airflow's metadata."""
    made = {
        name: harness.create_database(server_url, name.lower())
        for name in ("NORTHWIND_URL", "WAREHOUSE_URL", "METADATA_URL")
    }
    yield made
    for url in made.values():
        harness.drop_database(server_url, url)


@pytest.fixture(scope="module")
def story(
    urls: Url, neo4j_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("cluster")
    lake = folder / "lake"
    lake.mkdir()
    harness.empty_graph(neo4j_url)
    fill(urls["NORTHWIND_URL"])
    told = Story(
        {
            "LAKE_ROOT": str(lake),
            "NEO4J_URL": neo4j_url,
            "NORTHWIND_URL": urls["NORTHWIND_URL"],
            "WAREHOUSE_URL": urls["WAREHOUSE_URL"],
        }
    )
    home = folder / "airflow"
    with cluster(home, urls["METADATA_URL"], told.variables) as running:
        live_through(told, running, urls)
        told.left = running.processes.stop()
    yield told


def daybook(told: Story, *words: str) -> harness.Result:
    return harness.run_daybook(*words, cwd=ROOT, env=told.variables)


def test_every_run_succeeds(story: Story) -> None:
    assert {one["state"] for one in story.runs} == {"success"}, story.failures
    assert len(story.runs) == len(DAYS) + 1


def test_the_kill_hit_a_load_and_left_nothing_of_it(story: Story) -> None:
    assert story.processes_killed > 4, "worker, pool, task, plugins"
    assert story.tables_after_kill == []


def test_both_workers_worked(story: Story) -> None:
    assert {one["hostname"] for one in story.tries} >= set(WORKERS.values())


def test_tasks_of_the_killed_worker_ran_again_on_the_other(
    story: Story,
) -> None:
    address = WORKERS[story.killed]
    failed = [one for one in story.tries if one["state"] != "success"]
    lost = [one for one in failed if one["hostname"] == address]
    assert LOAD in {one["task_id"] for one in lost}
    # An audit that a load of another day disturbs is done again.
    others = {one["task_id"] for one in failed if one not in lost}
    assert others <= {"audit"}
    last = {
        (one["dag_run_id"], one["task_id"]): one["hostname"]
        for one in sorted(story.tries, key=lambda one: one["try_number"])
    }
    for one in lost:
        assert last[one["dag_run_id"], one["task_id"]] != address


def test_every_day_is_published_whole(story: Story) -> None:
    for name in ("csv", "postgres"):
        for day in story.days:
            result = daybook(story, "verify", day, name)
            assert result.returncode == 0, result.stdout + result.stderr


def test_every_day_stands_an_audit(story: Story) -> None:
    for day in story.days:
        result = daybook(story, "audit", "--day", day, "--allow-newer")
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_targets_hold_the_newest_day(story: Story) -> None:
    result = daybook(story, "audit", "--day", story.days[-1])
    assert result.returncode == 0, result.stdout + result.stderr


def test_logs_are_read_from_the_worker_that_wrote_them(
    story: Story,
) -> None:
    assert set(story.logs) == set(WORKERS.values())
    for address, log in story.logs.items():
        assert f"http://{address}:" in log
        assert "order_details" in log


def test_all_listen_on_loopback_only(story: Story) -> None:
    assert len(story.addresses) >= 4, "broker, api-server, two log servers"
    outside = {a for a in story.addresses if not a[0].startswith("127.")}
    assert outside == set()


def test_no_process_is_left(story: Story) -> None:
    assert story.left == []


def test_a_lost_load_is_running_again_soon(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    again = min(
        datetime.fromisoformat(one["start_date"]).timestamp()
        for one in story.tries
        if one["task_id"] == LOAD and one["try_number"] > 1
    )
    seconds = again - story.killed_at
    with capsys.disabled():
        print(
            f"\n{story.processes_killed} processes killed; the load ran"
            f" again {seconds:.0f} s later, all {len(story.runs)} days were"
            f" done {story.seconds:.0f} s after their start"
        )
    assert seconds < RECOVERY_SECONDS
