"""What is delivered hour by hour and day by day, in any order."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from retail_runs import (
    DAY,
    NEXT,
    Shop,
    customer,
    new_shop,
    product,
    sale,
)

from demo.retail import rows as made
from demo.retail.source import deliver, delivery
from meltano import files_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def shop(tmp_path: Path, lake: Path) -> Shop:
    return new_shop(tmp_path, lake)


def test_a_row_becomes_valid_when_what_it_refers_to_has_come(
    shop: Shop,
) -> None:
    shop.deliver("0", "transactions", sale("t1"), sale("t2", customer_id="8"))
    shop.process()
    assert shop.broken("transactions") == {
        1: ["customer_exists", "products_exist"],
        2: ["customer_exists", "products_exist"],
    }
    shop.deliver("5", "customers", customer())
    shop.deliver("05", "products", product())
    shop.process()
    assert shop.broken("transactions") == {2: ["customer_exists"]}
    shop.deliver("3", "customers", customer("8"), day=NEXT)
    shop.process(NEXT)
    rows = shop.query("SELECT transaction_id FROM transactions", NEXT)
    assert sorted(rows) == [("t1",), ("t2",)]
    assert shop.counts(NEXT)["transactions"] == (2, 2, 0, 0)
    shop.process()
    assert shop.counts()["transactions"] == (2, 1, 1, 0)


def test_repeated_rows_are_one_wherever_they_come_again(shop: Shop) -> None:
    rows = (customer("1"), customer("2"))
    shop.deliver("0", "customers", *rows, rows[0])
    shop.deliver("00", "customers", rows[1])
    shop.deliver("23", "customers", *rows, day=NEXT)
    shop.write("23", "customers.json.gz", b"what?\n", day=NEXT)
    shop.process()
    assert shop.counts()["customers"] == (4, 2, 0, 2)
    shop.process(NEXT)
    assert shop.counts(NEXT)["customers"] == (7, 2, 1, 4)
    hours = shop.query(
        "SELECT delivered_on::VARCHAR, delivered_hour, lines, duplicates "
        "FROM statistics ORDER BY 1, 2",
        NEXT,
    )
    assert hours == [("2020-01-01", 0, 4, 2), ("2020-01-02", 23, 3, 2)]


def test_the_newest_delivery_of_a_key_wins(shop: Shop) -> None:
    shop.deliver(
        "9",
        "customers",
        customer("1", city="York"),
        customer("1", city="Leeds"),
        customer("1", city="Bath", email=None),
    )
    shop.deliver("10", "customers", customer("1", city="York"))
    shop.process()
    assert shop.query("SELECT id, city FROM customers") == [("1", "York")]
    assert shop.counts()["customers"] == (4, 1, 2, 1)
    assert shop.broken("customers") == {
        2: ["id_is_unique"],
        3: ["email_is_populated"],
    }


def test_a_product_keeps_what_it_was(shop: Shop) -> None:
    shop.deliver("1", "products", product(price="1.00"))
    shop.deliver("2", "products", product(price="2.00"))
    shop.deliver("3", "products", product(price="0"))
    shop.deliver("0", "products", product(price="1.00"), day=NEXT)
    shop.process()
    now = "SELECT price::VARCHAR, delivered_hour FROM products"
    assert shop.query(now) == [("2.00", 2)]
    shop.process(NEXT)
    assert shop.query(now, NEXT) == [("1.00", 0)]
    was = shop.query(
        "SELECT version, price::VARCHAR, delivered_on::VARCHAR, "
        "delivered_hour FROM product_history ORDER BY version",
        NEXT,
    )
    assert was == [
        (1, "1.00", "2020-01-01", 1),
        (2, "2.00", "2020-01-01", 2),
        (3, "1.00", "2020-01-02", 0),
    ]
    assert shop.counts(NEXT)["products"] == (4, 2, 1, 1)


def test_files_that_are_none_are_told_and_the_others_are_read(
    shop: Shop,
) -> None:
    words = random.Random(1)
    lines = [f'{{"id": "{words.getrandbits(99)}"}}\n' for _ in range(9_000)]
    packed = gzip.compress("".join(lines).encode())
    shop.write("1", "customers.json", packed[: len(packed) // 2])
    (shop.folder("2") / "products.json.gz").mkdir()
    shop.write("3", "customers.json", "René\n".encode("latin-1"))
    shop.write("4", "customers.json", b"{}\0\n")
    shop.write("5", "customers.json", b"x" * 100_000_000 + b"\n{}\n")
    shop.write("6", "customers.json.gz", b"0" * 300_000_000)
    shop.write("7", "things.json", b"{}\n")
    shop.write("eight", "products.json", b"{}\n")
    shop.write("9", "products.json", b"")
    shop.deliver("10", "customers", customer("long", extra=['"'] * 500_000))
    shop.process()
    told = shop.query(
        "SELECT DISTINCT delivered_hour, reasons FROM customers__rejected "
        "WHERE reasons LIKE '%line_is%' UNION ALL "
        "SELECT delivered_hour, reasons FROM products__rejected UNION ALL "
        "SELECT delivered_hour, reasons FROM others__rejected"
    )
    said = dict(told)
    assert "breaks off here" in said[1]
    assert "products.json.gz is a folder" in said[2]
    assert "0xE9" in said[3]
    assert "NUL" in said[4]
    assert "100,000,000 bytes" in said[5]
    assert "bytes, more than" in said[6]
    assert "there is no dataset things" in said[7]
    assert "sku_is_an_integer" in said[None]
    assert shop.query("SELECT id FROM customers") == [("long",)]


def test_the_same_deliveries_are_the_same_bytes(shop: Shop) -> None:
    for hour in ("00", "1", "12"):
        shop.deliver(hour, "customers", *map(customer, "abc"), customer(hour))
    shop.process()
    before = files_of(shop.lake)
    shop.process()
    assert files_of(shop.lake) == before


def change_rules(shop: Shop, old: str, new: str) -> None:
    """Write `new` for each `old` in the rules, which must have it."""
    rules = shop.pipeline.root / "transform/models/retail/checks/rules.yml"
    text = rules.read_text()
    assert old in text
    rules.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("message: the sku is no integer", "", "Rule 1 of products_checked"),
        (": last_name_is", ": first_name_is", "Rule 2 of customers_checked"),
        ("max_rejected: 1.0", "max_rejected: 5", "is 5, no share from 0 to 1"),
    ],
)
def test_rules_that_mean_nothing_are_refused(
    shop: Shop, old: str, new: str, told: str
) -> None:
    shop.deliver("0", "customers", customer("1"))
    shop.bring()
    change_rules(shop, old, new)
    failed = shop.build()
    assert failed.returncode == 2
    assert told in failed.stderr


def test_too_many_rejected_rows_fail_the_day(shop: Shop) -> None:
    change_rules(shop, "max_rejected: 1.0", "max_rejected: 0.5")
    shop.deliver("0", "customers", customer("1"), "{}", "[]")
    shop.bring()
    failed = shop.build()
    assert failed.returncode == 2
    assert "not_too_many_are_rejected" in failed.stderr
    assert "dataset=customers" in failed.stderr
    shop.deliver("1", "customers", customer("2"))
    shop.process()
    assert shop.counts()["customers"] == (4, 2, 2, 0)


def test_generated_deliveries_break_the_rules_that_they_should(
    shop: Shop,
) -> None:
    size = made.Shop(customers=200, products=150, sales=120)
    days = [date.fromisoformat(day) for day in (DAY, NEXT)]
    expected: Counter[tuple[str, str]] = Counter()
    for day in days:
        folder = shop.pipeline.root / "extract" / "retail"
        deliver(folder, day, size, days[0])
        expected += delivery(day, size, days[0]).broken
        shop.process(str(day))
    rows = shop.query(
        "SELECT dataset, rule, sum(rows)::int FROM rejections "
        "WHERE delivered_hour <> 3 GROUP BY ALL",
        NEXT,
    )
    assert {(dataset, rule): count for dataset, rule, count in rows} == (
        expected
    )
    broken = shop.query(
        "SELECT dataset, delivered_on::VARCHAR, lines, valid, duplicates "
        "FROM statistics WHERE delivered_hour = 3 ORDER BY 2, 1",
        NEXT,
    )
    assert broken == [
        ("customers", DAY, 1, 0, 0),
        ("others", DAY, 1, 0, 0),
        ("products", DAY, 1, 0, 0),
        ("transactions", DAY, 1, 0, 0),
        ("customers", NEXT, 1, 0, 1),
        ("others", NEXT, 1, 0, 1),
        ("products", NEXT, 1, 0, 0),
        ("transactions", NEXT, 1, 0, 1),
    ]
