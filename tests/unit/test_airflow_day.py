"""Which day a run of a DAG is for."""

from __future__ import annotations

import runpy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
DUE = datetime(2024, 12, 21, 0, 0, tzinfo=UTC)
TYPES = ("manual", "scheduled", "asset_triggered")

# Its package imports Airflow, which is in another environment.
day_of_run = runpy.run_path(
    str(ROOT / "orchestrate" / "airflow" / "dags" / "elt" / "day.py")
)["day_of_run"]


@pytest.mark.parametrize("run_type", TYPES)
def test_a_date_is_the_day(run_type: str) -> None:
    conf = {"date": "2024-12-20"}
    found = day_of_run(run_type, conf, "2024-12-20", DUE)
    assert found == "2024-12-20"


@pytest.mark.parametrize("run_type", [*TYPES, "backfill"])
@pytest.mark.parametrize("chosen", [None, ""])
def test_without_a_date_it_is_the_day_the_run_was_due(
    run_type: str, chosen: object
) -> None:
    assert day_of_run(run_type, {}, chosen, DUE) == "2024-12-21"


@pytest.mark.parametrize("run_type", TYPES)
def test_data_that_arrive_late_are_of_the_day_before(run_type: str) -> None:
    due = DUE.replace(minute=10)
    late = timedelta(hours=1)
    assert day_of_run(run_type, {}, None, due, late) == "2024-12-20"
    later = due + timedelta(hours=1)
    assert day_of_run(run_type, {}, None, later, late) == "2024-12-21"


def test_a_backfill_means_the_days_that_it_names() -> None:
    late = timedelta(hours=3)
    assert day_of_run("backfill", {}, None, DUE, late) == "2024-12-21"


def test_a_backfill_cannot_have_one_date_for_all_its_runs() -> None:
    with pytest.raises(ValueError, match="Start it without"):
        day_of_run("backfill", {"date": "2024-12-20"}, "2024-12-20", DUE)


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_is_one(day: date) -> None:
    assert day_of_run("manual", {}, day.isoformat(), DUE) == day.isoformat()


@pytest.mark.parametrize(
    "chosen",
    [
        "$(touch x)",
        "2024-12-20; touch x",
        "2024-12-20\n",
        " 2024-12-20",
        "2024-02-30",
        "2024-1-2",
        "20241220",
        "2024-12-20T00:00:00",
        "2024-W51-5",
        "٢٠٢٤-١٢-٢٠",
        "../2024-12-20",
        "today",
        ["2024-12-20"],
        {"day": "2024-12-20"},
        20241220,
        True,
        False,
        0,
    ],
)
def test_anything_else_is_refused(chosen: Any) -> None:
    with pytest.raises(ValueError, match="For example"):
        day_of_run("manual", {"date": chosen}, chosen, DUE)


@given(st.text().filter(lambda text: text != ""))
def test_no_other_text_is_a_day(text: str) -> None:
    try:
        expected = date.fromisoformat(text).isoformat()
    except ValueError:
        expected = ""
    if expected == text:
        return
    with pytest.raises(ValueError, match="no day"):
        day_of_run("manual", {}, text, DUE)


@pytest.mark.parametrize(
    "conf", [{"dat": "2024-12-20"}, {"date": "2024-12-20", "x": 1}]
)
def test_other_keys_are_refused_by_name(conf: dict[str, Any]) -> None:
    other = next(name for name in conf if name != "date")
    with pytest.raises(ValueError, match=f"has '{other}'"):
        day_of_run("manual", conf, conf.get("date"), DUE)
