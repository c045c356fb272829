"""The summary of people is MySQL's answer, and the lake's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from days import publish_day, table
from meltano import ROOT

pytestmark = pytest.mark.long

DAY, NEXT = "2024-12-20", "2024-12-21"
COLUMNS = ("given_name", "family_name", "place_of_birth", "doubt")
PEOPLE = table(
    "people",
    [
        ("person_id", "bigint"),
        *((name, "text") for name in COLUMNS),
        ("country_of_birth", "text"),
    ],
    key=["person_id"],
    schema="main",
)
ROWS = [
    ["1", "Zoë", "Ó Briain", "Perth, Old", None, "Scotland"],
    ["2", "李", "", "Fort William", None, "Scotland"],
    ["3", "Ada", "NULL", "Bangor", "in several countries", None],
]


@pytest.fixture
def people_url(mariadb_url: str) -> str:
    """A database that holds the people of DAY."""
    columns = "".join(f", {name} text" for name in COLUMNS)
    for statement in (
        f"CREATE TABLE people (person_id bigint{columns}, "
        "country_of_birth text) CHARACTER SET utf8mb4",
        "CREATE TABLE daybook_loads (id int AUTO_INCREMENT PRIMARY KEY, "
        "`table` text, source text, day date, outcome text)",
    ):
        harness.mysql(mariadb_url, statement)
    for row in ROWS:
        insert = "INSERT INTO people VALUES (%s, %s, %s, %s, %s, %s)"
        harness.mysql(mariadb_url, insert, row)
    loaded(mariadb_url, DAY)
    return mariadb_url


def loaded(url: str, day: str, outcome: str = "loaded") -> None:
    """Say in the load log that a day was loaded."""
    values = "(`table`, source, day, outcome) VALUES (%s, %s, %s, %s)"
    harness.mysql(
        url,
        f"INSERT INTO daybook_loads {values}",
        ["people", "people", day, outcome],
    )


def summarize(url: str, lake: Path, day: str = DAY) -> harness.Result:
    return subprocess.run(
        [sys.executable, "-m", "orchestrate.people_summary", "--day", day],
        cwd=ROOT,
        env=harness.environment({"LAKE_ROOT": str(lake), "PEOPLE_URL": url}),
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )


def written(lake: Path, day: str = DAY) -> dict[str, str]:
    folder = lake / "summary" / "people" / f"extracted_at={day}"
    return {path.name: path.read_text() for path in folder.glob("*")}


def test_people_are_counted_by_country_and_the_others_named(
    people_url: str, lake: Path
) -> None:
    publish_day(lake, "people", DAY, [(PEOPLE, ROWS)])
    result = summarize(people_url, lake)
    assert result.returncode == 0, result.stderr
    files = written(lake)
    assert json.loads(files["summary_output.json"]) == {"Scotland": 2}
    assert files["summary_output.csv"] == "country,people\nScotland,2\n"
    assert files["country_unknown.csv"].splitlines()[1:] == [
        "3,Ada,NULL,Bangor,in several countries"
    ]


def test_other_people_in_mysql_than_in_the_lake_are_an_error(
    people_url: str, lake: Path
) -> None:
    publish_day(lake, "people", DAY, [(PEOPLE, ROWS)])
    harness.mysql(people_url, "DELETE FROM people WHERE person_id = 2")
    result = summarize(people_url, lake)
    assert result.returncode == 1
    assert "1 people of 1 countries and 1 of none that is known there, " in (
        result.stderr
    )
    assert written(lake) == {}


def test_a_day_that_a_newer_one_has_replaced_keeps_its_summary(
    people_url: str, lake: Path
) -> None:
    publish_day(lake, "people", DAY, [(PEOPLE, ROWS)])
    summarize(people_url, lake)
    before = written(lake)
    harness.mysql(people_url, "DELETE FROM people WHERE person_id = 2")
    loaded(people_url, NEXT)
    loaded(people_url, DAY, "superseded")
    result = summarize(people_url, lake)
    assert result.returncode == 0, result.stderr
    assert f"the newer day {NEXT}" in result.stdout
    assert written(lake) == before


def test_a_database_without_people_is_an_error_that_says_so(
    mariadb_url: str, lake: Path
) -> None:
    publish_day(lake, "people", DAY, [(PEOPLE, ROWS)])
    result = summarize(mariadb_url, lake)
    assert result.returncode == 1
    assert "The people in PEOPLE_URL cannot be read" in result.stderr
    assert "Traceback" not in result.stderr
