"""`daybook audit --allow-newer`: what a newer day has superseded is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import pytest

import harness
from daybook.day import Day
from daybook.errors import BusyError
from daybook.lake import partition
from daybook.neo4j.audit import audit as audit_graph
from daybook.table import Table
from days import Row, publish_day, table

pytestmark = pytest.mark.long

OLD, DAY, NEW = "2024-12-19", "2024-12-20", "2024-12-21"
ORDERS = table("orders", [("id", "integer"), ("note", "text")], ["id"])
SHORT = table("orders", [("id", "integer")], ["id"])
TEAMS = table("teams", [("id", "integer")], ["id"])
ROWS: list[Row] = [["1", "a"], ["2", None]]
OTHER: list[Row] = [["1", "b"]]
TEAM_ROWS: list[Row] = [["1"]]


@dataclass(frozen=True)
class Shop:
    """A project and one database that days are loaded into."""

    folder: Path
    url: str
    variable: str
    plugin: str

    @property
    def lake(self) -> Path:
        return self.folder / "output"

    def publish(self, day: str, *tables: tuple[Table, Sequence[Row]]) -> None:
        publish_day(self.lake, "csv", day, tables)

    def load(self, day: str, **settings: Any) -> None:
        lake = {"lake": str(self.lake)}
        tap = lake | {"sources": "csv", "day": day, "handover": "files"}
        target = {"url": self.url, **settings}
        target |= lake if self.variable == "NEO4J_URL" else {}
        for end in harness.pipe("tap-csv", tap, self.plugin, target):
            assert end.returncode == 0, end.stderr

    def audit(self, *words: str, **env: str) -> harness.Result:
        variables = {self.variable: self.url, **env}
        return harness.run_daybook(
            "audit", "--day", DAY, *words, cwd=self.folder, env=variables
        )


@pytest.fixture
def shop(tmp_path: Path, warehouse_url: str) -> Shop:
    """A project with a warehouse."""
    (tmp_path / "meltano.yml").touch()
    return Shop(tmp_path, warehouse_url, "WAREHOUSE_URL", "target-postgres")


@pytest.fixture
def graph(tmp_path: Path, graph_url: str) -> Shop:
    """A project with a graph that holds the day."""
    (tmp_path / "meltano.yml").touch()
    shop = Shop(tmp_path, graph_url, "NEO4J_URL", "target-neo4j")
    shop.publish(DAY, (ORDERS, ROWS), (TEAMS, TEAM_ROWS))
    shop.load(DAY)
    return shop


def check(result: harness.Result, code: int, last_line: str) -> None:
    assert result.returncode == code, result.stderr
    assert result.stdout.splitlines()[-1] == last_line


def test_a_newer_day_is_right_when_it_is_allowed(shop: Shop) -> None:
    for day, rows in ((DAY, ROWS), (NEW, OTHER)):
        shop.publish(day, (ORDERS, rows), (TEAMS, TEAM_ROWS))
        shop.load(day)
    found = shop.audit("--allow-newer")
    assert f"superseded by {NEW}" in found.stdout
    summary = f"All 2 as on {DAY} or newer: 1 with every row, 1 superseded."
    check(found, 0, summary)
    strict = shop.audit()
    check(strict, 1, f"1 of 2 not as on {DAY}.")
    assert f"daybook audit --day {DAY} --allow-newer" in strict.stderr


def test_the_day_itself_is_right_as_ever(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    check(shop.audit("--allow-newer"), 0, f"All 1 as on {DAY}, every row.")


def test_a_day_that_came_after_a_newer_one_is_right(shop: Shop) -> None:
    shop.publish(NEW, (ORDERS, OTHER))
    shop.load(NEW)
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    summary = f"All 1 as on {DAY} or newer: 0 with every row, 1 superseded."
    check(shop.audit("--allow-newer"), 0, summary)


def test_an_older_day_is_still_wrong(shop: Shop) -> None:
    shop.publish(OLD, (ORDERS, OTHER))
    shop.load(OLD)
    shop.publish(DAY, (ORDERS, ROWS))
    found = shop.audit("--allow-newer")
    assert f"holds {OLD}" in found.stdout
    check(found, 1, f"1 of 1 not as on {DAY} or newer.")


def test_what_was_never_loaded_is_still_wrong(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    found = shop.audit("--allow-newer")
    check(found, 1, f"1 of 1 not as on {DAY} or newer.")
    assert "meltano run tap-csv target-postgres" in found.stderr


def test_a_changed_row_of_the_day_is_still_wrong(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    harness.sql(shop.url, "UPDATE orders SET note = 'x'")
    found = shop.audit("--allow-newer")
    check(found, 1, f"1 of 1 not as on {DAY} or newer.")


def test_a_table_that_is_gone_is_still_wrong(shop: Shop) -> None:
    for day, rows in ((DAY, ROWS), (NEW, OTHER)):
        shop.publish(day, (ORDERS, rows))
        shop.load(day)
    harness.sql(shop.url, "DROP TABLE orders")
    check(shop.audit("--allow-newer"), 1, f"1 of 1 not as on {DAY} or newer.")


def test_a_newer_day_may_have_come_without_a_column(shop: Shop) -> None:
    shop.publish(DAY, (ORDERS, ROWS))
    shop.load(DAY)
    shop.publish(NEW, (SHORT, TEAM_ROWS))
    shop.load(NEW, schema_change="rebuild")
    assert shop.audit("--allow-newer").returncode == 0


def test_programs_are_told_what_is_right(shop: Shop) -> None:
    for day, rows in ((DAY, ROWS), (NEW, OTHER)):
        shop.publish(day, (ORDERS, rows))
        shop.load(day)
    for words, right in (([], False), (["--allow-newer"], True)):
        found = json.loads(shop.audit("--json", *words).stdout)
        (one,) = found["tables"]
        assert (found["equal"], one["equal"]) == (False, False)
        assert (found["right"], one["right"]) == (right, right)
        assert found["allow_newer"] == right
        assert one["problem"] == f"superseded by {NEW}"


def test_a_graph_of_a_newer_day_is_right_when_it_is_allowed(
    graph: Shop,
) -> None:
    check(graph.audit("--allow-newer"), 0, f"All 2 as on {DAY}, every row.")
    graph.publish(NEW, (ORDERS, OTHER), (TEAMS, TEAM_ROWS))
    graph.load(NEW)
    summary = f"All 2 as on {DAY} or newer: 0 with every row, 2 superseded."
    check(graph.audit("--allow-newer"), 0, summary)
    check(graph.audit(), 1, f"2 of 2 not as on {DAY}.")


def test_a_graph_of_an_older_day_is_still_wrong(graph: Shop) -> None:
    mark(graph, "SET m.day = '2024-12-19'")
    found = graph.audit("--allow-newer")
    check(found, 1, f"2 of 2 not as on {DAY} or newer.")


def mark(graph: Shop, change: LiteralString) -> None:
    harness.cypher(graph.url, "MATCH (m:DaybookLoad) " + change)


def test_a_load_of_a_newer_day_may_be_under_way(graph: Shop) -> None:
    mark(graph, "SET m.day = '2024-12-21', m.state = 'running'")
    assert graph.audit("--allow-newer").returncode == 0


def test_a_load_of_the_day_under_way_is_worth_a_retry(graph: Shop) -> None:
    mark(graph, "SET m.state = 'running'")
    noted = graph.folder / "failures"
    found = graph.audit("--allow-newer", DAYBOOK_FAILURES=str(noted))
    assert found.returncode == 1
    assert "a load was not finished" in found.stdout
    assert json.loads(noted.read_text())["retry"] is True


def test_a_graph_that_moves_on_meanwhile_is_no_difference(
    graph: Shop,
) -> None:
    day = partition.read(graph.lake, "csv", Day.parse(DAY))
    chosen = {(day.source, file.table.stream) for file in day.files}
    found = audit_graph(graph.url, graph.lake, [day], chosen)
    assert next(found).is_equal
    graph.publish(NEW, (ORDERS, OTHER), (TEAMS, TEAM_ROWS))
    graph.load(NEW)
    with pytest.raises(BusyError, match="A load of csv has changed"):
        list(found)
