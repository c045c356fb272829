"""The generated shop is the same everywhere and hangs together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo import northwind, source

ROOT = Path(__file__).parents[2]
REFERENCES = (
    ("orders", 1, "customers"),
    ("orders", 2, "employees"),
    ("orders", 6, "shippers"),
    ("products", 2, "suppliers"),
    ("products", 3, "categories"),
    ("territories", 2, "region"),
    ("employee_territories", 0, "employees"),
    ("employee_territories", 1, "territories"),
    ("order_details", 0, "orders"),
    ("order_details", 1, "products"),
)


def digest(hash_seed: str) -> str:
    program = (
        "from demo.northwind import tables; import hashlib; "
        "print(hashlib.sha256(repr((tables(1), tables(2))).encode())"
        ".hexdigest())"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_is_the_same_in_every_process() -> None:
    assert digest("1") == digest("2")


def test_the_committed_file_is_the_first_day() -> None:
    # To write it again: source.order_details_csv(northwind.tables(1))
    committed = (ROOT / "extract" / "order_details.csv").read_bytes()
    assert committed == source.order_details_csv(northwind.tables(1))


def test_the_first_day_has_the_size_of_northwind() -> None:
    tables = northwind.tables(1)
    assert len(tables) == 14
    assert len(tables["orders"]) == 830
    assert len(tables["order_details"]) == 2155
    assert sum(order[5] is None for order in tables["orders"]) == 21
    empty = {name for name, rows in tables.items() if not rows}
    assert empty == {"customer_demographics", "customer_customer_demo"}


@pytest.mark.parametrize("day", [1, 2])
def test_every_reference_leads_somewhere(day: int) -> None:
    tables = northwind.tables(day)
    for table, column, referred in REFERENCES:
        keys = {row[0] for row in tables[referred]}
        assert {row[column] for row in tables[table]} <= keys, table


def test_the_second_day_inserts_updates_and_deletes() -> None:
    one, two = northwind.tables(1), northwind.tables(2)
    assert len(two["orders"]) - len(one["orders"]) == 12
    gone = {row[0] for row in one["customers"]} - {
        row[0] for row in two["customers"]
    }
    assert len(gone) == 1
    prices = {row[0]: row[5] for row in one["products"]}
    risen = [row for row in two["products"] if prices[row[0]] != row[5]]
    assert len(risen) == 2
