"""tap-postgres: a day of an incremental table holds what is new."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from extracts import extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from increments import D1, D2, D3, D4, extract_day, rows_of, window_of

from daybook.errors import ConfigError, InputError
from harness import sql
from lake_days import contents

COLUMNS = ("at", "id")


@pytest.fixture
def url(source_url: str) -> str:
    """A source with a table to which rows are added."""
    sql(
        source_url,
        "CREATE TABLE ratings (id int PRIMARY KEY, at int NOT NULL, x text)",
    )
    return source_url


def add(url: str, *rows: tuple[int, int]) -> None:
    for id_, at in rows:
        sql(url, "INSERT INTO ratings VALUES (%s, %s, 'x')", [id_, at])


def test_the_first_day_holds_everything(url: str, lake: Path) -> None:
    add(url, (2, 10), (1, 10), (3, 9))
    extract_day(url, lake, D1)
    assert rows_of(lake, D1) == ["3,9,x", "1,10,x", "2,10,x"]
    window = window_of(lake, D1)
    assert (window.start, window.end) == (None, ("10", "2"))


def test_a_day_holds_the_rows_after_the_day_before(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    add(url, (2, 10), (3, 11))
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == ["2,10,x", "3,11,x"]
    window = window_of(lake, D2)
    assert (window.start, window.end) == (("10", "1"), ("11", "3"))


def test_numbers_are_not_ordered_as_text(url: str, lake: Path) -> None:
    add(url, (9, 9))
    extract_day(url, lake, D1)
    add(url, (10, 10))
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == ["10,10,x"]


def test_a_day_without_news_ends_where_it_began(url: str, lake: Path) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == []
    assert window_of(lake, D2).end == ("10", "1")
    add(url, (2, 11))
    extract_day(url, lake, D3)
    assert rows_of(lake, D3) == ["2,11,x"]


def test_an_empty_table_begins_later(url: str, lake: Path) -> None:
    extract_day(url, lake, D1)
    assert window_of(lake, D1).end is None
    add(url, (1, 1))
    extract_day(url, lake, D1)
    assert rows_of(lake, D1) == []
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == ["1,1,x"]


def test_a_rerun_gives_the_same_bytes_whatever_came_since(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    add(url, (2, 11))
    extract_day(url, lake, D2)
    before = contents(lake)
    add(url, (3, 12))
    # The rows are rewritten, and the plan is another one.
    sql(url, "UPDATE ratings SET x = x; CREATE INDEX ON ratings (at, id)")
    extract_day(url, lake, D2)
    extract_day(url, lake, D1)
    assert contents(lake) == before


def test_the_newest_day_can_be_extended(url: str, lake: Path) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    add(url, (2, 11))
    extract_day(url, lake, D1, extend=True)
    assert rows_of(lake, D1) == ["1,10,x", "2,11,x"]
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == []


def test_a_day_that_others_follow_is_not_extended(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    extract_day(url, lake, D2)
    add(url, (2, 11))
    before = contents(lake)
    extract_day(url, lake, D1, extend=True)
    assert contents(lake) == before


def test_a_missing_day_is_contained_in_the_next_one(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    add(url, (2, 11))
    add(url, (3, 12))
    extract_day(url, lake, D3)
    assert rows_of(lake, D3) == ["2,11,x", "3,12,x"]


def test_a_day_between_two_published_ones_is_empty(
    url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    extract_day(url, lake, D3)
    add(url, (2, 11))
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == []
    assert window_of(lake, D2).start == window_of(lake, D3).start
    assert "a later day is published already" in caplog.text


def test_a_day_before_all_published_ones_is_empty(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D2)
    extract_day(url, lake, D1)
    assert rows_of(lake, D1) == []
    assert window_of(lake, D1).end is None


def lose(lake: Path, day: str) -> None:
    shutil.rmtree(lake / "source=postgres" / f"extracted_at={day}")


def test_a_lost_day_comes_back_as_it_was(url: str, lake: Path) -> None:
    for number, day in enumerate((D1, D2, D3)):
        add(url, (number, number))
        extract_day(url, lake, day)
    before = rows_of(lake, D2)
    lose(lake, D2)
    add(url, (9, 9))
    extract_day(url, lake, D2)
    assert rows_of(lake, D2) == before


def test_a_lost_newest_day_is_contained_in_the_next_one(
    url: str, lake: Path
) -> None:
    add(url, (1, 1))
    extract_day(url, lake, D1)
    add(url, (2, 2))
    extract_day(url, lake, D2)
    lose(lake, D2)
    extract_day(url, lake, D3)
    assert rows_of(lake, D3) == ["2,2,x"]


def test_a_day_keeps_its_start_when_earlier_days_are_lost(
    url: str, lake: Path
) -> None:
    add(url, (1, 1))
    extract_day(url, lake, D1)
    add(url, (2, 2))
    extract_day(url, lake, D2)
    lose(lake, D1)
    before = contents(lake)
    extract_day(url, lake, D2)
    assert contents(lake) == before


def test_a_day_of_other_columns_is_read_again_by_its_own(
    url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    before = contents(lake)
    extract_day(url, lake, D1, incremental="ratings=id")
    assert contents(lake) == before
    assert "over the columns at+id" in caplog.text


def test_other_columns_begin_anew(url: str, lake: Path) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    extract_day(url, lake, D2, incremental="ratings=id")
    assert rows_of(lake, D2) == ["1,10,x"]
    assert window_of(lake, D2).start is None


def test_after_a_whole_day_it_begins_anew(url: str, lake: Path) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    extract_day(url, lake, D2, incremental=None)
    extract_day(url, lake, D3)
    assert rows_of(lake, D3) == ["1,10,x"]


def test_rows_that_are_deleted_at_the_source_do_not_turn_it_back(
    url: str, lake: Path
) -> None:
    add(url, (1, 10), (2, 20))
    extract_day(url, lake, D1)
    sql(url, "DELETE FROM ratings WHERE id = 2")
    extract_day(url, lake, D2)
    assert window_of(lake, D2).end == ("20", "2")


def test_null_in_a_cursor_is_refused_with_its_count(
    url: str, lake: Path
) -> None:
    sql(url, "ALTER TABLE ratings ALTER at DROP NOT NULL")
    add(url, (1, 1))
    sql(url, "INSERT INTO ratings VALUES (2, NULL), (3, NULL)")
    with pytest.raises(InputError, match=r"public\.ratings: .*'at' in 2 rows"):
        extract_day(url, lake, D1)


@pytest.mark.parametrize("value", ["'infinity'", "'NaN'"])
def test_what_nothing_can_come_after_is_refused(
    url: str, lake: Path, value: str
) -> None:
    sql(url, f"ALTER TABLE ratings ADD f float8 NOT NULL DEFAULT {value}")
    add(url, (1, 1))
    with pytest.raises(InputError, match="no row can come after it"):
        extract_day(url, lake, D1, incremental="ratings=f")


@pytest.mark.parametrize("kind", ["point", "json", "xid"])
def test_a_type_without_an_order_is_refused(
    url: str, lake: Path, kind: str
) -> None:
    sql(url, f"ALTER TABLE ratings ADD c {kind}")
    with pytest.raises(ConfigError, match="cannot be ordered by c"):
        extract_day(url, lake, D1, incremental="ratings=c")


@pytest.mark.parametrize(
    ("setting", "word"),
    [("ratngs=id", "'ratngs'"), ("ratings=nope", "no column 'nope'")],
)
def test_a_misspelled_setting_is_refused(
    url: str, lake: Path, setting: str, word: str
) -> None:
    with pytest.raises(ConfigError, match=word):
        extract_day(url, lake, D1, incremental=setting)


def test_a_mark_that_is_no_value_any_more_is_said(
    url: str, lake: Path
) -> None:
    add(url, (1, 10))
    extract_day(url, lake, D1)
    sql(url, "ALTER TABLE ratings ALTER at TYPE date USING '2024-01-01'")
    for day in (D1, D2):
        with pytest.raises(InputError, match="does not fit the columns"):
            extract_day(url, lake, day)


TYPES = {
    "timestamptz": ["2024-01-01 00:00:00.000001+00", "2024-01-01 00:00+00"],
    "timestamp": ["0044-03-15 12:00 BC", "2024-01-01", "10000-01-01"],
    "numeric": ["-1.50", "1e-9", "99999999999999999999.1"],
    "float8": ["0.1", "0.30000000000000004", "1e300"],
    "text": ["", "'", "Z", "a", "ä", "\\", '"', "%s", "a b", "😀"],
    "char(3)": ["a", "b ", "c"],
    "date": ["2024-12-31", "2024-02-29"],
    "uuid": ["00000000-0000-0000-0000-00000000000a"],
    "bytea": ["\\x00", "\\xff"],
    "boolean": ["f", "t"],
    "interval": ["1 day", "1 mon", "-1 year"],
    "mood": ["sad", "glad"],
    "int[]": ["{}", "{1,2}", "{NULL}"],
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_ordered_type_can_be_a_cursor(
    url: str, lake: Path, kind: str
) -> None:
    sql(
        url,
        "CREATE TYPE mood AS ENUM ('sad', 'glad'); DROP TABLE ratings;"
        f"CREATE TABLE ratings (c {kind} NOT NULL, n int PRIMARY KEY)",
    )
    order = 'sorted.c COLLATE "C"' if "text" in kind else "sorted.c"
    sql(url, f"CREATE TABLE sorted (c {kind})")
    for value in TYPES[kind]:
        sql(url, "INSERT INTO sorted VALUES (%s)", [value])
    found = sql(url, f"SELECT c::text FROM sorted ORDER BY {order}")
    sql(url, "DROP TABLE sorted")
    values = [row[0] for row in found]
    seen = []
    for number, value in enumerate(values):
        day = f"2024-12-{number + 1:02}"
        sql(url, "INSERT INTO ratings VALUES (%s, %s)", [value, number])
        extract_day(url, lake, day, incremental="ratings=c+n")
        seen.append([row.rpartition(",")[2] for row in rows_of(lake, day)])
    assert seen == [[str(number)] for number in range(len(values))]


def test_a_table_without_a_key_is_the_same_bytes_again(
    url: str, lake: Path
) -> None:
    sql(url, "ALTER TABLE ratings DROP CONSTRAINT ratings_pkey")
    add(url, (2, 1), (1, 1), (1, 1))
    extract_day(url, lake, D1, incremental="ratings=at")
    before = contents(lake)
    sql(url, "CREATE INDEX ON ratings (id); UPDATE ratings SET id = id")
    extract_day(url, lake, D1, incremental="ratings=at")
    assert contents(lake) == before


def test_a_partitioned_table_can_be_incremental(url: str, lake: Path) -> None:
    sql(
        url,
        "DROP TABLE ratings; CREATE TABLE ratings (id int, at int,"
        " PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
        "CREATE TABLE one PARTITION OF ratings FOR VALUES FROM (0) TO (5);"
        "CREATE TABLE two PARTITION OF ratings DEFAULT;"
        "INSERT INTO ratings VALUES (1, 1), (2, 9)",
    )
    extract_day(url, lake, D1)
    assert rows_of(lake, D1) == ["1,1", "2,9"]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    days=st.lists(
        st.tuples(
            st.lists(st.integers(0, 3), max_size=3),
            st.lists(st.integers(0, 3), max_size=2),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_all_windows_together_are_the_table(
    url: str, lake: Path, days: list[tuple[list[int], list[int]]]
) -> None:
    """Whatever is added, and whichever days are run again meanwhile."""
    shutil.rmtree(lake)
    lake.mkdir()
    sql(url, "TRUNCATE ratings")
    at = count = 0
    for number, (steps, again) in enumerate(days):
        for step in steps:
            at, count = at + step, count + 1
            add(url, (count, at))
        extract_day(url, lake, f"2024-12-{number + 1:02}")
        for other in again:
            extract_day(url, lake, f"2024-12-{min(other, number) + 1:02}")
    found = [
        row
        for number in range(len(days))
        for row in rows_of(lake, f"2024-12-{number + 1:02}")
    ]
    rows = sql(url, "SELECT id, at FROM ratings ORDER BY at, id")
    assert found == [f"{id_},{at},x" for id_, at in rows]


def test_the_settings_of_the_tap_reach_it(
    url: str, lake: Path, tmp_path: Path
) -> None:
    add(url, (1, 10))
    settings_ = {"lake": str(lake), "source": "postgres", "day": D4}
    cursor = {"public": {"ratings": ["at", "id"]}}
    found = extract(url, tmp_path, incremental=cursor, **settings_)
    assert found.schemas["public-ratings"]["schema"]["x-window"] == {
        "columns": ["at", "id"],
        "from": None,
        "to": ["10", "1"],
    }


def test_without_its_day_an_incremental_extract_is_refused(
    url: str, tmp_path: Path
) -> None:
    found = extract(url, tmp_path, incremental="ratings=at", source="postgres")
    assert found.code == 2
    assert "DATESTAMP is missing" in " ".join(found.log.split())
