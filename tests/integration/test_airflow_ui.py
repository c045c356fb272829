"""Airflow's user interface in a real browser, as a new user meets it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from airflow_launcher import DAG, Launcher
from browser import find, open_page, playwright

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
DAY = "2024-12-20"
RUN_SECONDS = 240
DDL = """
    CREATE TABLE orders (order_id int PRIMARY KEY, note text);
    INSERT INTO orders SELECT i, 'note' FROM generate_series(1, 100) AS i;
"""


@pytest.fixture(scope="module")
def browser() -> str:
    """The path of a browser; skips where there is none."""
    return find()


@pytest.fixture(scope="module")
def airflow(
    browser: str,
    server_url: str,
    neo4j_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Launcher]:
    """An Airflow that nobody has used yet."""
    harness.empty_graph(neo4j_url)
    source, warehouse, runs = (
        harness.create_database(server_url, name)
        for name in ("source", "warehouse", "runs")
    )
    harness.sql(source, DDL)
    folder = tmp_path_factory.mktemp("airflow")
    launcher = Launcher(
        folder / "home",
        runs,
        {
            "NORTHWIND_URL": source,
            "WAREHOUSE_URL": warehouse,
            "NEO4J_URL": neo4j_url,
            "LAKE_ROOT": str(folder / "lake"),
        },
    )
    try:
        launcher.start()
        yield launcher
    finally:
        launcher.close()
        for url in (source, warehouse, runs):
            harness.drop_database(server_url, url)


@pytest.fixture
def page(browser: str, airflow: Launcher) -> Iterator[playwright.Page]:
    """A window of the browser, empty."""
    with open_page(1200, 880) as page:
        yield page


def test_a_new_user_runs_a_day_from_the_date_picker(
    airflow: Launcher, page: playwright.Page, tmp_path: Path
) -> None:
    log_in(airflow, page)
    open_dag(page)
    trigger(page, DAY)
    run = wait_for_success(page)
    assert airflow.rest.get(f"dags/{DAG}/dagRuns/{run}")["conf"] == {
        "date": DAY
    }
    lake = Path(airflow.variables["LAKE_ROOT"])
    for source in ("csv", "postgres"):
        assert (lake / f"source={source}/extracted_at={DAY}").is_dir()
    page.screenshot(path=os.environ.get("SCREENSHOT", tmp_path / "run.png"))


def log_in(airflow: Launcher, page: playwright.Page) -> None:
    """Log in with the password that the launcher has written."""
    page.goto(airflow.rest.url)
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(airflow.password)
    page.get_by_role("button", name="Sign in").click()


def open_dag(page: playwright.Page) -> None:
    """Go from the first page to the DAG's own."""
    page.get_by_role("link", name="Dags").first.click()
    page.locator(f'a[href$="/dags/{DAG}"]').first.click()
    page.get_by_role("link", name="Overview").wait_for()


def trigger(page: playwright.Page, day: str) -> None:
    """Start a run as the form proposes it, with a day picked."""
    page.locator("button", has_text="Trigger").click()
    form = page.get_by_role("dialog")
    picker = form.locator("input[type=date]")
    picker.fill(day)
    assert form.get_by_role("checkbox").is_checked()  # unpause on trigger
    form.locator("button", has_text="Trigger").last.click()
    form.wait_for(state="hidden")


def wait_for_success(page: playwright.Page) -> str:
    """Watch the newest run until it has succeeded; return its id."""
    page.wait_for_url("**/runs/manual__*")
    heading = page.locator("h2", has_text="manual__").locator("..")
    heading.get_by_text("Success", exact=True).wait_for(
        timeout=RUN_SECONDS * 1000
    )
    return page.url.rpartition("/runs/")[2].partition("/")[0]
