"""tap-csv as a process: files into the lake, days out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harness

DAY = "2024-12-20"
ITEMS = b'id,name,price\n1,"a, ""b""",9.80\n2,,14\n3,"",1e2\n'
PACKAGE = {
    "resources": [
        {
            "name": "items",
            "path": "items.csv",
            "schema": {
                "fields": [
                    {"name": "id", "type": "integer"},
                    {"name": "name"},
                    {"name": "price", "daybook": {"type": "real"}},
                ],
                "primaryKey": "id",
            },
        }
    ]
}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder with one described table."""
    folder = tmp_path / "in put"
    folder.mkdir()
    (folder / "items.csv").write_bytes(ITEMS)
    (folder / "datapackage.json").write_text(json.dumps(PACKAGE))
    return folder


def extract(
    inputs: Path, lake: Path, source: str = "csv", handover: str = "files"
) -> tuple[harness.Result, harness.Result]:
    """Extract a folder into the lake."""
    return harness.pipe(
        "tap-csv",
        {
            "files": [{"path": str(inputs)}],
            "spool": str(lake),
            "handover": handover,
        },
        "target-csv",
        {"lake": str(lake), "source": source, "day": DAY},
    )


def of_the_lake(lake: Path, sources: str = "csv") -> dict[str, Any]:
    """Return the settings that read a day."""
    return {
        "lake": str(lake),
        "sources": sources,
        "day": DAY,
        "handover": "files",
    }


def published(lake: Path, source: str = "csv") -> Path:
    """Return the one data file of a source's day."""
    day = lake / f"source={source}" / f"extracted_at={DAY}"
    (file,) = day.glob("table=*/*.csv")
    return file


