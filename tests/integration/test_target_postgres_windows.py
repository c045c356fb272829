"""target-postgres: parts of a table, day after day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from increments import D1, D2, D3, extract_day, load_day

from daybook.errors import RefusedError
from harness import sql
from lake_days import contents


@pytest.fixture
def url(source_url: str) -> str:
    """A source with an incremental table, and what it refers to."""
    sql(
        source_url,
        "CREATE TABLE movies (id int PRIMARY KEY, title text);"
        "CREATE TABLE ratings (id int PRIMARY KEY, at int NOT NULL, x text,"
        " movie int REFERENCES movies);"
        "INSERT INTO movies VALUES (1, 'Ran'), (2, 'Ikiru')",
    )
    return source_url


def rate(url: str, id_: int, at: int, x: str = "x", movie: int = 1) -> None:
    """Add a rating, or change it."""
    sql(
        url,
        "INSERT INTO ratings VALUES (%s, %s, %s, %s) ON CONFLICT (id)"
        " DO UPDATE SET at = excluded.at, x = excluded.x",
        [id_, at, x, movie],
    )


def held(url: str) -> list[tuple[int, str]]:
    return [
        (row[0], row[1])
        for row in sql(url, "SELECT id, x FROM ratings ORDER BY 1")
    ]


def outcomes(url: str) -> list[str]:
    return [
        row[0]
        for row in sql(
            url,
            "SELECT outcome FROM daybook.loads WHERE \"table\" = 'ratings'"
            " ORDER BY id",
        )
    ]


def three_days(url: str, lake: Path) -> None:
    """Publish three days, each with one new rating; the first changes."""
    rate(url, 1, 1)
    extract_day(url, lake, D1)
    rate(url, 2, 2)
    extract_day(url, lake, D2)
    rate(url, 1, 3, "changed")
    extract_day(url, lake, D3)


def test_days_are_laid_over_each_other(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    for day in (D1, D2, D3):
        load_day(warehouse_url, lake, day)
    assert held(warehouse_url) == [(1, "changed"), (2, "x")]
    strategies = sql(
        warehouse_url, "SELECT DISTINCT strategy FROM daybook.loads"
    )
    assert sorted(strategies) == [("snapshot",), ("upsert",)]


def test_a_day_that_was_loaded_changes_nothing_again(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    for day in (D1, D1, D2, D2, D2):
        load_day(warehouse_url, lake, day)
    assert outcomes(warehouse_url) == [
        "loaded",
        "unchanged",
        "loaded",
        "unchanged",
        "unchanged",
    ]


def test_an_older_day_does_not_overwrite_newer_rows(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    for day in (D1, D2, D3, D1):
        load_day(warehouse_url, lake, day)
    assert held(warehouse_url)[0] == (1, "changed")
    assert outcomes(warehouse_url)[-1] == "superseded"


def test_a_day_that_would_leave_one_out_is_refused(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    load_day(warehouse_url, lake, D1)
    with pytest.raises(RefusedError, match=r"rows after \(2, 2\)") as caught:
        load_day(warehouse_url, lake, D3)
    assert held(warehouse_url) == [(1, "x")]
    assert caught.value.instruction.splitlines()[1:] == [
        f"MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT={D2} "
        "meltano run tap-csv target-postgres"
    ]


def test_a_new_table_begins_with_the_first_day(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    with pytest.raises(RefusedError) as caught:
        load_day(warehouse_url, lake, D3)
    assert [D1 in line for line in caught.value.instruction.splitlines()] == [
        False,
        True,
        False,
    ]
    assert D2 in caught.value.instruction


def test_an_empty_day_does_not_hide_one_that_was_left_out(
    url: str, lake: Path, warehouse_url: str
) -> None:
    extract_day(url, lake, D1)
    rate(url, 1, 1)
    extract_day(url, lake, D2)
    extract_day(url, lake, D3)
    load_day(warehouse_url, lake, D1)
    with pytest.raises(RefusedError):
        load_day(warehouse_url, lake, D3)


def test_a_table_that_is_gone_begins_with_the_first_day(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    load_day(warehouse_url, lake, D1)
    sql(warehouse_url, "DROP TABLE ratings")
    with pytest.raises(RefusedError, match="does not hold everything"):
        load_day(warehouse_url, lake, D2)
    load_day(warehouse_url, lake, D1)
    load_day(warehouse_url, lake, D2)
    assert len(held(warehouse_url)) == 2


def test_a_part_that_reaches_back_fills_a_lost_day(
    url: str, lake: Path, warehouse_url: str
) -> None:
    """The newest day was loaded, then lost; the next one contains it."""
    rate(url, 1, 1)
    extract_day(url, lake, D1)
    rate(url, 2, 2)
    extract_day(url, lake, D2)
    load_day(warehouse_url, lake, D1)
    load_day(warehouse_url, lake, D2)
    shutil.rmtree(lake / "source=postgres" / f"extracted_at={D2}")
    rate(url, 3, 3)
    extract_day(url, lake, D3)
    load_day(warehouse_url, lake, D3)
    assert [row[0] for row in held(warehouse_url)] == [1, 2, 3]


def test_what_the_lake_no_longer_has_is_said(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    for day in (D1, D2):
        shutil.rmtree(lake / "source=postgres" / f"extracted_at={day}")
    with pytest.raises(RefusedError) as caught:
        load_day(warehouse_url, lake, D3)
    assert "Extract a new day whole" in caught.value.instruction
    extract_day(url, lake, "2024-12-24", incremental=None)
    load_day(warehouse_url, lake, "2024-12-24")
    extract_day(url, lake, "2024-12-25")
    load_day(warehouse_url, lake, "2024-12-25")
    assert held(warehouse_url) == [(1, "changed"), (2, "x")]


@pytest.mark.parametrize("strategy", ["snapshot", "replace", "*=snapshot"])
def test_a_part_is_never_taken_for_the_whole(
    url: str, lake: Path, warehouse_url: str, strategy: str
) -> None:
    three_days(url, lake)
    with pytest.raises(RefusedError, match="a part of its table") as caught:
        load_day(warehouse_url, lake, D1, strategy=strategy)
    assert "'ratings=upsert,*=" in caught.value.instruction


def test_a_history_takes_parts_in_any_order(
    url: str, lake: Path, warehouse_url: str
) -> None:
    three_days(url, lake)
    for day in (D3, D1):
        load_day(
            warehouse_url,
            lake,
            day,
            strategy="ratings=history",
            allow_older_day=True,
        )
    found = "SELECT extracted_at::text, id FROM ratings ORDER BY 1"
    assert sql(warehouse_url, found) == [(D1, 1), (D3, 1)]


def test_a_source_that_lost_a_row_does_not_stop_the_loads(
    url: str, lake: Path, warehouse_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that no cursor can keep is described, and counted."""
    rate(url, 1, 1, movie=2)
    extract_day(url, lake, D1)
    load_day(warehouse_url, lake, D1)
    sql(url, "DELETE FROM ratings; DELETE FROM movies WHERE id = 2")
    rate(url, 2, 2)
    extract_day(url, lake, D2)
    load_day(warehouse_url, lake, D2)
    assert len(held(warehouse_url)) == 2
    assert "1 rows without a match, first of all 2" in caplog.text


