"""The shop's two sources: a database, and a CSV file of order lines."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg import Cursor
from psycopg.sql import SQL, Composable, Identifier, Placeholder

from demo.northwind import ORDER_DETAILS
from demo.rows import Row

Tables = Mapping[str, list[Row]]

_SCHEMA = Path(__file__).with_name("schema.sql")
_TWO_COLUMN_KEYS = {"employee_territories", "customer_customer_demo"}
_HEADER = ("order_id", "product_id", "unit_price", "quantity", "discount")


def fill(url: str, tables: Tables) -> None:
    """Create the shop's tables in an empty database and fill them."""
    with psycopg.connect(url) as session, session.cursor() as cursor:
        cursor.execute(_SCHEMA.read_bytes())
        for name, rows in _in_database(tables):
            copy = SQL("COPY {} FROM STDIN").format(Identifier(name))
            with cursor.copy(copy) as copying:
                for row in rows:
                    copying.write_row(row)


def change(url: str, before: Tables, after: Tables) -> None:
    """Delete, update and insert so that the tables become `after`."""
    with psycopg.connect(url) as session, session.cursor() as cursor:
        for name, rows in reversed(_in_database(before)):
            have, want = _by_key(name, rows), _by_key(name, after[name])
            _delete(cursor, name, [key for key in have if key not in want])
        for name, rows in _in_database(after):
            have, want = _by_key(name, before[name]), _by_key(name, rows)
            changed = [
                (key, row)
                for key, row in want.items()
                if have.get(key, row) != row
            ]
            _update(cursor, name, changed)
            _insert(
                cursor, name, [r for k, r in want.items() if k not in have]
            )


def write_order_details(extract: Path, folder: Path, tables: Tables) -> None:
    """Write a day's order lines to `folder`, described as in `extract`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{ORDER_DETAILS}.csv"
    file.write_bytes(order_details_csv(tables))
    shutil.copyfile(extract / "datapackage.json", folder / "datapackage.json")


def order_details_csv(tables: Tables) -> bytes:
    """Return the order lines as a CSV file, header first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(tables[ORDER_DETAILS])
    return text.getvalue().encode()


def _in_database(tables: Tables) -> list[tuple[str, list[Row]]]:
    return [item for item in tables.items() if item[0] != ORDER_DETAILS]


def _key_length(table: str) -> int:
    return 2 if table in _TWO_COLUMN_KEYS else 1


def _by_key(table: str, rows: Sequence[Row]) -> dict[Row, Row]:
    return {row[: _key_length(table)]: row for row in rows}


def _columns(cursor: Cursor, table: str) -> list[str]:
    cursor.execute(SQL("SELECT * FROM {} LIMIT 0").format(Identifier(table)))
    return [column.name for column in cursor.description or ()]


def _equal(columns: Sequence[str], separator: str) -> Composable:
    pairs = (SQL("{} = %s").format(Identifier(name)) for name in columns)
    return SQL(separator).join(pairs)


def _delete(cursor: Cursor, table: str, keys: Sequence[Row]) -> None:
    key = _columns(cursor, table)[: _key_length(table)]
    statement = SQL("DELETE FROM {} WHERE {}").format(
        Identifier(table), _equal(key, " AND ")
    )
    cursor.executemany(statement, keys)


def _update(
    cursor: Cursor, table: str, changed: Sequence[tuple[Row, Row]]
) -> None:
    columns = _columns(cursor, table)
    statement = SQL("UPDATE {} SET {} WHERE {}").format(
        Identifier(table),
        _equal(columns, ", "),
        _equal(columns[: _key_length(table)], " AND "),
    )
    cursor.executemany(statement, [(*row, *key) for key, row in changed])


def _insert(cursor: Cursor, table: str, rows: Sequence[Row]) -> None:
    columns = _columns(cursor, table)
    statement = SQL("INSERT INTO {} VALUES ({})").format(
        Identifier(table), SQL(", ").join([Placeholder()] * len(columns))
    )
    cursor.executemany(statement, rows)
