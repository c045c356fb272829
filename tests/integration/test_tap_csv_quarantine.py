"""tap-csv with `on_error: quarantine`, as a process, into the lake."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

import harness
from daybook.csv.scan import records
from daybook.lake import partition
from lake_days import DAY, contents

pytestmark = pytest.mark.long

ITEMS = b'id,name,price\n1,ab,9.80\n1,cd,1\nx,"a\n",0\n2\n3,ef,\n'
PACKAGE: dict[str, Any] = {
    "resources": [
        {
            "name": "items",
            "path": "items.csv",
            "schema": {
                "fields": [
                    {"name": "id", "type": "integer"},
                    {"name": "name", "constraints": {"pattern": "[a-z]{2}"}},
                    {
                        "name": "price",
                        "type": "number",
                        "constraints": {"exclusiveMinimum": 0},
                    },
                ],
                "primaryKey": "id",
            },
        }
    ]
}
REASONS = [
    ("3", '{"primaryKey: a row before has the same (id)"}'),
    (
        "4",
        '{"id.type: is not of type bigint",'
        '"name.pattern: does not match the pattern [a-z]{2}",'
        '"price.exclusiveMinimum: is not above 0"}',
    ),
    ("6", '{"columns: the row has 1 values, the table has 3 columns"}'),
]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with one described table, in the project."""
    folder = tmp_path / "in put"
    folder.mkdir()
    (folder / "items.csv").write_bytes(ITEMS)
    describe(folder)
    return folder


def describe(folder: Path, **own: str) -> None:
    (resource,) = PACKAGE["resources"]
    body = {"resources": [resource | {"daybook": own}]}
    (folder / "datapackage.json").write_text(json.dumps(body))


def extract(
    inputs: Path, lake: Path, **settings: str
) -> tuple[harness.Result, harness.Result]:
    """Extract a folder into the lake."""
    return harness.pipe(
        "tap-csv",
        {
            "files": [{"path": str(inputs)}],
            "spool": str(lake),
            "handover": "files",
            "on_error": "quarantine",
        }
        | settings,
        "target-csv",
        {"lake": str(lake), "source": "csv", "day": str(DAY)},
        {"MELTANO_PROJECT_ROOT": str(inputs.parent)},
    )


def rows(lake: Path, table: str) -> list[list[str | None]]:
    """Return what a day holds of a table."""
    day = partition.open_day(lake, "csv", DAY)
    (file,) = (file for file in day.files if file.table.stream == table)
    return list(records(partition.folder(lake, "csv", DAY) / file.path))


@pytest.mark.parametrize("handover", ["files", "records"])
def test_bad_rows_become_a_table_with_all_their_reasons(
    inputs: Path, lake: Path, handover: str
) -> None:
    tap, target = extract(inputs, lake, handover=handover)

    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    assert [row[0] for row in rows(lake, "items")] == ["1", "3"]
    rejected = rows(lake, "items__rejected")
    assert [(row[1], row[2]) for row in rejected] == REASONS
    assert [row[3] for row in rejected] == ["1,cd,1", 'x,"a\n",0', "2"]
    assert {row[0] for row in rejected} == {"in put/items.csv"}
    assert "items: 3 of 5 rows rejected (" in tap.stderr


@pytest.mark.long
def test_frictionless_accepts_both_tables(inputs: Path, lake: Path) -> None:
    extract(inputs, lake)

    result = subprocess.run(
        [
            harness.BIN / "frictionless",
            "validate",
            "--skip-errors",
            "blank-row,incorrect-label",
            "datapackage.json",
        ],
        cwd=partition.folder(lake, "csv", DAY),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert result.returncode == 0, result.stdout


@pytest.mark.long
def test_both_tables_land_in_a_warehouse(
    inputs: Path, lake: Path, warehouse_url: str
) -> None:
    extract(inputs, lake)

    _, target = harness.pipe(
        "tap-csv",
        {
            "lake": str(lake),
            "sources": "csv",
            "day": str(DAY),
            "handover": "files",
        },
        "target-postgres",
        {"url": warehouse_url, "schema": "shop"},
    )

    assert target.returncode == 0, target.stderr
    with psycopg.connect(warehouse_url) as connection:
        found = connection.execute(
            "SELECT line, reasons[1] FROM shop.items__rejected ORDER BY line"
        ).fetchall()
    assert found[0] == (3, "primaryKey: a row before has the same (id)")
    assert len(found) == 3


def test_without_bad_rows_the_table_of_them_is_empty(
    inputs: Path, lake: Path
) -> None:
    good = ITEMS.splitlines(keepends=True)[:2]
    (inputs / "items.csv").write_bytes(b"".join(good))

    tap, _ = extract(inputs, lake)

    assert rows(lake, "items__rejected") == []
    assert rows(lake, "items") == [["1", "ab", "9.80"]]
    assert "rejected" not in tap.stderr


def test_extracting_bad_rows_again_changes_nothing(
    inputs: Path, lake: Path
) -> None:
    extract(inputs, lake)
    before = contents(lake)

    extract(inputs, lake)

    assert contents(lake) == before


@pytest.mark.parametrize("last", [b'9,"no end,1\n', b"9,\xff,1\n"])
def test_a_file_that_is_not_of_rows_publishes_nothing(
    inputs: Path, lake: Path, last: bytes
) -> None:
    (inputs / "items.csv").write_bytes(ITEMS + last)

    tap, target = extract(inputs, lake)

    assert (tap.returncode, target.returncode) == (2, 1)
    assert "items.csv, line 8: " in tap.stderr
    assert contents(lake) == {}


def test_a_resource_says_for_itself_what_becomes_of_it(
    inputs: Path, lake: Path
) -> None:
    describe(inputs, on_error="fail")

    tap, _ = extract(inputs, lake)

    assert tap.returncode == 2
    assert "items.csv, line 6: the row has 1 values" in tap.stderr


def test_a_table_that_is_called_as_the_rejected_ones_is_refused(
    inputs: Path, lake: Path
) -> None:
    (inputs / "items__rejected.csv").write_bytes(b"id\n1\n")

    tap, _ = extract(inputs, lake)

    assert tap.returncode == 2
    assert "'items__rejected' is a table of its own" in tap.stderr
