"""The table that is measured: 14 columns, about 133 bytes a row."""

from __future__ import annotations

import psycopg
from psycopg.sql import SQL, Identifier, Literal

CUSTOMERS = 1_000
COLUMNS = SQL("""
    order_id bigint PRIMARY KEY,
    customer_id character varying(10),
    employee_id smallint,
    order_date date,
    required_date date,
    shipped_date date,
    ship_via smallint,
    freight numeric(10,2),
    ship_name character varying(40),
    ship_address character varying(60),
    ship_city character varying(15),
    ship_region character varying(15),
    ship_postal_code character varying(10),
    ship_country character varying(15)
""")
_ROWS = SQL("""
    INSERT INTO {table}
    SELECT i,
           'C' || lpad((i * 7 % {customers})::text, 8, '0'),
           i % 9 + 1,
           date '2020-01-01' + (i % 1500)::int,
           date '2020-01-29' + (i % 1500)::int,
           CASE WHEN i % 40 <> 0 THEN date '2020-01-09' + (i % 1500)::int END,
           i % 3 + 1,
           (i * 31 % 99999) / 100.0,
           'Ship name, ' || md5(i::text)::varchar(20),
           (i % 999)::text || ' Rue du "Marché" ' || (i % 77)::text,
           'City ' || (i % 500)::text,
           CASE WHEN i % 5 <> 0 THEN 'Region ' || (i % 60)::text END,
           lpad((i % 100000)::text, 5, '0'),
           'Country ' || (i % 21)::text
    FROM generate_series(1, {rows}::bigint) AS i
""")


def fill(url: str, rows: int, *tables: str, keys: bool = False) -> None:
    """Create the tables with `rows` rows each.

    With `keys` they refer to a table of customers.
    """
    with psycopg.connect(url, autocommit=True) as session:
        if keys:
            session.execute(
                SQL(
                    "CREATE TABLE customers (id varchar(10) PRIMARY KEY);"
                    "INSERT INTO customers SELECT 'C' || lpad(i::text, 8, '0')"
                    " FROM generate_series(0, {} - 1) AS i"
                ).format(Literal(CUSTOMERS))
            )
        for table in tables:
            name = Identifier(table)
            session.execute(SQL("CREATE TABLE {} ({})").format(name, COLUMNS))
            session.execute(
                _ROWS.format(
                    table=name,
                    rows=Literal(rows),
                    customers=Literal(CUSTOMERS),
                )
            )
            if keys:
                session.execute(
                    SQL(
                        "ALTER TABLE {} ADD FOREIGN KEY (customer_id)"
                        " REFERENCES customers"
                    ).format(name)
                )
            session.execute(SQL("VACUUM ANALYZE {}").format(name))


def change_one_percent(url: str) -> None:
    """Change every hundredth row and put the table in order again."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "UPDATE orders SET freight = freight + 1 WHERE order_id % 100 = 0"
        )
        session.execute("CLUSTER orders USING orders_pkey")
        session.execute("VACUUM ANALYZE orders")


def empty_table(url: str) -> None:
    """Create the empty table that psql's COPY FROM fills."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP TABLE IF EXISTS orders")
        session.execute(SQL("CREATE TABLE orders ({})").format(COLUMNS))


def empty_warehouse(url: str) -> None:
    """Drop what former loads left."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP SCHEMA IF EXISTS daybook CASCADE")
        session.execute("DROP TABLE IF EXISTS orders, customers")
        session.execute("CHECKPOINT")
