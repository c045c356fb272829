"""Loads into servers that take no files from their clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mysql_input import load, outcome
from singer_input import Rows, Stream, source
from test_target_mysql_values import CASES

import harness
from daybook.errors import ConfigError, InputError
from daybook.mysql.load import inserts

DAY, NEXT = "2024-12-20", "2024-12-21"


@pytest.fixture(autouse=True)
def no_files(mariadb_server_url: str) -> Iterator[None]:
    harness.mysql(mariadb_server_url, "SET GLOBAL local_infile = OFF")
    yield
    harness.mysql(mariadb_server_url, "SET GLOBAL local_infile = ON")


@pytest.fixture
def several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserts, "_STATEMENT_BYTES", 100)


def orders(*rows: tuple[str | None, ...]) -> Stream:
    types = {"id": "integer", "name": "text", "data": "bytea"}
    types["price"] = "numeric(4,2)"
    return Stream("orders", types, rows, ("id",))


def test_values_are_what_they_were(mariadb_url: str, tmp_path: Path) -> None:
    types = {f"c{at}": case[0] for at, case in enumerate(CASES)}
    rows: Rows = [
        ("1", *(case[2] for case in CASES)),
        ("2", *(None for _ in CASES)),
    ]
    stream = Stream("t", {"id": "integer"} | types, rows, ("id",))
    load(mariadb_url, source(tmp_path, DAY, stream))
    load(mariadb_url, source(tmp_path, NEXT, stream), recheck=True)
    assert outcome(mariadb_url, "t") == ("unchanged", 0, 0, 0)
    first, second = harness.mysql(mariadb_url, "SELECT * FROM t ORDER BY id")
    assert first[1:] == tuple(case[3] for case in CASES)
    assert second[1:] == tuple(None for _ in CASES)


@pytest.mark.usefixtures("several_statements")
def test_a_value_that_does_not_fit_fails_with_its_key(
    mariadb_url: str, tmp_path: Path
) -> None:
    rows = [(str(n), f"name {n}", "\\x00", "1.00") for n in range(1, 50)]
    rows[40] = ("41", "n", "\\x00", "100.00")
    with pytest.raises(InputError, match=r"\(41\), column price.*'100.00'"):
        load(mariadb_url, source(tmp_path, DAY, orders(*rows)))
    assert harness.mysql(mariadb_url, "SELECT * FROM orders") == []


@pytest.mark.usefixtures("several_statements")
def test_a_key_that_comes_twice_fails(
    mariadb_url: str, tmp_path: Path
) -> None:
    rows = [(str(n % 30), f"name {n}", None, None) for n in range(40)]
    with pytest.raises(InputError, match="several rows with the same key"):
        load(mariadb_url, source(tmp_path, DAY, orders(*rows)))
    assert harness.mysql(mariadb_url, "SELECT * FROM orders") == []


@pytest.mark.usefixtures("several_statements")
def test_of_an_upserts_rows_the_last_ones_count(
    mariadb_url: str, tmp_path: Path
) -> None:
    rows = [(str(n % 30), f"name {n}", None, None) for n in range(40)]
    day = source(tmp_path, DAY, orders(*rows))
    load(mariadb_url, day, strategy="upsert")
    found = harness.mysql(
        mariadb_url, "SELECT id, name FROM orders ORDER BY id"
    )
    assert found == [(n, f"name {n + 30 * (n < 10)}") for n in range(30)]


def test_a_row_that_no_statement_takes_says_what_to_set(
    mariadb_url: str, mariadb_server_url: str, tmp_path: Path
) -> None:
    query = "SELECT @@GLOBAL.max_allowed_packet"
    [(packet,)] = harness.mysql(mariadb_server_url, query)
    change = "SET GLOBAL max_allowed_packet = %s"
    harness.mysql(mariadb_server_url, change, [2**20])
    day = source(tmp_path, DAY, orders(("1", "x" * 2**20, None, None)))
    try:
        with pytest.raises(ConfigError) as caught:
            load(mariadb_url, day)
    finally:
        harness.mysql(mariadb_server_url, change, [packet])
    assert "max_allowed_packet = 2097152" in caught.value.instruction
    assert "local_infile = ON" in caught.value.instruction
