"""The `daybook` command over days that hold parts of a table."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import days
import harness
from daybook.lake import prune
from daybook.table import Table
from daybook.window import Window

D1, D2, D3, D4 = (f"2024-12-2{number}" for number in range(4))
RATINGS = days.table("ratings", [("id", "integer"), ("x", "text")], ["id"])


def part(start: int | None, end: int) -> Table:
    """Return the table with its window."""
    mark = None if start is None else (str(start),)
    window = Window(("id",), mark, (str(end),))
    return dataclasses.replace(RATINGS, window=window)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose lake has three days of one table."""
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    lake.mkdir()
    rows = [[("1", "a"), ("2", "b")], [("3", "c")], [("2", "changed")]]
    ends = [None, 2, 3, 4]
    for day, some, start, end in zip(
        (D1, D2, D3), rows, ends, ends[1:], strict=False
    ):
        days.publish_day(lake, "shop", day, [(part(start, end or 0), some)])
    return tmp_path


def asked(project: Path, *words: str) -> Any:
    result = harness.run_daybook(*words, "--json", cwd=project)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_show_prints_the_window(project: Path) -> None:
    shown = harness.run_daybook("show", D2, cwd=project).stdout
    assert "public.ratings: a part, id (2; 3]" in shown
    (found,) = asked(project, "show", D2)
    assert found["tables"][0]["window"] == {
        "columns": ["id"],
        "from": ["2"],
        "to": ["3"],
    }


def test_diff_compares_what_the_days_hold_together(project: Path) -> None:
    (found,) = asked(project, "diff", D1, D3)
    (table,) = found["tables"]
    assert table["rows"] == {"from": 2, "to": 3}
    assert (table["added"], table["changed"], table["removed"]) == (1, 1, 0)


def test_query_and_verify_take_a_part_for_what_it_is(project: Path) -> None:
    asked_for = ("query", "FROM ratings", "--day", D3, "--format", "json")
    result = harness.run_daybook(*asked_for, cwd=project)
    assert json.loads(result.stdout) == [{"id": 2, "x": "changed"}]
    assert len(asked(project, "verify")["days"]) == 3


def test_no_day_is_pruned_that_later_parts_need(project: Path) -> None:
    lake = project / "output"
    assert prune.prunable(lake, 1) == []
    days.publish_day(lake, "shop", D4, [(RATINGS, [("1", "a")])])
    assert [str(day) for _, day in prune.prunable(lake, 1)] == [D1, D2, D3]
