"""target-mysql as a process: receipts, records, settings, secrets."""

from __future__ import annotations

from pathlib import Path

import pymysql
import pytest
from singer_input import hub, orders

import lake_days
from daybook.mysql.load.session import connected
from harness import mysql, pipe, run_target

DAY, NEXT = "2024-12-20", "2024-12-21"
TARGET = "target-mysql"


def test_a_day_with_its_receipt_is_loaded(
    tmp_path: Path, mariadb_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    result = run_target(TARGET, {"url": mariadb_url}, day.messages())
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert mysql(mariadb_url, "SELECT * FROM orders") == [(1, "a")]
    assert ".orders" in result.stderr


@pytest.mark.parametrize("cut", ["receipt", "line", "all"])
def test_input_that_breaks_off_changes_nothing(
    tmp_path: Path, mariadb_url: str, cut: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    messages = day.messages(receipt=cut != "receipt")
    stdin = {"receipt": messages, "line": messages[:-20], "all": ""}[cut]
    result = run_target(TARGET, {"url": mariadb_url}, stdin)
    assert result.returncode == 1
    assert mysql(mariadb_url, "SHOW TABLES") == []


def test_a_missing_setting_is_named_with_an_example() -> None:
    result = run_target(TARGET, {}, "")
    assert result.returncode == 2
    assert "PEOPLE_URL is missing" in result.stderr
    assert (
        "MELTANO_ENVIRONMENT=load EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-mysql"
    ) in result.stderr


def test_a_strategy_that_is_not_offered_is_refused(mariadb_url: str) -> None:
    config = {"url": mariadb_url, "strategy": "orders=history"}
    result = run_target(TARGET, config, "")
    assert result.returncode == 2
    assert "snapshot, replace, upsert" in result.stderr


def test_a_server_that_is_not_there_exits_1_without_the_password(
    tmp_path: Path,
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    url = "mysql://me:s%24cr%40t@127.0.0.1:1/db"
    result = run_target(
        TARGET, {"url": url}, day.messages(), {"LOGLEVEL": "DEBUG"}
    )
    assert result.returncode == 1
    assert "PEOPLE_URL" in result.stderr
    for secret in ("s$cr@t", "s%24cr%40t"):
        assert secret not in result.stderr


def test_a_user_without_rights_is_told_which(
    tmp_path: Path, mariadb_url: str, mariadb_server_url: str
) -> None:
    name = mariadb_url.rpartition("/")[2]
    user = f"'{name}'@'127.0.0.1'"
    mysql(mariadb_server_url, f"REVOKE CREATE ON `{name}`.* FROM {user}")
    day = orders(tmp_path, DAY, ("1", "a"))
    result = run_target(TARGET, {"url": mariadb_url}, day.messages())
    assert result.returncode == 1
    assert "lacks a right" in result.stderr
    assert "CREATE TEMPORARY TABLES" in result.stderr


def test_a_replica_that_is_read_only_is_said_to_be_one(
    tmp_path: Path, mariadb_url: str, mariadb_server_url: str
) -> None:
    day = orders(tmp_path, DAY, ("1", "a"))
    mysql(mariadb_server_url, "SET GLOBAL read_only = ON")
    try:
        result = run_target(TARGET, {"url": mariadb_url}, day.messages())
    finally:
        mysql(mariadb_server_url, "SET GLOBAL read_only = OFF")
    assert result.returncode == 2
    assert "read-only" in result.stderr
    assert "PEOPLE_URL name a server that can be written to" in result.stderr


def test_a_server_gets_no_file_but_the_days(
    mariadb_url: str, tmp_path: Path
) -> None:
    other = tmp_path / "secret"
    other.write_text("s3cr3t\n")
    mysql(mariadb_url, "CREATE TABLE stolen (line text)")
    statement = f"LOAD DATA LOCAL INFILE '{other}' INTO TABLE stolen"
    with (
        connected(mariadb_url) as session,
        pytest.raises(pymysql.OperationalError, match="not the day's"),
    ):
        session.execute(statement)
    assert mysql(mariadb_url, "SELECT * FROM stolen") == []


def test_records_without_a_receipt_are_refused_by_default(
    mariadb_url: str,
) -> None:
    result = run_target(TARGET, {"url": mariadb_url}, hub({"id": 1}))
    assert result.returncode == 2
    assert "TARGET_MYSQL_RECEIPT=optional" in result.stderr


def test_records_of_a_tap_from_the_hub_are_upserted(
    tmp_path: Path, mariadb_url: str
) -> None:
    config = {
        "url": mariadb_url,
        "receipt": "optional",
        "strategy": "upsert",
        "spool": str(tmp_path),
    }
    for records in (
        [{"id": 1, "name": "a"}, {"id": 2, "name": "", "tags": ["x"]}],
        [{"id": 1, "name": None, "at": "2024-01-01T02:00:00+02:00"}],
    ):
        result = run_target(TARGET, config, hub(*records))
        assert result.returncode == 0, result.stderr
        assert "is not proven" in result.stderr
    rows = mysql(
        mariadb_url,
        "SELECT id, name, CAST(at AS CHAR), tags FROM orders ORDER BY id",
    )
    assert rows == [
        (1, None, "2024-01-01 00:00:00.000000", None),
        (2, "", None, '["x"]'),
    ]


def test_a_published_day_goes_from_the_lake_into_the_database(
    lake: Path, mariadb_url: str
) -> None:
    lake_days.publish_day(lake)
    config = {"lake": str(lake), "sources": "csv", "day": DAY}
    tap, target = pipe("tap-csv", config, TARGET, {"url": mariadb_url})
    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    found = mysql(mariadb_url, "SELECT * FROM orders ORDER BY id")
    assert found == [(1, "a"), (2, None), (3, "")]
    assert mysql(mariadb_url, "SELECT * FROM items") == []
