"""tap-mysql: a day of an incremental table holds what is new."""

from __future__ import annotations

import itertools
from contextlib import closing
from pathlib import Path

import pytest
from increments import D1, D2, D3, D4, rows_of, window_of
from mysql_extracts import execute

from daybook.day import Day
from daybook.errors import ConfigError, InputError
from daybook.lake import staging
from daybook.lake.lock import day_lock
from daybook.lake.publish import publish
from daybook.lake.staged import Staged
from daybook.mysql.connection import connect
from daybook.mysql.extract import snapshot
from daybook.mysql.extract.export import export
from daybook.singer.cursors import parse_incremental
from daybook.singer.log import Progress
from daybook.singer.selection import Wanted
from daybook.singer.windows import Windows
from harness import pipe
from lake_days import contents

SOURCE, STREAM = "postgres", "ratings"  # as `increments` has it
CURSOR = "ratings=at+user+movie"
_number = itertools.count()


@pytest.fixture
def url(mariadb_url: str) -> str:
    """A source with a table to which rows are added, like MovieLens'."""
    execute(
        mariadb_url,
        "CREATE TABLE ratings (user int, movie int, x decimal(2,1),"
        " at bigint NOT NULL, PRIMARY KEY (user, movie))",
    )
    return mariadb_url


def add(url: str, *rows: tuple[int, int, int]) -> None:
    execute(
        url,
        *(
            f"INSERT INTO ratings VALUES ({u}, {m}, 4.5, {at})"
            for u, m, at in rows
        ),
    )


def extract_day(
    url: str, lake: Path, day: str, incremental: str = CURSOR
) -> None:
    """Extract all tables as tap-mysql does, and publish the day."""
    parsed = Day.parse(day)
    windows = Windows(parse_incremental(incremental), lake, SOURCE, parsed)
    held = staging.hold(lake, "")
    with day_lock(lake, SOURCE, parsed, "test"):
        publish(
            lake,
            SOURCE,
            parsed,
            read(url, held, windows),
            tap="tap-mysql",
            run=str(next(_number)),
            snapshot="",
            staging=held,
        )
    held.discard()


def read(url: str, held: staging.Staging, windows: Windows) -> list[Staged]:
    request = snapshot.Request(Wanted(schemas=("",)), windows=windows)
    moment = snapshot.take(
        lambda: connect(url, variable="URL", plugin="test", reader=True),
        request,
    )
    staged = []
    with closing(moment.reader.session):
        for one in moment.sources:
            stream = one.table.stream
            path = held.new_file(stream)
            file = export(moment.reader, one, path, Progress(stream))
            staged.append(
                Staged(
                    one.table, path, file.sha256, file.rows, file.longest_line
                )
            )
    return staged


def rows(lake: Path, day: str) -> list[str]:
    return rows_of(lake, day, STREAM)


def test_each_day_holds_the_rows_after_the_day_before(
    url: str, lake: Path
) -> None:
    add(url, (1, 2, 100), (2, 1, 99))
    extract_day(url, lake, D1)
    assert rows(lake, D1) == ["2,1,4.5,99", "1,2,4.5,100"]
    add(url, (1, 3, 100), (1, 1, 1000))
    extract_day(url, lake, D2)
    assert rows(lake, D2) == ["1,3,4.5,100", "1,1,4.5,1000"]
    window = window_of(lake, D2, STREAM)
    assert window.start == ("100", "1", "2")
    assert window.end == ("1000", "1", "1")
    extract_day(url, lake, D3)
    assert rows(lake, D3) == []


def test_a_rerun_gives_the_same_bytes_whatever_came_since(
    url: str, lake: Path
) -> None:
    add(url, (1, 2, 100), (2, 1, 99))
    extract_day(url, lake, D1)
    add(url, (3, 1, 101))
    extract_day(url, lake, D2)
    before = contents(lake)
    add(url, (4, 1, 102))
    execute(url, "CREATE INDEX i ON ratings (at, user, movie)")
    for day in (D2, D1):
        extract_day(url, lake, day)
    assert contents(lake) == before


