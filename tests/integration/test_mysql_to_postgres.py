"""From MySQL through the lake to PostgreSQL: nothing is lost on the way."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest
from mysql_extracts import execute
from psycopg.sql import SQL
from test_tap_mysql_values import TYPES, make_hard

from harness import BIN, Result, mysql, pipe, sql

DAY = "2024-12-20"


def _extract(url: str, lake: Path, day: str = DAY) -> None:
    done = pipe(
        "tap-mysql",
        {"url": url, "spool": str(lake), "handover": "files"},
        "target-csv",
        {"lake": str(lake), "source": "my", "day": day},
    )
    _check(*done)


def _load(url: str, lake: Path, day: str = DAY) -> None:
    tap = {"lake": str(lake), "sources": "my", "day": day}
    done = pipe(
        "tap-csv",
        tap | {"handover": "files", "spool": str(lake)},
        "target-postgres",
        {"url": url, "schema": "public"},
    )
    _check(*done)


def _check(tap: Result, target: Result) -> None:
    assert (tap.returncode, target.returncode) == (0, 0), (
        tap.stderr + target.stderr
    )


def test_every_value_arrives_in_postgresql(
    mariadb_url: str, warehouse_url: str, lake: Path
) -> None:
    make_hard(mariadb_url)
    _extract(mariadb_url, lake)
    _load(warehouse_url, lake)
    (file,) = lake.glob("source=my/*/table=hard/*.csv")
    columns = SQL(", ").join(map(psycopg.sql.Identifier, ["id", *TYPES]))
    with psycopg.connect(warehouse_url) as session:
        session.execute("SET TimeZone = 'UTC'; SET extra_float_digits = 3")
        statement = SQL(
            "COPY (SELECT {} FROM public.hard ORDER BY id)"
            " TO STDOUT (FORMAT csv, HEADER)"
        ).format(columns)
        with session.cursor().copy(statement) as copy:
            assert b"".join(copy) == file.read_bytes()
    types = sql(
        warehouse_url,
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'public.hard'::regclass AND attnum > 1",
    )
    assert dict(types) == {name: landed for name, (_, landed) in TYPES.items()}


def test_a_day_from_mysql_is_a_valid_data_package(
    mariadb_url: str, lake: Path
) -> None:
    make_hard(mariadb_url)
    execute(
        mariadb_url,
        "CREATE TABLE child (id int PRIMARY KEY, parent int,"
        " FOREIGN KEY (parent) REFERENCES hard (id))",
        "INSERT INTO child VALUES (1, 1), (2, NULL)",
    )
    _extract(mariadb_url, lake)
    (package,) = lake.glob("source=my/*/datapackage.json")
    done = subprocess.run(
        [
            str(BIN / "frictionless"),
            "validate",
            package.name,
            "--skip-errors",
            "blank-row,incorrect-label",
        ],
        cwd=package.parent,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_changes_at_the_source_arrive(
    mariadb_url: str, warehouse_url: str, lake: Path
) -> None:
    execute(
        mariadb_url,
        "CREATE TABLE p (id int PRIMARY KEY, t text)",
        "CREATE TABLE c (id int PRIMARY KEY, p int NOT NULL,"
        " FOREIGN KEY (p) REFERENCES p (id))",
        "INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, NULL)",
        "INSERT INTO c VALUES (1, 1), (2, 2)",
    )
    _extract(mariadb_url, lake)
    _load(warehouse_url, lake)
    execute(
        mariadb_url,
        "UPDATE p SET t = 'A' WHERE id = 1",
        "DELETE FROM c WHERE id = 2",
        "DELETE FROM p WHERE id = 2",
        "INSERT INTO p VALUES (4, '')",
    )
    _extract(mariadb_url, lake, "2024-12-21")
    _load(warehouse_url, lake, "2024-12-21")
    for table in ("p", "c"):
        query = f"SELECT * FROM {table} ORDER BY id"
        there = sql(warehouse_url, query)
        assert there == mysql(mariadb_url, query)
