"""DuckDB over one CSV file: strict, nothing guessed, little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from daybook.csv.grammar import Format

_MEMORY_BYTES = 60_000_000
_BUFFER_BYTES = 4 << 20


@contextmanager
def session(
    folder: Path, longest_line: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that spills into `folder`.

    Its memory is some 60 MB, and for rows over 2 MB a few times the
    longest (in bytes). It has one thread, so that rows keep their order.

    Raises:
        OSError: `folder` cannot be written.
    """
    import duckdb

    with tempfile.TemporaryDirectory(dir=folder, prefix="duckdb-") as spill:
        memory = _MEMORY_BYTES + 4 * _buffer(longest_line)
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": f"{memory}B",
            "temp_directory": spill,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            yield connection


def view(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    format_: Format,
    columns: int,
    longest_line: int,
) -> None:
    """Create the view `data` of a file: `row` (from 1), `c0`, `c1`, ...

    All columns are text; only an unquoted nothing is NULL.
    """
    names = ", ".join(f"c{place}: 'VARCHAR'" for place in range(columns))
    connection.execute(
        "CREATE TEMP VIEW data AS SELECT row_number() OVER () AS row, * "  # noqa: S608 - literals only
        f"FROM read_csv({literal(str(path))}, columns = {{{names}}}, "
        f"delim = {literal(format_.delimiter)}, "
        f"quote = {literal(format_.quote)}, "
        f"escape = {literal(format_.quote)}, header = {format_.header}, "
        "auto_detect = false, strict_mode = true, nullstr = '', "
        # Read in parallel, a quoted newline is taken for the end of a row.
        "parallel = false, "
        "allow_quoted_nulls = false, hive_partitioning = false, "
        f"max_line_size = {max(longest_line + 2, 1 << 20)}, "
        f"buffer_size = {_buffer(longest_line)})"
    )


def literal(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _buffer(longest_line: int) -> int:
    return max(_BUFFER_BYTES, 2 * longest_line)
