"""The models of people say whose country of birth is known, and whose not."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from dbt_runs import DAY, Pipeline, new_pipeline

import meltano
from daybook.day import Day
from daybook.lake import partition
from days import publish_day, table

pytestmark = pytest.mark.long

MODELS = "people"
PLACES = table(
    "places", [("city", "text"), ("county", "text"), ("country", "text")]
)
PEOPLE = table(
    "people",
    [
        ("given_name", "text"),
        ("family_name", "text"),
        ("date_of_birth", "date"),
        ("place_of_birth", "text"),
    ],
)
UNKNOWN, SEVERAL = "unknown", "in several countries"


@pytest.fixture
def pipeline(tmp_path: Path, lake: Path) -> Pipeline:
    """The models of this project."""
    made = new_pipeline(tmp_path / "project", lake)
    made.source = MODELS
    models = Path("transform") / "models" / MODELS
    shutil.copytree(meltano.ROOT / models, made.root / models)
    return made


def test_a_country_is_known_where_all_places_of_the_name_agree(
    pipeline: Pipeline, lake: Path
) -> None:
    places = [
        ["Perth, Old", "A", "Scotland"],
        ["Newport", "Fife", "Scotland"],
        ["Newport", "Orkney", "Scotland"],
        ["Bangor", "Down", "Northern Ireland"],
        ["Bangor", "Gwynedd", "Wales"],
        ["Blank", "B", ""],
        ["Blanks", "C", "  "],
        ["Null", "D", None],
        ["Half", "E", "Wales"],
        ["Half", "F", ""],
    ]
    expected = {
        "Perth, Old": ("Scotland", ""),
        "Newport": ("Scotland", ""),
        "Bangor": ("", SEVERAL),
        "Blank": ("", UNKNOWN),
        "Blanks": ("", UNKNOWN),
        "Null": ("", UNKNOWN),
        "Half": ("", SEVERAL),
        "newport": ("", UNKNOWN),
        "Newport ": ("", UNKNOWN),
        "": ("", UNKNOWN),
    }
    people = [["Zoë", "Ó Briain", "1970-02-28", city] for city in expected]
    publish_day(
        lake, "people_places", DAY, [(PLACES, places), (PEOPLE, people)]
    )
    result = pipeline.dbt()
    assert result.returncode == 0, result.stdout + result.stderr
    assert [ended.returncode for ended in pipeline.carry()] == [0, 0]
    assert {
        row["place_of_birth"]: (row["country_of_birth"], row["doubt"])
        for row in rows(pipeline)
    } == expected


def rows(pipeline: Pipeline) -> list[dict[str, str]]:
    """Return the people that the models made; NULL is empty here."""
    day = Day.parse(DAY)
    folder = partition.folder(pipeline.lake, MODELS, day)
    file = partition.read(pipeline.lake, MODELS, day).file("main-people")
    assert file
    return list(csv.DictReader(io.StringIO((folder / file.path).read_text())))
