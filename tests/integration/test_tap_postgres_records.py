"""tap-postgres: the same values as RECORD messages, for any target."""

from __future__ import annotations

import json
from pathlib import Path

from extracts import extract

from daybook.lake import layout
from harness import pipe, sql

COLUMNS = (
    "i bigint, n numeric, n38 numeric(38,18), r real, d double precision,"
    " b bool, dt date, ts timestamptz, iv interval, by bytea, j json,"
    " jb jsonb, ia int[], t text, c char(5), m money"
)
ROWS = (
    "(9223372036854775807, 1.00, 0.000000000000000001, 0.1, 1e15, true,"
    " 'infinity', '2024-12-20 12:00+05', '1 mon', '\\x00ff',"
    " '{\"a\":  1, \"a\": 2}', '{\"b\": 1.00}', '{1,NULL}', '', 'ab', -1.5)",
    "(-9223372036854775808, 123456789012345678901234567890.10, 0, 3.4e+38,"
    " 5e-324, false, '0044-03-15 BC', '-infinity', '-1 year', '\\x',"
    " 'null', '\"x\"', '{}', 'NULL', '', 0)",
    "(0, 0.0000000, -1, 1e6, -0.0, NULL, NULL, NULL, NULL, NULL, '[]\n',"
    " 'null', NULL, '\\.', NULL, NULL)",
    "(1, 100, 1, 123456.7, 123456789012345, NULL, NULL, NULL, NULL, NULL,"
    " '1', '\"\"', NULL, E'a\\r\\nb\"', NULL, NULL)",
    "(2, 1e20, 1, 1e-5, 0.0001, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
    " NULL, NULL, NULL, NULL)",
)


def fill(url: str) -> None:
    sql(url, f"CREATE TABLE t ({COLUMNS})")
    for row in ROWS:
        sql(url, f"INSERT INTO t VALUES {row}")


def test_records_hold_jsons_own_numbers_and_postgresqls_texts(
    source_url: str, tmp_path: Path
) -> None:
    fill(source_url)
    found = extract(source_url, tmp_path, handover="records")
    first = found.records["public-t"][0]
    assert found.receipt
    assert found.receipt["streams"] == {"public-t": {"rows": len(ROWS)}}
    assert first["i"] == 9223372036854775807
    assert first["b"] is True
    assert first["j"] == '{"a":  1, "a": 2}'
    assert first["by"] == "\\x00ff"
    assert first["dt"] == "infinity"
    assert not (tmp_path / ".staging").exists()


def test_records_end_in_the_lake_with_the_very_bytes_of_a_file(
    source_url: str, lake: Path, tmp_path: Path
) -> None:
    fill(source_url)
    file = extract(source_url, tmp_path).files["public-t"]
    tap, target = pipe(
        "tap-postgres",
        {"url": source_url, "handover": "records"},
        "target-csv",
        {"lake": str(lake), "source": "postgres", "day": "2024-12-20"},
    )
    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    (manifest,) = lake.glob(f"*/*/{layout.MANIFEST}")
    (resource,) = json.loads(manifest.read_text())["resources"]
    written = (manifest.parent / resource["path"]).read_bytes()
    # Records always quote it, PostgreSQL only where it stands alone.
    assert written.replace(b'"\\."', b"\\.") == file.path.read_bytes()


def test_nan_and_infinities_are_refused_with_column_and_count(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t (n numeric, d float8, s text)")
    sql(
        source_url,
        "INSERT INTO t VALUES (1, 1, 'NaN'), ('NaN', 1, ''), (2, 'Infinity',"
        " ''), (3, '-Infinity', ''), ('NaN', 2, '')",
    )
    found = extract(source_url, tmp_path, handover="records")
    assert found.code == 2
    assert found.receipt is None
    assert "public.t" in found.log
    assert "'n' in 2 rows" in found.log
    assert "'d' in 2 rows" in found.log
    assert "handover: files" in found.log
