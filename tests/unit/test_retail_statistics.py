"""What `python -m orchestrate.retail_statistics` prints of a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from daybook.errors import InputError
from days import publish_day, table
from orchestrate.retail_statistics import run

STATISTICS = table(
    "statistics",
    [
        ("dataset", "text"),
        ("delivered_on", "date"),
        ("delivered_hour", "integer"),
        ("lines", "bigint"),
        ("valid", "bigint"),
        ("rejected", "bigint"),
        ("duplicates", "bigint"),
        ("bytes", "bigint"),
        ("first_time", "timestamp without time zone"),
        ("last_time", "timestamp without time zone"),
        ("seconds", "bigint"),
    ],
)
REJECTIONS = table(
    "rejections",
    [
        ("dataset", "text"),
        ("delivered_on", "date"),
        ("rule", "text"),
        ("rows", "bigint"),
    ],
)
HOURS = [
    [
        "sales", "2020-01-01", "7", "4", "2", "1", "1", "90",
        "2020-01-01 07:00:00", "2020-01-01 07:00:50", "50",
    ],
    [
        "sales", "2020-01-02", "7", "5", "3", "2", "0", "10",
        "2020-01-02 07:00:00", "2020-01-02 07:00:01", "1",
    ],
]  # fmt: skip
RULES = [
    ["sales", "2020-01-01", "price", "1"],
    ["sales", "2020-01-02", "price", "2"],
]


def printed(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    return [row for row in rows if row[:1] == ["sales"]]


def test_hours_of_the_day_and_sums_of_all_days_are_told(
    lake: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAKE_ROOT", str(lake))
    tables = [(STATISTICS, HOURS), (REJECTIONS, RULES)]
    publish_day(lake, "retail", "2020-01-02", tables)

    run("2020-01-02")

    hour, everything, rule = printed(capsys)
    assert hour[1:8] == ["2020-01-02", "7", "5", "3", "2", "0", "10"]
    assert hour[-1] == "1"
    assert everything[1:9] == ["all", "days", "all", "9", "5", "3", "1", "100"]
    assert everything[-1] == "86,401"
    assert rule[1:] == ["price", "2", "3"]


def test_a_day_that_is_not_there_is_told(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_ROOT", str(lake))

    with pytest.raises(InputError, match="no day 2020-01-03"):
        run("2020-01-03")
