"""The demo's data: Northwind's tables, filled by formula. Pure.

Everything follows from a seed: no clock, no files. `tables(1)` is the
first day; `tables(2)` is the day after, when rows were inserted,
updated and deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

from demo import rows
from demo.names import REGIONS
from demo.rows import Row, Value

ORDER_DETAILS = "order_details"
_NEW_ORDERS = 12


def tables(day: int) -> dict[str, list[Row]]:
    """Return every table of day 1 or 2, referred-to tables first.

    `order_details` is the last: the shop keeps it in a file.
    """
    orders = rows.orders(rows.ORDERS + (_NEW_ORDERS if day == 2 else 0))
    found: dict[str, list[Row]] = {
        "region": [(n, name) for n, name in enumerate(REGIONS, 1)],
        "territories": rows.territories(),
        "us_states": rows.us_states(),
        "categories": rows.categories(),
        "suppliers": rows.suppliers(),
        "products": rows.products(),
        "shippers": rows.shippers(),
        "employees": rows.employees(),
        "employee_territories": rows.employee_territories(),
        "customers": rows.customers(),
        "customer_demographics": [],
        "customer_customer_demo": [],
        "orders": orders,
        ORDER_DETAILS: rows.order_details(len(orders)),
    }
    if day == 2:
        _next_day(found)
    return found


def _next_day(found: dict[str, list[Row]]) -> None:
    """Turn day 1 (with the new orders) into day 2.

    Open orders are shipped, two prices rise, an address changes, a
    picture too, and three order lines; a customer without orders, a
    territory's employee and three order lines are gone; a customer and
    a shipper are new.
    """
    first_open = rows.ORDERS - rows.UNSHIPPED
    for index in range(first_open, first_open + 9):
        order = list(found["orders"][index])
        order[5] = rows.SECOND_DAY
        found["orders"][index] = tuple(order)
    _set(found, "products", 10, 5, "21.5")
    _set(found, "products", 37, 5, "9.99")
    _set(found, "customers", 4, 4, "Kirchweg 99, 2. Stock")
    _set(found, "categories", 6, 2, None)  # '' became NULL
    _set(found, "categories", 8, 3, rows.picture(9))
    del found["customers"][-1]
    del found["employee_territories"][7]
    found["customers"].append(rows.customer(rows.CUSTOMERS + 1))
    found["shippers"].append((7, "Zügig & Söhne", "+49 251 5550007"))
    lines = found[ORDER_DETAILS]
    for index in (2000, 1500, 1000):
        lines[index] = (*lines[index][:3], 61, "0.25")
    for index in (1800, 1200, 600):  # never an order's only line
        del lines[_second_line(lines, index)]


def _set(
    found: dict[str, list[Row]], table: str, key: int, column: int, to: Value
) -> None:
    row = list(found[table][key - 1])
    row[column] = to
    found[table][key - 1] = tuple(row)


def _second_line(lines: Sequence[Row], start: int) -> int:
    """Return the first index from `start` that is not an order's first."""
    while lines[start][0] != lines[start - 1][0]:
        start += 1
    return start
