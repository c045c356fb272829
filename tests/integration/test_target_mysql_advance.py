"""A table that holds one day of the lake goes on to another."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mysql_input import outcome

import harness
import lake_days
from daybook.day import Day
from daybook.errors import InputError
from daybook.lake import partition
from daybook.mysql.load.load import load_all
from daybook.mysql.load.plan import plan
from daybook.relational.loads import Options
from daybook.singer.handover import HandedFile
from daybook.singer.received import Received
from daybook.singer.schema import Origin
from daybook.table import Column, Table

ONE, TWO = Day.parse("2024-12-20"), Day.parse("2024-12-21")
ORDERS = Table(
    "shop",
    "orders",
    (
        Column("id", "integer", nullable=False),
        Column("name", "text"),
        Column("note", "text"),
        Column("price", "numeric(10,2)"),
    ),
    ("id",),
)
Row = tuple[str | None, ...]
FIRST: list[Row] = [(str(n), f"n{n}", "", "1.50") for n in range(1, 101)]
SECOND: list[Row] = [
    *(("2", "n2", None, "1.50"), ("3", "two\nlines", "", "1.50")),
    *FIRST[3:],
    ("200", "new", "", None),
]
"""Without row 1, rows 2 and 3 changed, a row 200."""


def publish(
    lake: Path, day: Day, rows: Iterable[Row], table: Table = ORDERS
) -> None:
    lake_days.publish_day(lake, {table: list(rows)}, source="shop", day=day)


def load(url: str, lake: Path, day: Day, *, recheck: bool = False) -> None:
    """Load a day as it comes from the lake."""
    manifest = partition.read(lake, "shop", day)
    folder = partition.folder(lake, "shop", day)
    received = [
        Received(
            one.table.stream,
            one.table,
            Origin("shop", day),
            HandedFile(
                folder / one.path, one.rows, one.sha256, one.longest_line
            ),
        )
        for one in manifest.files
    ]
    database = urlsplit(url).path.strip("/")
    options = Options(database, recheck=recheck)
    load_all(url, plan(received, (), database), options)


def held(url: str) -> list[tuple[object, ...]]:
    return harness.mysql(
        url, "SELECT id, name, note, CAST(price AS char) FROM orders"
    )


def expected(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    return sorted((int(one[0] or 0), *one[1:]) for one in rows)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_only_what_differs_between_the_days_is_sent(
    mariadb_url: str, lake: Path, said: pytest.LogCaptureFixture
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, SECOND)
    load(mariadb_url, lake, ONE)
    assert "rows sent that differ" not in said.text
    load(mariadb_url, lake, TWO)
    assert "rows sent that differ: 3" in said.text
    assert held(mariadb_url) == expected(SECOND)
    assert outcome(mariadb_url, "orders") == ("loaded", 1, 2, 1)
    said.clear()
    load(mariadb_url, lake, TWO)
    assert outcome(mariadb_url, "orders") == ("unchanged", 0, 0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders SET name = 'mine' WHERE id = 50",
        "UPDATE orders SET note = name, name = '' WHERE id = 50",
        "DELETE FROM orders WHERE id = 50",
        "INSERT INTO orders VALUES (777, 'mine', '', NULL)",
    ],
)
def test_rows_changed_by_hand_are_put_right(
    mariadb_url: str,
    lake: Path,
    said: pytest.LogCaptureFixture,
    statement: str,
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, SECOND)
    load(mariadb_url, lake, ONE)
    harness.mysql(mariadb_url, statement)
    load(mariadb_url, lake, TWO)
    assert held(mariadb_url) == expected(SECOND)
    assert "rows sent that differ" not in said.text


def test_a_text_that_moved_to_the_next_column_is_put_right(
    mariadb_url: str, lake: Path
) -> None:
    publish(lake, ONE, FIRST)
    load(mariadb_url, lake, ONE)
    harness.mysql(
        mariadb_url, "UPDATE orders SET note = name, name = '' WHERE id = 50"
    )
    load(mariadb_url, lake, ONE)
    assert held(mariadb_url) == expected(FIRST)


@pytest.mark.parametrize("spoil", ["gone", "edited", "published anew"])
def test_a_day_that_the_lake_no_longer_has_is_not_needed(
    mariadb_url: str, lake: Path, said: pytest.LogCaptureFixture, spoil: str
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, SECOND)
    load(mariadb_url, lake, ONE)
    folder = partition.folder(lake, "shop", ONE)
    if spoil == "gone":
        shutil.rmtree(folder)
    elif spoil == "edited":
        [file] = folder.glob("*/*.csv")
        file.write_bytes(file.read_bytes().replace(b"n50", b"n51"))
    else:
        publish(lake, ONE, FIRST[:70])
    load(mariadb_url, lake, TWO)
    assert held(mariadb_url) == expected(SECOND)
    assert "rows sent that differ" not in said.text


def test_every_row_is_compared_if_asked(
    mariadb_url: str, lake: Path, said: pytest.LogCaptureFixture
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, SECOND)
    load(mariadb_url, lake, ONE)
    load(mariadb_url, lake, TWO, recheck=True)
    assert "rows sent that differ" not in said.text
    assert outcome(mariadb_url, "orders") == ("loaded", 1, 2, 1)


def test_a_key_that_comes_twice_changes_nothing(
    mariadb_url: str, lake: Path
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, [*SECOND, ("50", "again", "", None)])
    load(mariadb_url, lake, ONE)
    with pytest.raises(InputError, match="several rows with the same key"):
        load(mariadb_url, lake, TWO)
    assert held(mariadb_url) == expected(FIRST)


def test_a_key_written_in_another_way_is_the_same_row(
    mariadb_url: str, lake: Path
) -> None:
    prices = Table("shop", "orders", ORDERS.columns, ("price",))
    publish(lake, ONE, [("1", "a", "", "1.0"), ("2", "b", "", "2")], prices)
    publish(lake, TWO, [("1", "a", "", "1.00"), ("2", "c", "", "2")], prices)
    load(mariadb_url, lake, ONE)
    load(mariadb_url, lake, TWO)
    assert outcome(mariadb_url, "orders") == ("loaded", 0, 1, 0)
    assert held(mariadb_url) == [(1, "a", "", "1.00"), (2, "c", "", "2.00")]


def test_a_value_that_does_not_fit_changes_nothing(
    mariadb_url: str, lake: Path
) -> None:
    publish(lake, ONE, FIRST)
    publish(lake, TWO, [*FIRST[1:], ("1", "n1", "", "123456789.00")])
    load(mariadb_url, lake, ONE)
    with pytest.raises(InputError, match=r"row with the key .* = .1."):
        load(mariadb_url, lake, TWO)
    assert held(mariadb_url) == expected(FIRST)
