"""tap-postgres: which tables, columns and keys it finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from extracts import extract, understand
from psycopg.sql import SQL, Identifier

from harness import BIN, environment, run_tap, sql

NAMES = [
    "Mixed Case",
    'quo"te',
    "dot.dash-",
    "select",
    " blank ",
    "percent%s %(x)s {} %2D",
    "comma,",
    "new\nline",
    "../../etc",
    "é" * 31,
    "x" * 63,
    "back\\slash",
    "💾",
]


def test_every_name_that_postgresql_takes_is_extracted(
    source_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(source_url) as session:
        for name in NAMES:
            session.execute(
                SQL("CREATE TABLE {} ({} int PRIMARY KEY)").format(
                    Identifier(name), Identifier(name)
                )
            )
            session.execute(
                SQL("INSERT INTO {} VALUES (1)").format(Identifier(name))
            )
    found = extract(source_url, tmp_path)
    assert found.code == 0, found.log
    assert found.receipt
    assert found.receipt["streams"] == {
        f"public-{name}": {"rows": 1} for name in NAMES
    }
    for name in NAMES:
        schema = found.schemas[f"public-{name}"]
        assert list(schema["schema"]["properties"]) == [name]
        assert schema["key_properties"] == [name]
        path = found.files[f"public-{name}"].path.resolve()
        assert path.is_relative_to(tmp_path / ".staging")


def test_schemas_with_dashes_and_dots_stay_apart(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, 'CREATE SCHEMA "a-b"')
    sql(source_url, 'CREATE SCHEMA "a"')
    sql(source_url, 'CREATE TABLE "a-b".c (i int)')
    sql(source_url, 'CREATE TABLE "a"."b-c" (i int)')
    found = extract(source_url, tmp_path, schemas="*")
    assert set(found.schemas) == {"a%2Db-c", "a-b-c"}


def test_empty_partitioned_and_inherited_tables_come_once_each(
    source_url: str, tmp_path: Path
) -> None:
    for statement in (
        "CREATE TABLE empty (a int, b text)",
        "CREATE TABLE p (k int, a int) PARTITION BY LIST (k)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
        "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)",
        "INSERT INTO p VALUES (1, 1), (2, 2)",
        "CREATE TABLE animal (id int)",
        "CREATE TABLE dog (bark text) INHERITS (animal)",
        "INSERT INTO animal VALUES (1)",
        "INSERT INTO dog VALUES (2, 'wau')",
        "CREATE VIEW v AS SELECT 1 AS one",
        "CREATE TABLE nothing ()",
    ):
        sql(source_url, statement)
    found = extract(source_url, tmp_path)
    rows = {name: file.rows for name, file in found.files.items()}
    assert rows == {
        "public-animal": 1,
        "public-dog": 1,
        "public-empty": 0,
        "public-p": 2,
    }
    assert found.text("public-empty") == "a,b\n"
    assert "public.nothing has no columns" in found.log


def test_views_matviews_and_partitions_come_when_named(
    source_url: str, tmp_path: Path
) -> None:
    for statement in (
        "CREATE TABLE p (k int) PARTITION BY LIST (k)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
        "INSERT INTO p VALUES (1)",
        "CREATE VIEW v AS SELECT k FROM p",
        "CREATE MATERIALIZED VIEW m AS SELECT k FROM p",
    ):
        sql(source_url, statement)
    found = extract(source_url, tmp_path, tables="v,m,public.p1")
    assert found.code == 0, found.log
    assert {name: file.rows for name, file in found.files.items()} == {
        "public-v": 1,
        "public-m": 1,
        "public-p1": 1,
    }


def test_a_table_of_1600_columns_is_extracted(
    source_url: str, tmp_path: Path
) -> None:
    columns = ", ".join(f"c{i} int" for i in range(1600))
    sql(source_url, f"CREATE TABLE wide ({columns})")
    sql(source_url, "INSERT INTO wide (c1599) VALUES (7)")
    found = extract(source_url, tmp_path)
    assert found.text("public-wide").endswith("," * 1599 + "7\n")


def test_dropped_columns_are_gone_and_order_is_the_tables(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t (z int, gone int, a int)")
    sql(source_url, "ALTER TABLE t DROP gone, ADD b int NOT NULL")
    found = extract(source_url, tmp_path)
    properties = found.schemas["public-t"]["schema"]["properties"]
    assert list(properties) == ["z", "a", "b"]
    assert properties["b"]["type"] == "integer"
    assert properties["a"]["type"] == ["integer", "null"]


def test_not_null_that_is_not_validated_promises_nothing(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE t (a int)")
    sql(source_url, "INSERT INTO t VALUES (NULL)")
    sql(source_url, "ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID")
    found = extract(source_url, tmp_path)
    properties = found.schemas["public-t"]["schema"]["properties"]
    assert properties["a"]["type"] == ["integer", "null"]


def keys(schema: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = schema["schema"].get("x-foreign-keys", [])
    return [(k["columns"], k["table"], k["references"]) for k in found]


def test_keys_are_found_in_their_own_order(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE a (x int, y int, PRIMARY KEY (y, x))")
    sql(
        source_url,
        "CREATE TABLE b (i int, j int, up int UNIQUE REFERENCES b (up),"
        " FOREIGN KEY (j, i) REFERENCES a (y, x))",
    )
    found = extract(source_url, tmp_path)
    assert found.schemas["public-a"]["key_properties"] == ["y", "x"]
    assert found.schemas["public-b"]["key_properties"] == []
    assert keys(found.schemas["public-b"]) == [
        (["j", "i"], "a", ["y", "x"]),
        (["up"], "b", ["up"]),
    ]


def test_foreign_keys_that_prove_nothing_are_left_out(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE a (id int PRIMARY KEY)")
    sql(source_url, "CREATE TABLE b (u int, v int)")
    sql(
        source_url,
        "ALTER TABLE b ADD FOREIGN KEY (u) REFERENCES a NOT VALID,"
        " ADD FOREIGN KEY (v) REFERENCES a NOT ENFORCED",
    )
    found = extract(source_url, tmp_path)
    assert keys(found.schemas["public-b"]) == []


def test_a_foreign_key_to_a_partitioned_table_is_one_key(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE p (k int PRIMARY KEY) PARTITION BY LIST (k)")
    sql(source_url, "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    sql(source_url, "CREATE TABLE t (k int REFERENCES p)")
    found = extract(source_url, tmp_path)
    assert keys(found.schemas["public-t"]) == [(["k"], "p", ["k"])]


def test_a_foreign_key_to_a_table_left_out_is_left_out_too(
    source_url: str, tmp_path: Path
) -> None:
    sql(source_url, "CREATE TABLE a (id int PRIMARY KEY)")
    sql(source_url, "CREATE TABLE b (a int REFERENCES a)")
    found = extract(source_url, tmp_path, exclude="a")
    assert list(found.schemas) == ["public-b"]
    assert keys(found.schemas["public-b"]) == []


@pytest.fixture
def catalog(source_url: str) -> dict[str, Any]:
    """What `--discover` prints of two tables."""
    sql(source_url, "CREATE TABLE a (id int PRIMARY KEY, x text)")
    sql(source_url, "CREATE TABLE b (a int REFERENCES a)")
    printed = _run(source_url, "--discover")
    assert printed.code == 0, printed.log
    return dict(json.loads(printed.text))


class _Printed:
    def __init__(self, code: int, text: str, log: str) -> None:
        self.code, self.text, self.log = code, text, log


def _run(url: str, *arguments: str, **settings: Any) -> _Printed:
    import subprocess
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"url": url, "handover": "records"} | settings, file)
        file.flush()
        done = subprocess.run(
            [BIN / "tap-postgres", "--config", file.name, *arguments],
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    return _Printed(done.returncode, done.stdout, done.stderr)


def _deselect(catalog: dict[str, Any], stream: str, *breadcrumb: str) -> None:
    for entry in catalog["streams"]:
        if entry["tap_stream_id"] == stream:
            for part in entry["metadata"]:
                if part["breadcrumb"] == list(breadcrumb):
                    part["metadata"]["selected"] = False


def _with_catalog(
    url: str, catalog: dict[str, Any], tmp_path: Path
) -> _Printed:
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps(catalog))
    return _run(url, "--catalog", str(file))


def test_a_catalog_leaves_out_streams_and_the_keys_to_them(
    source_url: str, catalog: dict[str, Any], tmp_path: Path
) -> None:
    _deselect(catalog, "public-a")
    done = _with_catalog(source_url, catalog, tmp_path)
    found = understand(done.code, done.text, done.log)
    assert list(found.schemas) == ["public-b"]
    assert keys(found.schemas["public-b"]) == []
    assert found.receipt
    assert list(found.receipt["streams"]) == ["public-b"]


def test_a_column_that_the_catalog_leaves_out_is_refused_by_name(
    source_url: str, catalog: dict[str, Any], tmp_path: Path
) -> None:
    _deselect(catalog, "public-a", "properties", "x")
    done = _with_catalog(source_url, catalog, tmp_path)
    assert done.code == 2
    assert "public-a without 'x'" in done.log


def test_a_stream_of_the_catalog_that_is_gone_is_refused_by_name(
    source_url: str, catalog: dict[str, Any], tmp_path: Path
) -> None:
    sql(source_url, "DROP TABLE b")
    done = _with_catalog(source_url, catalog, tmp_path)
    assert done.code == 2
    assert "public-b, which is not there" in done.log


def test_test_mode_sends_one_record_of_each_stream(source_url: str) -> None:
    sql(source_url, "CREATE TABLE a AS SELECT generate_series(1, 10) AS i")
    sql(source_url, "CREATE TABLE b AS TABLE a")
    done = _run(source_url, "--test", handover="files")
    found = understand(done.code, done.text, done.log)
    assert done.code == 0
    assert found.records == {"public-a": [{"i": 1}], "public-b": [{"i": 1}]}


def test_about_lists_every_setting_with_its_meaning() -> None:
    done = _run("postgresql://", "--about", "--format=json")
    settings = json.loads(done.text)["settings"]["properties"]
    assert set(settings) == {
        "url",
        "schemas",
        "tables",
        "exclude",
        "jobs",
        "queries",
        "incremental",
        "extend",
        "whole",
        "lake",
        "source",
        "day",
        "spool",
        "handover",
    }
    assert all(each["description"] for each in settings.values())
    assert settings["url"]["secret"] is True


def test_a_missing_url_names_its_variable_and_a_command() -> None:
    done = run_tap("tap-postgres", {})
    assert done.returncode == 2
    assert "NORTHWIND_URL" in done.stderr
    assert "MELTANO_ENVIRONMENT=extract SOURCE=postgres" in done.stderr
