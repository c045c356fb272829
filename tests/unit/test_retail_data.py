"""The generated deliveries of a shop have every fault that a rule finds."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import yaml

from demo.retail import rows
from demo.retail.rows import Shop
from demo.retail.source import deliver, delivery
from meltano import ROOT

RULES = ROOT / "transform" / "models" / "retail" / "checks" / "rules.yml"
FIRST = date(2020, 1, 1)
SHOP = Shop(customers=400, products=300, sales=300)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(number) for number in range(count)]


def test_there_is_a_fault_for_each_rule() -> None:
    models = yaml.safe_load(RULES.read_text())["models"]
    rules = {
        (meta["dataset"], rule["name"])
        for model in models
        for meta in [model["config"]["meta"]]
        for rule in meta["rules"]
    }
    broken = {
        fault for day in days(4) for fault in delivery(day, SHOP, FIRST).broken
    }
    assert rules <= broken
    assert broken - rules == {
        ("customers", "id_is_unique"),
        ("customers", "line_is_an_object"),
    }


def test_the_same_day_is_the_same_bytes(tmp_path: Path) -> None:
    made = [
        deliver(tmp_path / name, FIRST, SHOP, FIRST) for name in ("a", "b")
    ]
    contents = [[path.read_bytes() for path in paths] for paths in made]
    assert contents[0] == contents[1]


def test_hours_and_files_come_in_all_spellings(tmp_path: Path) -> None:
    made = deliver(tmp_path, FIRST, SHOP, FIRST)
    names = {path.relative_to(tmp_path).as_posix() for path in made}
    assert f"date={FIRST}/hour=06/customers.json.gz" in names
    assert f"date={FIRST}/hour=7/customers.json.gz" in names
    assert f"date={FIRST}/hour=9/transactions.json" in names


def test_some_transactions_come_before_their_customers() -> None:
    hours = delivery(FIRST, SHOP, FIRST).hours
    assert hours[5]["transactions"]
    assert min(h for h in hours if hours[h].get("customers")) > 5


def test_a_sale_is_without_fault() -> None:
    row = rows.sale("t", 7, [1, 2], datetime.combine(FIRST, time()))
    assert json.loads(rows.line(row)) == row
    assert row["customer_id"] == "00000007"
