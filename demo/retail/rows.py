"""What a shop delivers: customers, products, sales, requests. Pure.

Everything follows from a seed. Some rows are at fault, each in one way
that a rule must find: the faults are listed here, and nowhere random.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from demo.names import FIRST_NAMES, LAST_NAMES

Row = dict[str, Any]

_STREETS = ("High Street", "Church Lane", "Mill Road", "Rue de l'Église")
_CITIES = ("Leeds", "York", "King's Lynn", "Saint-Étienne", "Łódź")
_CATEGORIES = ("tea", "coffee", "biscuits", "jam")
# One is called as a customer may be.
_PRODUCTS = ("Earl", "Grey", "Ginger", "Daisy", "Assam", "Rose")


@dataclass(frozen=True, slots=True)
class Shop:
    """How much a shop delivers.

    Attributes:
        customers: In all.
        products: In all.
        sales: Transactions per day.
    """

    customers: int = 700
    products: int = 400
    sales: int = 300


def customer(number: int) -> Row:
    """Return a customer without fault; ids have leading zeros."""
    rng = Random(f"customer {number}")  # noqa: S311 (nothing secret)
    first = _any(rng, FIRST_NAMES)
    last = _any(rng, LAST_NAMES)
    born = date(1940, 1, 1) + timedelta(int(rng.random() * 22_000))
    changed = date(2019, 1, 1) + timedelta(int(rng.random() * 365))
    row: Row = {
        "id": f"{number:08d}",
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{number}@example.com".lower(),
        "date_of_birth": born.isoformat(),
        "phone_number": f"+44 20 7946 {number:06d}",
        "address": f"{number} {_any(rng, _STREETS)}",
        "city": _any(rng, _CITIES),
        "country": "United Kingdom",
        "postcode": f"LS{number % 30} {number % 10}XY",
        "last_change": changed.isoformat(),
    }
    if number % 3 == 0:
        row["segment"] = "loyal"
    return row


def product(number: int, version: int = 0) -> Row:
    """Return a product without fault; a later version has another price."""
    rng = Random(f"product {number}")  # noqa: S311
    pence = 50 + int(rng.random() * 5_000) + version
    return {
        "sku": number,
        "name": f"{_any(rng, _PRODUCTS)} {number}",
        "price": str(Decimal(pence) / 100),
        "category": _any(rng, _CATEGORIES),
        "popularity": 1 + int(rng.random() * 500) / 100,
    }


def sale(key: str, buyer: int, skus: list[int], at: datetime) -> Row:
    """Return a transaction without fault."""
    there = customer(buyer)
    lines = [_line(sku, 1 + place % 3) for place, sku in enumerate(skus)]
    total = sum(Decimal(line["total"]) for line in lines)
    return {
        "transaction_id": key,
        "transaction_time": at.isoformat(),
        "customer_id": there["id"],
        "delivery_address": {
            "address": f"{there['address']}\nFlat {buyer % 9}",
            "postcode": there["postcode"],
            "city": there["city"],
            "country": there["country"],
        },
        "purchases": {"products": lines, "total_cost": str(total)},
    }


def _line(sku: int, pieces: int) -> Row:
    price = Decimal(product(sku)["price"])
    return {
        "sku": sku,
        "quanitity": pieces,
        "price": str(price),
        "total": str(price * pieces),
    }


def _any(rng: Random, choices: tuple[str, ...]) -> str:
    # Random.random is the same on every Python, choice may not be.
    return choices[int(rng.random() * len(choices))]


CUSTOMER_FAULTS: Mapping[str, Callable[[Row], Any]] = {
    "first_name_is_populated": lambda row: row | {"first_name": None},
    "last_name_is_populated": lambda row: row | {"last_name": "  "},
    "email_is_populated": lambda row: row | {"email": ""},
    "last_change_is_a_date": lambda row: row | {"last_change": "2019-02-30"},
    "id_is_a_text": lambda row: row | {"id": int(row["id"])},
    "fields_are_plain": lambda row: row | {"city": [row["city"]]},
}
"""How customers are at fault, by the rule that finds it."""

PRODUCT_FAULTS: Mapping[str, Callable[[Row], Any]] = {
    "sku_is_an_integer": lambda row: row | {"sku": str(row["sku"])},
    "name_is_populated": lambda row: row | {"name": None},
    "price_is_an_amount": lambda row: row | {"price": "0.00"},
    "price_is_an_amount ": lambda row: row | {"price": None},
    "price_is_an_amount  ": lambda row: row | {"price": "1.999"},
    "category_is_plain": lambda row: row | {"category": {"tea": True}},
    "popularity_is_positive": lambda row: row | {"popularity": 0},
}
"""How products are at fault; blanks only tell keys apart."""


def _mistaken(row: Row) -> Row:
    total = Decimal(row["purchases"]["total_cost"]) + 1
    return row | {"purchases": row["purchases"] | {"total_cost": str(total)}}


def _with_line(row: Row, **fields: Any) -> Row:
    lines = row["purchases"]["products"]
    wrong = [lines[0] | fields, *lines[1:]]
    return row | {"purchases": row["purchases"] | {"products": wrong}}


SALE_FAULTS: Mapping[str, Callable[[Row], Any]] = {
    "customer_exists": lambda row: row | {"customer_id": "99999999"},
    "products_exist": lambda row: _with_line(row, sku=999_999_999),
    "products_are_there": lambda row: (
        row | {"purchases": {"products": [], "total_cost": "0.00"}}
    ),
    "items_are_numbers": lambda row: _with_line(row, quanitity=1.5),
    "delivery_address_is_an_object": lambda row: (
        row | {"delivery_address": row["delivery_address"]["address"]}
    ),
    "total_cost_is_the_sum": _mistaken,
    "transaction_time_is_a_time": lambda row: row | {"transaction_time": "?"},
    "transaction_id_is_populated": lambda row: row | {"transaction_id": None},
}
"""How transactions are at fault, by the rule that finds it."""

FAULTS: Mapping[str, Mapping[str, Callable[[Row], Any]]] = {
    "customers": CUSTOMER_FAULTS,
    "products": PRODUCT_FAULTS,
    "transactions": SALE_FAULTS,
}


def line(row: Row) -> str:
    """Return the row as it is delivered."""
    return json.dumps(row, ensure_ascii=len(str(row)) % 2 == 0)


def faulty(dataset: str, row: Row, number: int) -> tuple[str, str]:
    """Return the row with a fault, and the rule that it breaks."""
    faults = list(FAULTS[dataset].items())
    rule, spoil = faults[number % len(faults)]
    return line(spoil(row)), rule.strip()


def requests(day: int, shop: Shop) -> Iterator[Row]:
    """Yield a day's erasure requests."""
    number = 1 + day * 7 % shop.customers
    one, other = customer(number), customer(1 + (number + 3) % shop.customers)
    both = {"customer-id": one["id"], "email": one["email"]}
    yield from [
        both,
        {"customer-id": None, "email": f" {other['email'].upper()} "},
        {"email": f"nobody{day}@example.com"},
        {"customer-id": "", "email": None},
    ][: 1 + day % 4]
