"""What a server refuses is told without what is personal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mysql_input
import pytest
import singer_input
from singer_input import Source, Stream, source

from daybook.errors import DaybookError
from harness import mysql, sql

DAY, NEXT = "2024-12-20", "2024-12-21"
PERSONAL = {"id": "subject", "mail": "email", "born": "date"}
TYPES = {"id": "text", "mail": "text", "born": "date", "n": "integer"}
GOOD = ("00042", "anna@example.org", "1980-05-17", "1")
Load = Callable[[str, Source], None]


WRONG_DATE = ("00042", "a@b.c", "1980-13-17", "1")


def people(
    folder: Path, *rows: tuple[str, ...], key: str = "id", day: str = DAY
) -> Source:
    stream = Stream("people", TYPES, rows, (key,), personal=PERSONAL)
    return source(folder, day, stream)


def refused(load: Load, url: str, given: Source) -> str:
    with pytest.raises(DaybookError) as caught:
        load(url, given)
    return str(caught.value)


def test_postgres_hides_a_personal_value_that_does_not_fit(
    warehouse_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, WRONG_DATE)
    said = refused(singer_input.load, warehouse_url, given)
    assert "1980-13-17" not in said
    assert "column born" in said
    assert "***" in said


def test_postgres_shows_another_value_that_does_not_fit(
    warehouse_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, ("00042", "a@b.c", "1980-05-17", "some"))
    said = refused(singer_input.load, warehouse_url, given)
    assert "(value 'some')" in said
    assert "a@b.c" not in said


def test_postgres_hides_a_personal_key_that_repeats(
    warehouse_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, GOOD, GOOD, key="mail")
    said = refused(singer_input.load, warehouse_url, given)
    assert "anna" not in said
    assert "(mail)=(***)" in said


def test_postgres_shows_an_id_that_repeats(
    warehouse_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, GOOD, GOOD)
    said = refused(singer_input.load, warehouse_url, given)
    assert "(id)=(***)" not in said
    assert "00042" in said


def test_postgres_hides_the_row_that_breaks_a_rule_of_the_users(
    warehouse_url: str, tmp_path: Path
) -> None:
    singer_input.load(warehouse_url, people(tmp_path, GOOD))
    sql(warehouse_url, "ALTER TABLE people ADD CHECK (n < 5)")
    worse = ("00043", "berta@example.org", "1981-01-02", "7")
    given = people(tmp_path, GOOD, worse, day=NEXT)
    said = refused(singer_input.load, warehouse_url, given)
    assert "check constraint" in said
    assert "berta" not in said
    assert "1981" not in said


def test_mysql_hides_a_personal_value_that_does_not_fit(
    mariadb_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, WRONG_DATE)
    said = refused(mysql_input.load, mariadb_url, given)
    assert "1980-13-17" not in said
    assert "column born" in said
    assert "00042" in said


def test_mysql_hides_a_personal_key_that_repeats(
    mariadb_url: str, tmp_path: Path
) -> None:
    given = people(tmp_path, GOOD, GOOD, key="mail")
    said = refused(mysql_input.load, mariadb_url, given)
    assert "anna" not in said
    assert "several rows" in said


def test_mysql_hides_what_breaks_a_rule_of_the_users(
    mariadb_url: str, tmp_path: Path
) -> None:
    mysql_input.load(mariadb_url, people(tmp_path, GOOD))
    mysql(mariadb_url, "ALTER TABLE people ADD UNIQUE (born)")
    twin = ("00043", "berta@example.org", GOOD[2], "7")
    given = people(tmp_path, GOOD, twin, day=NEXT)
    said = refused(mysql_input.load, mariadb_url, given)
    assert "Duplicate entry ***" in said
    assert GOOD[2] not in said
