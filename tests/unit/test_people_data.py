"""The generated people, and what makes them hard to place."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from demo.people import rows, source

FOLDER = Path(__file__).parents[2] / "extract" / "people_places"


def test_the_committed_files_are_what_the_generator_makes() -> None:
    # To write them again: source.files()
    for name, content in source.files().items():
        assert (FOLDER / name).read_bytes() == content


def test_one_town_lies_in_two_countries() -> None:
    towns = Counter(city for city, _, _ in rows.places())
    assert [name for name, count in towns.items() if count > 1] == ["Bangor"]


def test_some_people_come_from_a_place_in_no_list() -> None:
    towns = {city for city, _, _ in rows.places()}
    strangers = [row for row in rows.people() if row[3] not in towns]
    assert len(strangers) == 14
