"""Each table's rows by formula: the same on every machine. Pure."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from demo import names

Value = str | int | datetime.date | bytes | None
Row = tuple[Value, ...]
T = TypeVar("T")

FIRST_ORDER = 10248
ORDERS = 830
DETAILS = 2155
PRODUCTS = 77
CUSTOMERS = 91
UNSHIPPED = 21
"""So many of the first day's orders, the newest, are still open."""
OPENING = datetime.date(2023, 7, 3)
SECOND_DAY = datetime.date(2024, 12, 21)


def _random(seed: str) -> Random:
    return Random(seed)  # noqa: S311 (nothing secret)


def _pick(rng: Random, items: Sequence[T]) -> T:
    # Random.choice may change between Pythons, Random.random does not.
    return items[int(rng.random() * len(items))]


def _between(rng: Random, low: int, high: int) -> int:
    return low + int(rng.random() * (high - low + 1))


def _money(cents: int) -> str:
    """Return an amount in the shortest form, as PostgreSQL writes `real`."""
    return f"{cents / 100:g}"


def _person(rng: Random) -> str:
    return f"{_pick(rng, names.FIRST_NAMES)} {_pick(rng, names.LAST_NAMES)}"


def _phone(rng: Random, place: names.Place) -> str:
    return f"{place.dial} {_between(rng, 10, 99)} {_between(rng, 1, 9999):07}"


def _street(rng: Random) -> str:
    return f"{_pick(rng, names.STREETS)} {_between(rng, 1, 120)}"


def picture(number: int) -> bytes:
    """Return a 16 x 16 picture in stripes, as a BMP file."""
    side = 16
    stripes = (bytes((number * 25 % 256, 16 * y, 80)) for y in range(side))
    pixels = b"".join(stripe * side for stripe in stripes)
    info = struct.pack(
        "<IiiHHIIiiII", 40, side, side, 1, 24, 0, len(pixels), 0, 0, 0, 0
    )
    size = 14 + len(info) + len(pixels)
    head = struct.pack("<2sIHHI", b"BM", size, 0, 0, 14 + len(info))
    return head + info + pixels


