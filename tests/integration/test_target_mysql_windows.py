"""target-mysql: parts of a table, day after day."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mysql_input import outcome
from singer_input import Stream, source

import harness
from daybook.errors import RefusedError
from daybook.mysql.load.load import load_all
from daybook.mysql.load.plan import plan
from daybook.relational.loads import Options
from daybook.singer.received import Received
from daybook.window import Window

DAYS = ("2024-12-20", "2024-12-21", "2024-12-22")


def part(
    folder: Path, number: int, *rows: tuple[str, str], start: str | None
) -> Received:
    """Return a day's part of the ratings: those after `start`."""
    stream = Stream("ratings", {"at": "integer", "x": "text"}, rows, ("at",))
    [one] = source(folder, DAYS[number], stream).received()
    window = Window(
        ("at",), (start,) if start else None, (max(at for at, _ in rows),)
    )
    table = dataclasses.replace(one.table, window=window)
    return dataclasses.replace(one, table=table)


def load(url: str, one: Received) -> None:
    database = urlsplit(url).path.strip("/")
    load_all(url, plan([one], (), database), Options(schema=database))


def held(url: str) -> list[tuple[object, ...]]:
    return harness.mysql(url, "SELECT at, x FROM ratings ORDER BY at")


def test_parts_are_laid_over_each_other(
    mariadb_url: str, tmp_path: Path
) -> None:
    first = part(tmp_path, 0, ("1", "a"), ("2", "b"), start=None)
    second = part(tmp_path, 1, ("3", "c"), start="2")
    for one in (first, second, second):
        load(mariadb_url, one)
    assert held(mariadb_url) == [(1, "a"), (2, "b"), (3, "c")]
    assert outcome(mariadb_url, "ratings") == ("unchanged", 0, 0, 0)
    load(mariadb_url, first)
    assert outcome(mariadb_url, "ratings")[0] == "superseded"


def test_a_part_that_would_leave_one_out_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, part(tmp_path, 0, ("1", "a"), start=None))
    last = part(tmp_path, 2, ("3", "c"), start="2")
    with pytest.raises(RefusedError, match=r"rows after \(2\)"):
        load(mariadb_url, last)
    load(mariadb_url, part(tmp_path, 1, ("2", "b"), start="1"))
    load(mariadb_url, last)
    assert len(held(mariadb_url)) == 3


def test_a_part_without_a_key_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    one = part(tmp_path, 0, ("1", "a"), start=None)
    keyless = dataclasses.replace(one.table, primary_key=())
    with pytest.raises(RefusedError, match="has no key"):
        load(mariadb_url, dataclasses.replace(one, table=keyless))
