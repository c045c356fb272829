"""Rows of a shop that break rules, and what is said of them."""

from __future__ import annotations

import json

import pytest
from retail_runs import (
    Row,
    Shop,
    bought,
    customer,
    item,
    new_shop,
    product,
    sale,
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

WHOLE = "line_is_an_object"
CUSTOMERS: list[tuple[Row | str, list[str]]] = [
    (customer("0007", segment="loyal"), []),
    (customer("7", date_of_birth=None, phone_number=44), []),
    (customer("a", last_change=None), []),
    (customer("b", first_name=None), ["first_name_is_populated"]),
    (customer("c", first_name=5), ["first_name_is_populated"]),
    (
        customer("d", last_name="\u00a0\t", email=""),
        ["last_name_is_populated", "email_is_populated"],
    ),
    (customer(7), ["id_is_a_text"]),  # type: ignore[arg-type]
    (customer(" "), ["id_is_a_text"]),
    (customer("e", last_change="2019-02-30"), ["last_change_is_a_date"]),
    (customer("f", last_change="infinity"), ["last_change_is_a_date"]),
    (customer("g", city=["Leeds"]), ["fields_are_plain"]),
    ('{"id": "h", "first_name": "Ad', [WHOLE]),
    (f"{json.dumps(customer('l'))[:-1]}, }}", [WHOLE]),
    (customer("m", address='a"\\,}', tags=[",]"]), []),
    ("[1, 2]", [WHOLE]),
    ("null", [WHOLE]),
    ('{"id": "i", "id": "j"}', [WHOLE]),
    ('{"id": "k\\u0000"}', [WHOLE]),
    ("[" * 50_000, [WHOLE]),
]
PRODUCTS: list[tuple[Row | str, list[str]]] = [
    (product(1), []),
    (product(-2, price="0007.5", popularity=3), []),
    (product("3"), ["sku_is_an_integer"]),
    (product(4.0), ["sku_is_an_integer"]),
    (product(10**30), ["sku_is_an_integer"]),
    (product(None, name=None), ["sku_is_an_integer", "name_is_populated"]),
    (product(5, price="0.00"), ["price_is_an_amount"]),
    (product(5, price=None), ["price_is_an_amount"]),
    (product(5, price="1.999"), ["price_is_an_amount"]),
    (product(5, price="1e3"), ["price_is_an_amount"]),
    (product(5, price=" 1.00"), ["price_is_an_amount"]),
    (product(5, price="-1.00"), ["price_is_an_amount"]),
    (product(5, price=1.5), ["price_is_an_amount"]),
    (product(5, price="9" * 40), ["price_is_an_amount"]),
    (product(5, popularity=0), ["popularity_is_positive"]),
    (product(5, popularity="1"), ["popularity_is_positive"]),
    (product(5, popularity=float("nan")), ["popularity_is_positive"]),
    ('{"sku": 5, "popularity": 1e999}', [
        "name_is_populated", "price_is_an_amount", "popularity_is_positive",
    ]),
    (product(5, category={"a": 1}), ["category_is_plain"]),
]  # fmt: skip
SUM, NUMBERS = "total_cost_is_the_sum", "items_are_numbers"
SALES: list[tuple[Row | str, list[str]]] = [
    (sale("t1"), []),
    (sale("t2", transaction_time="2020-01-01 12:00:00.25+02:00"), []),
    (sale("t3", purchases=bought(item(), item(total=0.1), total=3.1)), []),
    (sale("t4", purchases=bought(item(quanitity=1.0, price=None))), []),
    (sale("t5", delivery_address=None), []),
    (sale("t6", purchases=bought(item("1"))), []),
    (sale(7), []),
    (sale("x", customer_id="7x"), ["customer_exists"]),
    (sale("x", customer_id=7), ["customer_exists"]),
    (sale("x", customer_id="b"), ["customer_exists"]),
    (sale(None), ["transaction_id_is_populated"]),
    (sale(["t7"]), ["transaction_id_is_populated"]),
    (sale("x", transaction_time="noon"), ["transaction_time_is_a_time"]),
    (sale("x", transaction_time="epoch"), ["transaction_time_is_a_time"]),
    (sale("x", delivery_address="home"), ["delivery_address_is_an_object"]),
    (sale("x", purchases=bought(item(99))), ["products_exist"]),
    (sale("x", purchases=bought(item("01"))), ["products_exist"]),
    (sale("x", purchases=bought(item(1.0))), ["products_exist"]),
    (sale("x", purchases=bought(item(5))), ["products_exist"]),
    (sale("x", purchases=bought(None)), ["products_exist", SUM]),
    (sale("x", purchases=bought(total=0)), ["products_are_there"]),
    (sale("x", purchases=[]), ["products_are_there", SUM]),
    (sale("x", purchases=bought({"sku": 1})), [SUM]),
    (sale("x", purchases=bought(item(quanitity=1.5))), [NUMBERS]),
    (sale("x", purchases=bought(item(price="1e99"))), [NUMBERS]),
    (sale("x", purchases=bought(item(), total="3.01")), [SUM]),
    (sale("x", purchases=bought(item(), total=None)), [SUM]),
    (sale("x", purchases=bought(item(total="3,00"))), [SUM]),
    ("{}", [
        "transaction_id_is_populated", "transaction_time_is_a_time",
        "customer_exists", "products_are_there", SUM,
    ]),
]  # fmt: skip
REQUESTS: list[tuple[Row | str, list[str]]] = [
    ({"customer-id": "007"}, []),
    ({"email": "A@b.c", "customer-id": None}, []),
    ({"email": " ", "customer-id": ""}, ["somebody_is_named"]),
    ({"id": "007"}, ["somebody_is_named"]),
]
DATASETS = {
    "customers": [(customer(), []), *CUSTOMERS],
    "products": PRODUCTS,
    "transactions": SALES,
    "erasure-requests": REQUESTS,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """An hour in which rows with every fault were delivered."""
    folder = tmp_path_factory.mktemp("shop")
    lake = folder / "lake"
    lake.mkdir()
    made = new_shop(folder, lake)
    for dataset, given in DATASETS.items():
        made.deliver("00", dataset, *(row for row, _ in given))
    made.process()
    return made


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_row_says_which_rules_it_breaks(shop: Shop, dataset: str) -> None:
    given = DATASETS[dataset]
    expected = {
        line: rules for line, (_, rules) in enumerate(given, 1) if rules
    }
    assert shop.broken(dataset.replace("-", "_")) == expected


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_row_is_counted(shop: Shop, dataset: str) -> None:
    rows = DATASETS[dataset]
    valid = sum(not rules for _, rules in rows)
    counts = (len(rows), valid, len(rows) - valid, 0)
    assert shop.counts()[dataset] == counts


def test_reasons_are_counted_by_rule(shop: Shop) -> None:
    rows = shop.query(
        "SELECT rule, rows FROM rejections WHERE dataset = 'products' "
        "AND rule LIKE 'p%' ORDER BY 1"
    )
    assert rows == [("popularity_is_positive", 4), ("price_is_an_amount", 9)]
    ((told,),) = shop.query(
        "SELECT rejected_by_rule FROM statistics WHERE dataset = 'products'"
    )
    assert '"price_is_an_amount": 9' in told


def test_a_rejected_row_has_its_line_as_it_came(shop: Shop) -> None:
    rows = shop.query(
        "SELECT file, line, text, reasons FROM customers__rejected "
        "WHERE text LIKE '%Ad'"
    )
    name = "extract/retail/date=2020-01-01/hour=00/customers.json"
    (row,) = rows
    assert row[:3] == (name, 13, '{"id": "h", "first_name": "Ad')
    assert "line_is_an_object: it is no JSON" in row[3]


def test_leading_zeros_of_an_id_count(shop: Shop) -> None:
    rows = shop.query("SELECT id FROM customers ORDER BY 1")
    assert rows == [("0007",), ("007",), ("7",), ("a",), ("m",)]


def test_a_moment_with_a_zone_is_told_in_utc(shop: Shop) -> None:
    rows = shop.query(
        "SELECT transaction_time::VARCHAR FROM transactions "
        "WHERE transaction_id = 't2'"
    )
    assert rows == [("2020-01-01 10:00:00.25",)]


def test_purchases_are_flattened_in_order(shop: Shop) -> None:
    rows = shop.query(
        "SELECT position, sku, quantity, total::VARCHAR "
        "FROM transaction_items WHERE transaction_id = 't3' ORDER BY 1"
    )
    assert rows == [(1, 1, 2, "3.0000"), (2, 1, 2, "0.1000")]
