"""Tables whose rows are too wide to be sorted at once, in parts.

DuckDB merges 122,880 sorted rows at a time, however long they are: for
200,000 rows of 1,300 bytes 256 MB are too little (DuckDB 2.0). A part has
fewer rows, and costs a scan of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

NUMBERS_OF_PARTS = (16, 256)
"""Into how many parts a table is cut; the next where one is too few."""

_SAMPLED_ROWS = 4096
_BOUNDS = "temp.part_bounds"


def parts(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    order: Sequence[str],
    number: int,
) -> Iterator[str]:
    """Yield conditions, of which each row of `select` meets just one.

    The rows of a part come before those of the next, as `order` has it.
    The bounds are those of a sample: parts are of about one size.

    Raises:
        duckdb.Error: DuckDB refuses, or has too little memory.
    """
    row = f"row({', '.join(order)})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_BOUNDS} AS "  # noqa: S608  quoted
        "SELECT row_number() OVER () - 1 AS number, place FROM ("
        f"SELECT DISTINCT {row} AS place FROM ("
        f"SELECT * FROM (\n{select}\n) "
        f"USING SAMPLE reservoir({_SAMPLED_ROWS} ROWS)) ORDER BY place)"
    )
    found = connection.execute(f"SELECT count(*) FROM {_BOUNDS}").fetchone()  # noqa: S608
    sampled = found[0] if found else 0
    cuts = sorted({sampled * part // number for part in range(1, number)})
    bounds = [
        f"(SELECT place FROM {_BOUNDS} WHERE number = {cut})"  # noqa: S608
        for cut in cuts
    ]
    for start, end in zip([None, *bounds], [*bounds, None], strict=True):
        low = f"{row} >= {start}" if start else "true"
        high = f"{row} < {end}" if end else "true"
        yield f"{low} AND {high}"
