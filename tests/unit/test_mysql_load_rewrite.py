"""Files of the lake as LOAD DATA reads them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.mysql.load import rewrite
from daybook.table import Column, Table


def table(kind: str) -> Table:
    columns = (Column("id", "text", nullable=False), Column("v", kind))
    return Table("", "t", columns, ("id",))


def rewritten(path: Path, kind: str, value: str | None) -> str:
    """Return the line of a row with this value."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE rows AS SELECT 'k' c0, ?::TEXT c1", [value]
        )
        connection.execute(rewrite.copy(table(kind), "rows", str(path)))
    return path.read_bytes().decode()


@pytest.mark.parametrize(
    "kind, value, written",
    [
        ("text", None, "NULL"),
        ("text", "NULL", '"NULL"'),
        ("text", "", '""'),
        ("text", "a\"b\\\n\t,", '"a""b\\\n\t,"'),
        ("boolean", "t", '"1"'),
        ("boolean", "false", '"0"'),
        ("bytea", "\\x00ff", '"00ff"'),
        ("bytea", "\\x", '""'),
        ("timestamp with time zone", "2024-01-01 00:00:00+00",
         '"2024-01-01 00:00:00"'),
        ("timestamp with time zone", "2024-01-01T00:00:00.5Z",
         '"2024-01-01T00:00:00.5"'),
        ("timestamp with time zone", "2024-01-01 00:00:00.000001+05:30",
         '"2023-12-31 18:30:00.000001"'),
        ("timestamp(3) with time zone", "0001-01-01 00:00:00+00",
         '"0001-01-01 00:00:00"'),
    ],
)  # fmt: skip
def test_a_value_is_written_so(
    tmp_path: Path, kind: str, value: str | None, written: str
) -> None:
    assert rewritten(tmp_path / "out", kind, value) == f'"k",{written}\n'


@pytest.mark.parametrize(
    "kind, value",
    [
        ("bytea", "00ff"),
        ("bytea", "\\x0"),
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("date", "2024-1-1"),
        ("date", "0000-01-01"),
        ("date", "2024-00-01"),
        ("timestamp without time zone", "2024-01-00 00:00:00"),
        ("time without time zone", "12:00"),
        ("timestamp without time zone", "12024-01-01 00:00:00"),
        ("timestamp without time zone", "2024-01-01 00:00:00.1234567"),
        ("timestamp with time zone", "infinity"),
        ("timestamp with time zone", "0001-01-01 00:00:00+00 BC"),
        ("timestamp with time zone", "10000-01-01 00:00:00+00"),
        ("timestamp with time zone", "9999-12-31 23:59:59-01"),
        ("timestamp with time zone", "yesterday"),
    ],
)
def test_what_mysql_would_take_for_another_value_is_refused(
    tmp_path: Path, kind: str, value: str
) -> None:
    with pytest.raises(duckdb.InvalidInputException) as caught:
        rewritten(tmp_path / "out", kind, value)
    found = rewrite.refused(table(kind), str(caught.value))
    assert found == rewrite.Refused("v", value, "k")


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
def test_any_text_is_quoted_whole(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "text"
    doubled = text.replace('"', '""')
    assert rewritten(path, "text", text) == f'"k","{doubled}"\n'


def test_another_error_of_duckdb_is_not_ours() -> None:
    assert rewrite.refused(table("text"), "Invalid Input Error: x") is None
