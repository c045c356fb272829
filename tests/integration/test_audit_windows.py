"""`daybook audit` of tables that come part by part."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from increments import D1, D2, D3, extract_day, load_day

import harness
from harness import sql
from meltano import ROOT

pytestmark = pytest.mark.long

TABLE = "CREATE TABLE ratings (id int PRIMARY KEY, at int NOT NULL, x text)"


@dataclass(frozen=True)
class Shop:
    """A source, its lake and its warehouse."""

    source: str
    lake: Path
    warehouse: str

    def rate(self, id_: int, at: int, x: str = "x") -> None:
        """Add a rating, or change it."""
        sql(
            self.source,
            "INSERT INTO ratings VALUES (%s, %s, %s) ON CONFLICT (id)"
            " DO UPDATE SET at = excluded.at, x = excluded.x",
            [id_, at, x],
        )

    def extract(self, day: str) -> None:
        extract_day(self.source, self.lake, day)

    def load(self, day: str, **settings: Any) -> None:
        load_day(self.warehouse, self.lake, day, **settings)

    def lose(self, day: str) -> None:
        folder = self.lake / "source=postgres" / f"extracted_at={day}"
        shutil.rmtree(folder)

    def run(
        self, day: str, *words: str, incremental: str = "ratings=at+id"
    ) -> harness.Result:
        return harness.run_daybook(
            "audit",
            "--day",
            day,
            *words,
            cwd=ROOT,
            env={
                "LAKE_ROOT": str(self.lake),
                "WAREHOUSE_URL": self.warehouse,
                "NEO4J_URL": "",
                "PEOPLE_URL": "",
                "NORTHWIND_URL": self.source,
                "TAP_POSTGRES_INCREMENTAL": incremental,
                "DAYBOOK_RUN_ID": None,
            },
        )

    def audit(self, day: str, *words: str) -> dict[str, Any]:
        """Return what is found of the one table."""
        result = self.run(day, "--json", *words)
        assert result.stdout, result.stderr
        (found,) = json.loads(result.stdout)["tables"]
        assert result.returncode == (0 if found["equal"] else 1)
        return dict(found)


@pytest.fixture
def shop(source_url: str, lake: Path, warehouse_url: str) -> Shop:
    """Three days, each with one new rating; the first one changes."""
    sql(source_url, TABLE)
    made = Shop(source_url, lake, warehouse_url)
    made.rate(1, 1)
    made.extract(D1)
    made.rate(2, 2)
    made.extract(D2)
    made.rate(1, 3, "changed")
    made.extract(D3)
    return made


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    """The three days, loaded."""
    for day in (D1, D2, D3):
        shop.load(day)
    return shop


def test_the_newest_day_is_all_of_its_rows(loaded: Shop) -> None:
    found = loaded.audit(D3, "--target", "warehouse")
    assert found["equal"]
    assert found["rows"] == {"lake": 2, "target": 2}


def test_a_row_changed_removed_or_added_in_the_warehouse_is_found(
    loaded: Shop,
) -> None:
    sql(
        loaded.warehouse,
        "UPDATE ratings SET x = 'x' WHERE id = 1;"
        "DELETE FROM ratings WHERE id = 2;"
        "INSERT INTO ratings VALUES (3, 3, 'x')",
    )
    found = loaded.audit(D3, "--target", "warehouse")
    counts = [found[k] for k in ("missing", "extra", "different", "kept")]
    assert counts == [1, 1, 1, 0]
    assert found["missing_keys"] == [{"id": "2"}]


def test_an_older_day_is_superseded(loaded: Shop) -> None:
    found = loaded.audit(D1, "--target", "warehouse")
    assert found["problem"] == f"superseded by {D3}"


def test_a_history_holds_the_part_of_each_day(shop: Shop) -> None:
    for day in (D1, D3):
        shop.load(day, strategy="ratings=history")
    for day in (D1, D3):
        found = shop.audit(day, "--target", "warehouse")
        assert found["equal"]
        assert found["rows"] == {"lake": 1, "target": 1}


def test_rows_of_days_that_the_lake_lost_are_no_difference(
    loaded: Shop,
) -> None:
    loaded.lose(D1)
    loaded.lose(D2)
    found = loaded.audit(D3, "--target", "warehouse")
    assert found["equal"]
    assert found["kept"] == 1
    assert "leads up to 2, 2" in found["note"]


def test_a_source_without_surprises_is_equal(shop: Shop) -> None:
    shop.rate(3, 4)  # the next day will hold it
    found = shop.audit(D3, "--at-source")
    assert found["equal"]
    assert found["rows"] == {"lake": 2, "target": 2}


def test_late_changed_and_deleted_rows_are_found_at_the_source(
    shop: Shop,
) -> None:
    shop.rate(5, 5)
    shop.rate(6, 5)
    shop.extract("2024-12-23")
    sql(shop.source, "UPDATE ratings SET x = 'late' WHERE id = 5")
    sql(shop.source, "DELETE FROM ratings WHERE id = 2")
    shop.rate(7, 1)  # below the mark
    shop.rate(6, 9)  # a new place: the next day will hold it
    found = shop.audit("2024-12-23", "--at-source")
    assert found["target"] == "source"
    counts = [found[k] for k in ("missing", "extra", "different", "kept")]
    assert counts == [1, 1, 1, 1]
    assert found["missing_keys"] == [{"id": "2"}]
    assert found["extra_keys"] == [{"id": "7"}]
    assert found["differing"] == [
        {
            "key": {"id": "5"},
            "columns": {"x": {"lake": "x", "target": "late"}},
        }
    ]


def test_what_to_do_about_the_source_is_said(shop: Shop) -> None:
    sql(shop.source, "DELETE FROM ratings WHERE id = 2")
    result = shop.run(D3, "--at-source")
    assert result.returncode == 1
    assert "source public.ratings: missing id='2'" in result.stdout
    assert "extract a new day whole" in result.stderr


def test_a_source_that_cannot_be_read_is_no_difference(shop: Shop) -> None:
    sql(shop.source, "DROP TABLE ratings")
    result = shop.run(D3, "--at-source")
    assert result.returncode == 1
    assert "could not be read again" in result.stderr


def test_a_tap_that_no_longer_knows_the_cursor_is_told(shop: Shop) -> None:
    result = shop.run(D3, "--at-source", incremental="")
    assert result.returncode == 2
    assert "reads public-ratings of postgres whole" in result.stderr


def test_only_incremental_tables_have_something_to_find(
    shop: Shop,
) -> None:
    extract_day(shop.source, shop.lake, "2024-12-24", incremental=None)
    result = shop.run("2024-12-24", "--at-source")
    assert result.returncode == 2
    assert "No table of the day is incremental" in result.stderr