def messages(result: harness.Result) -> list[dict[str, Any]]:
    """Return what a tap sent."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_described_folder_becomes_a_day(inputs: Path, lake: Path) -> None:
    tap, target = extract(inputs, lake)

    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    assert published(lake).read_bytes() == ITEMS


def test_records_keep_null_apart_from_empty(inputs: Path, lake: Path) -> None:
    tap, target = extract(inputs, lake, handover="records")

    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    _, *rows = published(lake).read_bytes().splitlines()
    assert [row.rpartition(b",")[0] for row in rows] == [
        row.rpartition(b",")[0] for row in ITEMS.splitlines()[1:]
    ]


def test_extracting_again_changes_nothing(inputs: Path, lake: Path) -> None:
    extract(inputs, lake)
    before = {p: p.stat() for p in lake.rglob("*") if p.is_file()}

    _, target = extract(inputs, lake)

    after = {p: p.stat() for p in lake.rglob("*") if p.is_file()}
    kept = [path for path in before if ".locks" not in path.parts]
    assert target.returncode == 0
    assert [after[p].st_mtime_ns for p in kept] == [
        before[p].st_mtime_ns for p in kept
    ]


def test_a_bad_file_leaves_the_day_as_it_was(inputs: Path, lake: Path) -> None:
    extract(inputs, lake)
    with (inputs / "items.csv").open("ab") as file:
        file.write(b"4,x,cheap\n")

    tap, target = extract(inputs, lake)

    assert tap.returncode == 2
    assert target.returncode != 0
    assert (
        "items.csv, line 5: column 'price': 'cheap' is not of type real"
    ) in tap.stderr
    assert published(lake).read_bytes() == ITEMS


def test_a_day_is_handed_on_where_it_lies(inputs: Path, lake: Path) -> None:
    extract(inputs, lake)

    result = harness.run_tap("tap-csv", of_the_lake(lake))

    schema, batch, state = messages(result)
    assert schema["schema"]["x-source"] == {"source": "csv", "day": DAY}
    assert schema["key_properties"] == ["id"]
    assert batch["manifest"][0].startswith(published(lake).as_uri() + "#")
    assert state["value"]["receipt"]["streams"] == {"items": {"rows": 3}}


def test_a_day_travels_as_records_too(inputs: Path, lake: Path) -> None:
    extract(inputs, lake)
    config = of_the_lake(lake) | {"handover": "records"}

    sent = messages(harness.run_tap("tap-csv", config))

    records = [m["record"] for m in sent if m["type"] == "RECORD"]
    assert records == [
        {"id": 1, "name": 'a, "b"', "price": 9.8},
        {"id": 2, "name": None, "price": 14},
        {"id": 3, "name": "", "price": 100},
    ]


def test_a_day_copied_to_another_lake_is_the_same_day(
    inputs: Path, lake: Path, tmp_path: Path
) -> None:
    extract(inputs, lake)
    other = tmp_path / "other"

    _, target = harness.pipe(
        "tap-csv",
        of_the_lake(lake),
        "target-csv",
        {"lake": str(other), "source": "csv", "day": DAY},
    )

    assert target.returncode == 0, target.stderr
    assert published(other).read_bytes() == ITEMS
    assert published(lake).is_file()


def test_every_source_without_the_day_is_named_with_its_command(
    inputs: Path, lake: Path
) -> None:
    extract(inputs, lake)

    config = of_the_lake(lake, "csv,postgres, crm")
    result = harness.run_tap("tap-csv", config)

    assert result.returncode == 2
    assert result.stdout == ""
    for source in ("postgres", "crm"):
        assert (
            f"MELTANO_ENVIRONMENT=extract SOURCE={source} DATESTAMP={DAY} "
            f"meltano run extract_{source}"
        ) in result.stderr
    assert "extract_csv" not in result.stderr


def test_a_table_in_two_sources_is_refused(inputs: Path, lake: Path) -> None:
    extract(inputs, lake, "a")
    extract(inputs, lake, "b")

    result = harness.run_tap("tap-csv", of_the_lake(lake, "a,b"))

    assert result.returncode == 2
    assert "'a' and 'b' both hold a table 'items'" in result.stderr


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def swap_for_a_link(file: Path) -> None:
    real = file.rename(file.with_suffix(".moved"))
    file.symlink_to(real)


@pytest.mark.parametrize("harm", [truncate, Path.unlink, swap_for_a_link])
def test_a_file_that_is_not_what_was_published_is_named(
    inputs: Path, lake: Path, harm: Any
) -> None:
    extract(inputs, lake)
    file = published(lake)
    harm(file)

    result = harness.run_tap("tap-csv", of_the_lake(lake))

    assert result.returncode == 2
    assert result.stdout == ""
    assert file.name in result.stderr


def test_an_edited_file_is_not_sent_as_records(
    inputs: Path, lake: Path
) -> None:
    extract(inputs, lake)
    file = published(lake)
    file.write_bytes(ITEMS.replace(b"9.80", b"9.90"))

    config = of_the_lake(lake) | {"handover": "records"}
    result = harness.run_tap("tap-csv", config)

    assert result.returncode == 2
    assert file.name in result.stderr
    assert '"RECORD"' not in result.stdout


def test_neither_files_nor_a_day_names_both_ways() -> None:
    result = harness.run_tap("tap-csv", {"lake": "output"})

    assert result.returncode == 2
    assert "DATESTAMP=2024-12-20 meltano run extract_csv" in result.stderr
    assert (
        "MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-postgres"
    ) in result.stderr


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ({"sources": "csv"}, "EXTRACTED_AT is missing"),
        ({"day": DAY}, "TAP_CSV_SOURCES is missing"),
        ({"sources": ",", "day": "20241220"}, "EXTRACTED_AT is '20241220'"),
        ({"sources": ",", "day": "20241220"}, "TAP_CSV_SOURCES is ','"),
        ({"sources": "csv", "day": "2024-02-30"}, "is '2024-02-30'"),
        ({"files": [{"path": "x"}], "day": DAY}, "at once"),
        ({"files": [{"paht": "x"}]}, "'paht' was unexpected"),
        ({"files": "x"}, "is not of type 'array'"),
    ],
)
def test_settings_at_fault_are_named(
    config: dict[str, Any], what: str
) -> None:
    result = harness.run_tap("tap-csv", config)

    assert result.returncode == 2
    assert what in result.stderr
    assert "Traceback" not in result.stderr


def test_relative_paths_start_at_the_projects_root(
    inputs: Path, tmp_path: Path
) -> None:
    result = harness.run_tap(
        "tap-csv",
        {"files": [{"path": "in put/*.csv"}], "handover": "records"},
        {"MELTANO_PROJECT_ROOT": str(tmp_path)},
    )

    assert result.returncode == 0, result.stderr
    assert len(messages(result)) == 5


def test_records_leave_nothing_behind(inputs: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    spool = tmp_path / "spool"

    harness.run_tap(
        "tap-csv",
        {
            "files": [{"path": str(inputs)}],
            "handover": "records",
            "spool": str(spool),
        },
        {"TMPDIR": str(temporary)},
    )

    assert list(temporary.iterdir()) == []
    assert not spool.exists()


@pytest.mark.parametrize("option", ["--discover", "--test", "--about"])
def test_the_usual_options_work(
    inputs: Path, tmp_path: Path, option: str
) -> None:
    result = run_with_options(inputs, tmp_path, option)

    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr


def test_its_own_catalog_can_be_given_back(
    inputs: Path, tmp_path: Path
) -> None:
    catalog = tmp_path / "catalog.json"
    discovered = run_with_options(inputs, tmp_path, "--discover").stdout
    catalog.write_text(discovered)

    given = run_with_options(inputs, tmp_path, "--catalog", str(catalog))
    plain = run_with_options(inputs, tmp_path)

    assert given.stdout == plain.stdout


def run_with_options(
    inputs: Path, tmp_path: Path, *options: str
) -> harness.Result:
    """Run the tap with options of its command line."""
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"files": [{"path": str(inputs)}], "handover": "records"})
    )
    return subprocess.run(
        [str(harness.BIN / "tap-csv"), "--config", str(config), *options],
        env=harness.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_handing_a_day_on_does_not_load_duckdb(
    inputs: Path, lake: Path
) -> None:
    extract(inputs, lake)
    program = (
        "import sys; from daybook.csv.tap import TapCsv; "
        f"tap = TapCsv(config={of_the_lake(lake)!r}); "
        "[stream.export() for stream in tap.streams.values()]; "
        "sys.exit('duckdb' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", program], check=False)

    assert result.returncode == 0


def test_memory_stays_low_for_a_large_typed_file(
    tmp_path: Path, lake: Path
) -> None:
    row = b'%d,"a name, with ""quotes""",%d.50\r\n'
    with (tmp_path / "items.csv").open("wb") as file:
        file.write(b"id,name,price\r\n")
        file.writelines(row % (i, i % 1000) for i in range(600_000))
    (tmp_path / "datapackage.json").write_text(json.dumps(PACKAGE))
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "files": [{"path": str(tmp_path / "items.csv")}],
                "spool": str(lake),
                "handover": "files",
            }
        )
    )

    sent, peak = harness.peak_memory(
        [str(harness.BIN / "tap-csv"), "--config", str(config)]
    )

    assert "rows=600000" in sent
    assert peak < 150e6
