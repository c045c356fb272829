"""Queries get more memory when they run out of it, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from daybook.duck import room

START_BYTES = 10_000_000
NAMED = "SELECT i, i::VARCHAR || repeat('x', 40) AS name FROM range({}) r(i)"
JOIN = "FROM ({0}) a FULL JOIN ({0}) b ON a.name = b.name"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    config = {
        "memory_limit": f"{START_BYTES}B",
        "threads": "1",
        "temp_directory": str(tmp_path),
    }
    with duckdb.connect(":memory:", config=config) as opened:
        yield opened


def matching(rows: int) -> str:
    return JOIN.format(NAMED.format(rows))


def test_a_query_that_runs_out_of_memory_gets_more(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    query = f"SELECT count(*) {matching(1_000_000)}"
    with pytest.raises(duckdb.OutOfMemoryException):
        connection.execute(query)
    assert room.execute(connection, query).fetchone() == (1_000_000,)
    assert room.limit(connection) >= 2 * START_BYTES * 0.99


def test_a_query_that_has_enough_leaves_it_at_that(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    before = room.limit(connection)
    assert before == pytest.approx(START_BYTES, rel=0.01)
    found = room.execute(connection, "SELECT ? + 1", [41]).fetchone()
    assert found == (42,)
    assert room.limit(connection) == before


def test_there_is_an_end_to_it(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_BYTES", START_BYTES)
    with pytest.raises(duckdb.OutOfMemoryException):
        room.execute(connection, f"SELECT count(*) {matching(1_000_000)}")


def test_it_is_widened_and_never_narrowed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for least in (3 * START_BYTES, 2 * START_BYTES):
        room.widen(connection, least)
        wanted = 3 * START_BYTES
        assert room.limit(connection) == pytest.approx(wanted, rel=0.01)
