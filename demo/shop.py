"""Fills the database at NORTHWIND_URL with the demo's shop, if it is empty.

For the containers: `docker compose --profile demo run --rm shop`.
"""

from __future__ import annotations

import os

import psycopg

from demo import northwind, source

_IS_THERE = "SELECT to_regclass('public.orders') IS NOT NULL"


def main() -> None:
    """Fill it with the shop's first day; its order lines are a file's."""
    url = os.environ["NORTHWIND_URL"]
    with psycopg.connect(url) as session:
        row = session.execute(_IS_THERE).fetchone()
    if row is not None and row[0]:
        print("The source has its tables already.")
        return
    source.fill(url, northwind.tables(1))
    print("The source holds the shop's first day.")


if __name__ == "__main__":
    main()