def territories() -> list[Row]:
    """Return 53 territories, the ids with leading zeros."""
    rows: list[Row] = []
    for n in range(53):
        base = names.TERRITORIES[n % len(names.TERRITORIES)]
        suffix = ("", " Falls", " Heights")[n // len(names.TERRITORIES)]
        rows.append((f"{1581 + n * 1733:05}", base + suffix, n % 4 + 1))
    return rows


def us_states() -> list[Row]:
    """Return the states, with names and abbreviations as they are."""
    rows: list[Row] = []
    for n, line in enumerate(names.STATES, 1):
        name, abbreviation, region = line.rsplit(" ", 2)
        rows.append((n, name, abbreviation, region))
    return rows


def categories() -> list[Row]:
    """Return eight categories: one without text, one without picture."""
    return [
        (n, name, description, picture(n) if n != 5 else None)
        for n, (name, description) in enumerate(names.CATEGORIES, 1)
    ]


def suppliers() -> list[Row]:
    """Return 29 suppliers, most without fax and home page."""
    rng = _random("suppliers")
    rows: list[Row] = []
    for n in range(1, 30):
        place = names.PLACES[n % len(names.PLACES)]
        phone = _phone(rng, place)
        rows.append(
            (
                n,
                f"{_pick(rng, names.LAST_NAMES)} {_pick(rng, names.TRADES)}",
                _person(rng),
                _pick(rng, names.TITLES),
                _street(rng),
                place.city,
                place.region,
                place.postal_code,
                place.country,
                phone,
                phone[:-1] + "1" if n % 3 == 0 else None,
                f"https://supplier-{n}.example/" if n % 6 == 0 else None,
            )
        )
    return rows


def _price(product: int) -> int:
    """Return a product's list price in cents."""
    return 250 + product * 7919 % 9750 // 5 * 5


def products() -> list[Row]:
    """Return the products, two of each food or more."""
    rng = _random("products")
    rows: list[Row] = []
    for n in range(1, PRODUCTS + 1):
        food = names.FOODS[n % len(names.FOODS)]
        adjective = names.ADJECTIVES[n // len(names.FOODS)]
        rows.append(
            (
                n,
                f"{adjective} {food}",
                _between(rng, 1, 29),
                n % 8 + 1,
                _pick(rng, names.PACKS),
                _money(_price(n)),
                _between(rng, 0, 125),
                _between(rng, 0, 7) * 10,
                _between(rng, 0, 6) * 5,
                int(n % 11 == 0),
            )
        )
    return rows


def shippers() -> list[Row]:
    """Return six shippers, of which three have orders."""
    return [
        (n, name, f"(503) 555-{9000 + n * 77}")
        for n, name in enumerate(names.SHIPPERS, 1)
    ]


def employees() -> list[Row]:
    """Return nine employees; eight report to the second."""
    rng = _random("employees")
    rows: list[Row] = []
    for n in range(1, 10):
        place = names.PLACES[-1 - n % 3]
        first = names.FIRST_NAMES[n * 5 % len(names.FIRST_NAMES)]
        rows.append(
            (
                n,
                names.LAST_NAMES[n * 7 % len(names.LAST_NAMES)],
                first,
                "Vice President, Sales" if n == 2 else "Sales Representative",
                _pick(rng, ("Ms.", "Mr.", "Dr.")),
                datetime.date(1962 + n * 3, n, 2 * n),
                datetime.date(2012 + n, 10 - n, n),
                f"{_street(rng)}\nApt. {n}A",
                place.city,
                place.region,
                place.postal_code,
                place.country,
                _phone(rng, place),
                str(_between(rng, 100, 9999)),
                picture(n),
                f'{first} speaks several languages, "and tells you so".',
                None if n == 2 else 2,
                f"https://photos.example/{n}.bmp",
            )
        )
    # The vice president first: the others report to her.
    return sorted(rows, key=lambda row: row[0] != 2)


def employee_territories() -> list[Row]:
    """Return which employee serves which territory."""
    ids = [row[0] for row in territories()]
    return [(n % 9 + 1, ids[n]) for n in range(49)]


def _customer_id(number: int) -> str:
    """Return five letters, different for different numbers."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    first, second = divmod(number * 37 % 676, 26)
    last = names.LAST_NAMES[number % len(names.LAST_NAMES)]
    ascii_only = last.encode("ascii", "ignore").decode().upper()
    stem = "".join(filter(str.isalpha, ascii_only)) + "XXX"
    return stem[:3] + letters[first] + letters[second]


def customer(number: int) -> Row:
    """Return one customer; some have no fax, few no postal code."""
    rng = _random(f"customer {number}")
    place = _pick(rng, names.PLACES)
    phone = _phone(rng, place)
    last = names.LAST_NAMES[number % len(names.LAST_NAMES)]
    return (
        _customer_id(number),
        f"{last} {_pick(rng, names.TRADES)}",
        _person(rng),
        _pick(rng, names.TITLES),
        _street(rng),
        place.city,
        place.region,
        place.postal_code if number % 30 else None,
        place.country,
        phone,
        phone[:-1] + "9" if number % 4 else None,
    )


def customers() -> list[Row]:
    """Return the first day's customers."""
    return [customer(number) for number in range(1, CUSTOMERS + 1)]


def orders(count: int) -> list[Row]:
    """Return so many orders, the oldest first."""
    # The last two customers have never ordered.
    buyers = customers()[:-2]
    return [_order(index, buyers) for index in range(count)]


def _order(index: int, buyers: Sequence[Row]) -> Row:
    rng = _random(f"order {index}")
    buyer = _pick(rng, buyers)
    ordered = OPENING + datetime.timedelta(days=index * 645 // 1000)
    if index >= ORDERS:
        ordered = SECOND_DAY
    shipped = ordered + datetime.timedelta(days=_between(rng, 1, 10))
    return (
        FIRST_ORDER + index,
        buyer[0],
        _between(rng, 1, 9),
        ordered,
        ordered + datetime.timedelta(days=28),
        shipped if index < ORDERS - UNSHIPPED else None,
        _between(rng, 1, 3),
        _money(_between(rng, 2, 50000)),
        buyer[1],
        buyer[4],
        *buyer[5:9],
    )


def order_details(orders: int) -> list[Row]:
    """Return the lines of so many orders; of 830 there are 2,155."""
    rows: list[Row] = []
    for index in range(orders):
        rng = _random(f"details {index}")
        count = (index + 1) * DETAILS // ORDERS - index * DETAILS // ORDERS
        count += (-1, 0, 1, 0)[index % 4] if index < ORDERS - 2 else 0
        first = _between(rng, 1, PRODUCTS)
        for line in range(count):
            product = (first + line * 31) % PRODUCTS + 1
            rows.append(_detail(rng, FIRST_ORDER + index, product))
    return rows


def _detail(rng: Random, order: int, product: int) -> Row:
    discount = ("0", "0", "0", "0.05", "0.1", "0.15", "0.2", "0.25")
    return (
        order,
        product,
        _money(_price(product)),
        _between(rng, 1, 60),
        _pick(rng, discount),
    )
