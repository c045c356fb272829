"""What target-mysql needs of memory, and what long rows become."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from mysql_input import load
from singer_input import Rows, Stream, source

import harness
from daybook.errors import InputError
from harness import BIN

DAY = "2024-12-20"
LIMIT = 150_000_000


def documents(rows: Rows) -> Stream:
    types = {"id": "integer", "body": "text", "price": "numeric(4,2)"}
    return Stream("documents", types, rows, ("id",))


def body(number: int, size: int) -> str:
    return f'{number}: "quoted",\n'.ljust(size, "é")


def test_rows_in_pieces_arrive_as_they_were(
    mariadb_url: str, tmp_path: Path
) -> None:
    rows = [(str(n), body(n, 9_000 * n), None) for n in range(1, 60)]
    load(mariadb_url, source(tmp_path, DAY, documents(rows)))
    found = harness.mysql(mariadb_url, "SELECT id, body FROM documents")
    assert found == [(int(n), text) for n, text, _ in rows]


def test_a_value_of_a_later_piece_that_does_not_fit_is_named(
    mariadb_url: str, tmp_path: Path
) -> None:
    rows = [(str(n), body(n, 300_000), "1.00") for n in range(1, 60)]
    rows[50] = ("51", "", "100.00")
    with pytest.raises(InputError, match=r"key \(id\) = \(51\).*'100.00'"):
        load(mariadb_url, source(tmp_path, DAY, documents(rows)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "number"), [(9_000, 10_000), (100_000, 1_500), (1_900_000, 60)]
)
def test_memory_is_that_of_a_few_rows(
    mariadb_url: str, tmp_path: Path, size: int, number: int
) -> None:
    rows = ((str(n), body(n, size // 2), None) for n in range(number))
    day = source(tmp_path, DAY, documents(rows))
    (tmp_path / "input").write_text(day.messages())
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"url": mariadb_url}))
    run = (
        "import subprocess, sys; file = open(sys.argv[1]); "
        "sys.exit(subprocess.call(sys.argv[2:], stdin=file))"
    )
    target = [str(BIN / "target-mysql"), "--config", str(config)]
    _, peak = harness.peak_memory(
        [sys.executable, "-c", run, str(tmp_path / "input"), *target]
    )
    assert harness.mysql(mariadb_url, "SELECT count(*) FROM documents") == [
        (number,)
    ]
    assert peak < LIMIT
