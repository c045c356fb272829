"""DuckDB queries in little memory, and in more where that is not enough.

What a query needs cannot be told beforehand: 145,000 rows that join twice
by text gave up with 40 MB, which were enough for 1M rows of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

MOST_BYTES = 2_000_000_000
"""DuckDB gives up for good when this is not enough."""

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def execute(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Sequence[Any] | None = None,
) -> duckdb.DuckDBPyConnection:
    """Execute a query, again with twice the memory if that runs out.

    The session keeps what it was given. Reading a large result may still
    run out of memory, in the middle: `widen` before.

    Raises:
        duckdb.OutOfMemoryException: `MOST_BYTES` are not enough, or there
            is no room to spill to.
    """
    import duckdb

    while True:
        try:
            return connection.execute(query, parameters)
        except duckdb.OutOfMemoryException:
            doubled = 2 * limit(connection)
            if doubled > MOST_BYTES:
                raise
            widen(connection, doubled)


def widen(connection: duckdb.DuckDBPyConnection, least: int) -> None:
    """Let DuckDB use `least` bytes, if it may not use more already.

    What it does not need it does not take.
    """
    if limit(connection) < least:
        connection.execute(f"SET memory_limit = '{least}B'")


def limit(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many bytes DuckDB may use, as it says: to three digits."""
    row = connection.execute("SELECT current_setting('memory_limit')")
    number, unit = str((row.fetchone() or ("",))[0]).split()
    return int(float(number) * _UNITS[unit])
