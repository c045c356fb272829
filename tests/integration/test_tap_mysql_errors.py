"""tap-mysql: what goes wrong is said, with what to do."""

from __future__ import annotations

import socket
from pathlib import Path

from mysql_extracts import check_failed, execute, extract

from harness import mysql, run_tap


def test_a_missing_url_is_named_with_an_example(tmp_path: Path) -> None:
    done = run_tap("tap-mysql", {"spool": str(tmp_path)})
    assert done.returncode == 2
    assert "MOVIELENS_URL is missing (setting `url`)" in done.stderr
    assert "meltano run tap-mysql target-csv" in done.stderr


def test_what_is_no_url_is_refused_without_repeating_it(
    tmp_path: Path,
) -> None:
    found = extract("mysql://u:hid/den@host/db", tmp_path)
    check_failed(found, 2, "MOVIELENS_URL is not a MySQL connection URL")
    assert "den" not in found.log


def test_an_option_of_the_url_that_is_none_is_named(tmp_path: Path) -> None:
    found = extract("mysql://u:x@127.0.0.1/db?sslmode=on", tmp_path)
    check_failed(found, 2, "'sslmode'", "ssl-mode")


def test_a_wrong_password_is_said_and_stays_secret(
    mariadb_url: str, tmp_path: Path
) -> None:
    user, place = mariadb_url.split("//")[1].split(":")[0], mariadb_url
    url = place.replace(f":{user}@", ":no%24se%40cret@")
    found = extract(url, tmp_path)
    check_failed(found, 1, "Access denied", "password in MOVIELENS_URL")
    assert "no$se@cret" not in found.log
    assert "no%24se%40cret" not in found.log


def test_a_password_may_hold_any_character(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int)")
    database = mariadb_url.rpartition("/")[2]
    mysql(
        mariadb_server_url,
        f"CREATE USER {database}_p IDENTIFIED BY %s",
        ["p@:/?#%$ä\U0001f600"],
    )
    mysql(mariadb_server_url, f"GRANT ALL ON `{database}`.* TO {database}_p")
    secret = "p%40%3A%2F%3F%23%25%24%C3%A4%F0%9F%98%80"
    place = mariadb_url.rpartition("@")[2]
    try:
        found = extract(f"mysql://{database}_p:{secret}@{place}", tmp_path)
        assert found.code == 0, found.log
    finally:
        mysql(mariadb_server_url, f"DROP USER {database}_p")


def test_a_database_that_is_not_there_is_named(
    mariadb_server_url: str, tmp_path: Path
) -> None:
    url = f"{mariadb_server_url.rpartition('/')[0]}/not_there"
    check_failed(extract(url, tmp_path), 1, "not_there", "1049")


def test_a_database_without_a_right_is_for_an_administrator(
    mariadb_url: str, tmp_path: Path
) -> None:
    url = f"{mariadb_url.rpartition('/')[0]}/mysql"
    check_failed(extract(url, tmp_path), 1, "1044", "administrator GRANT")


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"mysql://u:x@127.0.0.1:{free.getsockname()[1]}/db"
        check_failed(extract(url, tmp_path), 1, "Can't connect", "services up")


def test_tls_that_is_asked_for_is_not_done_without(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int)")
    found = extract(f"{mariadb_url}?ssl-mode=REQUIRED", tmp_path)
    if found.code:  # the server has no certificate
        check_failed(found, 1, "SSL is required", "ssl-mode, ssl-ca")


def test_a_column_without_a_right_is_an_error_not_a_smaller_table(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int, b int)")
    database = mariadb_url.rpartition("/")[2]
    mysql(
        mariadb_server_url, f"CREATE USER {database}_c IDENTIFIED BY 'limited'"
    )
    mysql(
        mariadb_server_url,
        f"GRANT SELECT (a) ON `{database}`.x TO {database}_c",
    )
    place = mariadb_url.rpartition("@")[2]
    try:
        found = extract(f"mysql://{database}_c:limited@{place}", tmp_path)
        check_failed(found, 1, f"{database}.x cannot be read", "GRANT SELECT")
    finally:
        mysql(mariadb_server_url, f"DROP USER {database}_c")


def test_an_empty_database_is_an_error(
    mariadb_url: str, tmp_path: Path
) -> None:
    found = extract(mariadb_url, tmp_path)
    check_failed(
        found, 2, "No table is left", "In the database there are: none"
    )


def test_a_table_that_is_not_there_is_named(
    mariadb_url: str, tmp_path: Path
) -> None:
    execute(mariadb_url, "CREATE TABLE x (a int)")
    found = extract(mariadb_url, tmp_path, tables="x,nope")
    check_failed(found, 2, "No table matches 'nope'", ".x")


def test_a_query_that_cannot_be_run_is_named(
    mariadb_url: str, tmp_path: Path
) -> None:
    queries = [{"name": "q", "sql": "SELECT a FROM nope"}]
    found = extract(mariadb_url, tmp_path, queries=queries)
    check_failed(found, 2, "The query 'q' cannot be run", "nope")
