"""Other tools read a day as docs/operations.md says, value by value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from days import Row, publish_day, table

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
ORDERS = table(
    "orders", [("id", "integer"), ("source", "text"), ("v", "text")], ["id"]
)
VALUES = [
    None,
    "",
    "NULL",
    "NA",
    "\\N",
    "\\.",
    "a\r\nb\nc",
    'say "x", y',
    " pad ",
    "#c",
    'a\\"b',
    "é😀",
    "x\n" * 1_500_000,
]
ROWS: list[Row] = [[str(i), "s", value] for i, value in enumerate(VALUES)]


def blocks(section: str) -> list[str]:
    """Return the Python code under a heading of the document."""
    text = DOCS.read_text().split(f"### {section}\n")[1].split("\n#")[0]
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the document's DuckDB code leaves behind, run on a day."""
    publish_day(
        tmp_path / "output", "postgres", "2024-12-20", [(ORDERS, ROWS)]
    )
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(blocks("DuckDB")[0], found)  # noqa: S102 (it is what is tested)
    return found


def test_duckdb_reads_every_value(read: dict[str, Any]) -> None:
    assert [list(row) for row in read["rows"].fetchall()] == ROWS


def test_pandas_reads_every_value_through_duckdb(
    read: dict[str, Any],
) -> None:
    exec(blocks("pandas")[0], read)  # noqa: S102
    frame = read["frame"].astype(object)
    found = frame.where(frame.notna(), None)["v"].tolist()
    assert found == VALUES


def test_pandas_alone_keeps_texts_that_look_like_null(
    read: dict[str, Any],
) -> None:
    (path,) = Path("output").glob("*/*/*/*.csv")
    (call,) = re.findall(
        r"`(pandas\.read_csv\(.*?\))`", DOCS.read_text(), re.DOTALL
    )
    frame = eval(call, {"pandas": pd, "path": path})  # noqa: S307
    assert frame["v"].isna().tolist() == [v in {None, ""} for v in VALUES]
    assert frame["v"][2:].tolist() == VALUES[2:]
