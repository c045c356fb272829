"""The setting `incremental`, and which rows the lake asks for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import days
from daybook.day import Day
from daybook.errors import ConfigError
from daybook.singer.cursors import Cursor, parse_incremental
from daybook.singer.windows import Bounds, Windows, windows_of
from daybook.window import Window

RATINGS = days.table("ratings", [("id", "integer"), ("at", "date")], ["id"])
CURSOR = Cursor("public.ratings", ("at", "id"))


@pytest.mark.parametrize(
    "setting",
    [
        {"public.ratings": ["at", "id"]},
        {"public": {"ratings": ["at", "id"]}},
        {"public.ratings": "at+id"},
        "public.ratings=at+id",
        " public.ratings = at + id ,",
        '{"public.ratings": ["at", "id"]}',
    ],
)
def test_one_table_can_be_written_in_many_ways(setting: Any) -> None:
    assert parse_incremental(setting) == (CURSOR,)


@pytest.mark.parametrize("setting", [None, "", " ", {}])
def test_nothing_is_nothing(setting: Any) -> None:
    assert parse_incremental(setting) == ()


def test_a_name_can_hold_an_equals_sign() -> None:
    assert parse_incremental("a=b=id") == (Cursor("a=b", ("id",)),)


@pytest.mark.parametrize(
    "setting",
    [
        "ratings",
        "ratings=",
        "=id",
        "ratings=id+",
        "ratings=id+id",
        "{nonsense",
        {"ratings": []},
        {"ratings": [1]},
        {"ratings": None},
    ],
)
def test_a_malformed_setting_is_refused(setting: Any) -> None:
    with pytest.raises(ConfigError, match="`incremental` holds"):
        parse_incremental(setting)


@pytest.mark.parametrize(
    ("glob", "takes"),
    [
        ("ratings", True),
        ("public.ratings", True),
        ("public-ratings", True),
        ("rat*", True),
        ("Ratings", False),
        ("other.ratings", False),
    ],
)
def test_a_glob_means_tables_by_name(glob: str, takes: bool) -> None:
    assert Cursor(glob, ("id",)).takes(RATINGS) is takes


def windows(root: Path, day: str, *, extend: bool = False) -> Windows:
    return Windows((CURSOR,), root, "shop", Day.parse(day), extend)


def publish(root: Path, day: str, start: str | None, end: str | None) -> None:
    """Publish a day with the part after `start` up to `end`."""
    marks = [None if one is None else (one, "1") for one in (start, end)]
    window = Window(CURSOR.columns, marks[0], marks[1])
    part = dataclasses.replace(RATINGS, window=window)
    days.publish_day(root, "shop", day, [(part, [])])


def test_the_first_day_asks_for_everything(tmp_path: Path) -> None:
    found = windows(tmp_path, "2024-12-20").bounds(RATINGS)
    assert found == Bounds(CURSOR.columns, None)


def test_a_table_that_is_not_named_is_whole(tmp_path: Path) -> None:
    other = days.table("other", [("id", "integer")])
    assert windows(tmp_path, "2024-12-20").bounds(other) is None


def test_the_newest_earlier_day_says_where_to_begin(tmp_path: Path) -> None:
    publish(tmp_path, "2024-12-19", None, "a")
    publish(tmp_path, "2024-12-20", "a", "b")
    found = windows(tmp_path, "2024-12-25").bounds(RATINGS)
    assert found == Bounds(CURSOR.columns, ("b", "1"))


def test_a_folder_without_a_manifest_is_no_day(tmp_path: Path) -> None:
    publish(tmp_path, "2024-12-19", None, "a")
    (tmp_path / "source=shop" / "extracted_at=2024-12-20").mkdir()
    found = windows(tmp_path, "2024-12-21").bounds(RATINGS)
    assert found == Bounds(CURSOR.columns, ("a", "1"))


def test_a_published_day_asks_for_its_own_window(tmp_path: Path) -> None:
    publish(tmp_path, "2024-12-20", "a", "b")
    own = Bounds(CURSOR.columns, ("a", "1"), ("b", "1"), closed=True)
    assert windows(tmp_path, "2024-12-20").bounds(RATINGS) == own
    longer = windows(tmp_path, "2024-12-20", extend=True).bounds(RATINGS)
    assert longer == Bounds(CURSOR.columns, ("a", "1"))


def test_a_day_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    publish(tmp_path, "2024-12-19", None, "a")
    publish(tmp_path, "2024-12-22", "c", "d")
    found = windows(tmp_path, "2024-12-20").bounds(RATINGS)
    assert found == Bounds(CURSOR.columns, ("a", "1"), ("c", "1"), closed=True)


def test_windows_need_source_and_day() -> None:
    with pytest.raises(ConfigError, match=r"SOURCE is missing.*DATESTAMP"):
        windows_of("tap-x", {"incremental": "a=id"})


def test_whole_makes_the_setting_nothing() -> None:
    assert not windows_of(
        "tap-x", {"incremental": "a=id", "whole": True}
    ).cursors