def test_an_empty_table_begins_later(url: str, lake: Path) -> None:
    extract_day(url, lake, D1)
    add(url, (1, 1, 1))
    extract_day(url, lake, D1)
    assert rows(lake, D1) == []
    extract_day(url, lake, D2)
    assert rows(lake, D2) == ["1,1,4.5,1"]


def test_null_in_a_cursor_is_refused_with_its_count(
    url: str, lake: Path
) -> None:
    execute(url, "ALTER TABLE ratings ADD n int")
    add_null = "INSERT INTO ratings VALUES (%s, 1, 1, 1, NULL)"
    execute(url, add_null % 1, add_null % 2)
    with pytest.raises(InputError, match="'n' in 2 rows"):
        extract_day(url, lake, D1, "ratings=n")


@pytest.mark.parametrize("kind", ["double", "blob", "time", "enum('a')"])
def test_a_type_without_a_sure_order_is_refused(
    url: str, lake: Path, kind: str
) -> None:
    execute(url, f"ALTER TABLE ratings ADD c {kind}")
    with pytest.raises(ConfigError, match="cannot be ordered by 'c'"):
        extract_day(url, lake, D1, "ratings=c")


def test_a_mark_that_is_no_value_any_more_is_said(
    url: str, lake: Path
) -> None:
    execute(url, "ALTER TABLE ratings ADD t varchar(9) NOT NULL DEFAULT 'x'")
    add_one = "INSERT INTO ratings VALUES (1, 1, 1, 1, 'x')"
    execute(url, add_one)
    extract_day(url, lake, D1, "ratings=t")
    execute(url, "UPDATE ratings SET t = '1'")
    execute(url, "ALTER TABLE ratings MODIFY t int NOT NULL")
    with pytest.raises(InputError, match="no value of the column 't'"):
        extract_day(url, lake, D2, "ratings=t")


TYPES = {
    "bigint unsigned": ["9", "10", "9007199254740993", "18446744073709551615"],
    "decimal(38,18)": ["-1.5", "0.000000000000000001", "9999999999"],
    "year": ["1999", "2024"],
    "date": ["2024-02-29", "2024-12-31"],
    "datetime(6)": ["2024-01-01 00:00:00", "2024-01-01 00:00:00.000001"],
    "timestamp(3)": ["2024-01-01 00:00:00.001", "2024-01-01 00:00:00.002"],
    "varchar(9)": ["", " ", "'", "A", "Z", "a", "a ", "ä", "😀"],
    "varchar(9) character set latin1": ["A", "a", "~", "ä"],
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_ordered_type_can_be_a_cursor(
    url: str, lake: Path, kind: str
) -> None:
    execute(
        url,
        "DROP TABLE ratings",
        f"CREATE TABLE ratings (c {kind} NOT NULL, n int PRIMARY KEY)",
    )
    seen = []
    for number, value in enumerate(TYPES[kind]):
        day = f"2024-12-{number + 1:02}"
        text = value.replace("'", "''")
        execute(url, f"INSERT INTO ratings VALUES ('{text}', {number})")
        extract_day(url, lake, day, "ratings=c+n")
        seen.append([one.rpartition(",")[2] for one in rows(lake, day)])
    assert seen == [[str(number)] for number in range(len(TYPES[kind]))]


def test_the_settings_of_the_tap_reach_it(
    url: str, lake: Path, tmp_path: Path
) -> None:
    add(url, (1, 2, 100))
    day = {"lake": str(lake), "source": SOURCE, "day": D4}
    tap = {"url": url, "incremental": CURSOR, "spool": str(lake), **day}
    _, target = pipe(
        "tap-mysql", {**tap, "handover": "files"}, "target-csv", day
    )
    assert target.returncode == 0, target.stderr
    assert rows(lake, D4) == ["1,2,4.5,100"]
    assert window_of(lake, D4, STREAM).end == ("100", "1", "2")
