"""Rows straight from the wire: every length, to the end, or an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from daybook.mysql.connection import connect, rows
from daybook.mysql.extract.wire import Rows

LENGTHS = [0, 1, 250, 251, 252, 253, 65_535, 65_536, 300_000, 0, 5]


@pytest.fixture
def session(mariadb_url: str) -> Iterator[Any]:
    """A session that reads."""
    opened = connect(mariadb_url, variable="X", plugin="test", reader=True)
    yield opened
    if opened.open:
        opened.close()


def _read(session: Any, statement: str) -> list[bytes]:
    return [one for some in Rows(session, statement) for one in some]


def _of_lengths(lengths: list[int]) -> str:
    return " UNION ALL ".join(f"SELECT REPEAT('x', {n})" for n in lengths)


def test_values_of_every_length_arrive(session: Any) -> None:
    found = _read(session, _of_lengths(LENGTHS))
    assert [len(value) for value in found] == LENGTHS
    assert set(b"".join(found)) == {ord("x")}


def test_many_rows_arrive_in_order(session: Any) -> None:
    found = _read(session, "SELECT seq FROM seq_1_to_200000")
    assert found == [str(i).encode() for i in range(1, 200_001)]


@pytest.mark.parametrize("missing", [-10, 0, 10])
def test_a_value_of_several_packets_arrives(
    mariadb_url: str, mariadb_server_url: str, missing: int
) -> None:
    server = connect(mariadb_server_url, variable="X", plugin="test")
    ((before,),) = rows(server, "SELECT @@max_allowed_packet")
    server.query("SET GLOBAL max_allowed_packet = 67108864")
    try:
        opened = connect(mariadb_url, variable="X", plugin="test")
        size = 0xFFFFFF - 4 + missing
        found = _read(opened, _of_lengths([3, size, 2 * size, 4]))
        assert [len(one) for one in found] == [3, size, 2 * size, 4]
    finally:
        server.query(f"SET GLOBAL max_allowed_packet = {before}")


def test_nulls_are_counted_and_not_given_out(session: Any) -> None:
    found = Rows(session, "SELECT NULLIF(seq % 3, 0) FROM seq_1_to_9")
    assert [one for some in found for one in some] == [b"1", b"2"] * 3
    assert found.nulls == 3


def test_a_session_goes_on_after_the_last_row(session: Any) -> None:
    assert _read(session, "SELECT 1") == [b"1"]
    assert _read(session, "SELECT 1 FROM seq_1_to_2 WHERE 1 = 0") == []
    assert rows(session, "SELECT 2") == [(2,)]


def test_an_error_in_the_middle_is_raised(session: Any) -> None:
    statement = (
        "SELECT IF(seq < 5000, REPEAT('x', 100), (SELECT seq FROM seq_1_to_2))"
        " FROM seq_1_to_9000"
    )
    with pytest.raises(pymysql.MySQLError, match="more than 1 row"):
        _read(session, statement)


def test_who_does_not_read_to_the_end_has_no_session(
    session: Any,
) -> None:
    for _ in Rows(session, "SELECT seq FROM seq_1_to_900000"):
        break
    with pytest.raises(pymysql.MySQLError):
        rows(session, "SELECT 1")