@pytest.fixture
def keyless(url: str) -> str:
    """The source, its table without a key."""
    sql(url, "ALTER TABLE ratings DROP CONSTRAINT ratings_pkey")
    return url


def add(url: str, *ids: int) -> None:
    for id_ in ids:
        sql(url, "INSERT INTO ratings VALUES (%s, %s, 'x')", [id_, id_])


def test_without_a_key_each_row_arrives_once(
    keyless: str, lake: Path, warehouse_url: str
) -> None:
    for number, day in enumerate((D1, D2, D3)):
        add(keyless, number, number)
        extract_day(keyless, lake, day, incremental="ratings=at")
        load_day(warehouse_url, lake, day)
        load_day(warehouse_url, lake, day)
    assert [row[0] for row in held(warehouse_url)] == [0, 0, 1, 1, 2, 2]


def test_without_a_key_a_part_that_reaches_back_is_refused(
    keyless: str, lake: Path, warehouse_url: str
) -> None:
    add(keyless, 1)
    extract_day(keyless, lake, D1, incremental="ratings=at")
    add(keyless, 2)
    extract_day(keyless, lake, D2, incremental="ratings=at")
    for day in (D1, D2):
        load_day(warehouse_url, lake, day)
    shutil.rmtree(lake / "source=postgres" / f"extracted_at={D2}")
    extract_day(keyless, lake, D3, incremental="ratings=at")
    with pytest.raises(RefusedError):
        load_day(warehouse_url, lake, D3)
    assert len(held(warehouse_url)) == 2


def test_a_log_from_before_windows_is_added_to(
    url: str, lake: Path, warehouse_url: str
) -> None:
    extract_day(url, lake, D1, incremental=None)
    load_day(warehouse_url, lake, D1)
    sql(warehouse_url, "ALTER TABLE daybook.loads DROP window_end")
    load_day(warehouse_url, lake, D1)
    extract_day(url, lake, D2)
    load_day(warehouse_url, lake, D2)
    ends = "SELECT count(window_end) FROM daybook.loads"
    assert sql(warehouse_url, ends) == [(1,)]


def test_late_rows_come_with_their_own_day(
    url: str, lake: Path, warehouse_url: str
) -> None:
    """As docs/operations.md says."""
    three_days(url, lake)
    for day in (D1, D2, D3):
        load_day(warehouse_url, lake, day)
    rate(url, 7, 0, "late")
    extract_day(url, lake, D1)
    for day in (D1, D2, D3):
        load_day(warehouse_url, lake, day, allow_older_day=True)
    assert held(warehouse_url) == [(1, "changed"), (2, "x"), (7, "late")]


def test_a_day_that_others_build_on_is_not_made_whole(
    url: str, lake: Path
) -> None:
    three_days(url, lake)
    before = contents(lake)
    with pytest.raises(RefusedError, match=f"{D2} of postgres holds the part"):
        extract_day(url, lake, D1, incremental=None)
    assert contents(lake) == before
    extract_day(url, lake, D3, incremental=None)  # nothing builds on it
