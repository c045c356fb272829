"""DuckDB over one file of the lake: strict, nothing guessed, small."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.errors import StorageError

if TYPE_CHECKING:
    import duckdb

    from daybook.singer.handover import HandedFile

_MEMORY_BYTES = 12_000_000
_BUFFER_BYTES = 1 << 20


@contextmanager
def open_file(
    file: HandedFile, columns: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file as the view `data`: `row` (from 1), `c0`, `c1`, ...

    All columns but `row` are text. DuckDB takes some 24 MB, and for
    rows over 500 kB some times the longest; it spills beside the file.

    Raises:
        StorageError: There is no room to spill to.
        OSError: The file's folder cannot be written.
    """
    import duckdb

    folder = file.path.parent
    with tempfile.TemporaryDirectory(dir=folder, prefix="duckdb-") as spill:
        # DuckDB takes `*` in a path for a pattern; a link has a safe name.
        link = Path(spill, "data.csv")
        link.symlink_to(file.path)
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": f"{_memory(file.longest_line)}B",
            "temp_directory": str(Path(spill, "spill")),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            with duckdb.connect(":memory:", config=config) as connection:
                _view(connection, link, columns, file.longest_line)
                yield connection
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise StorageError(
                f"DuckDB, which checks CSV files, gave up in {folder}: "
                f"{str(error).splitlines()[0]}",
                "Make room on that disk, then run the same command again.",
            ) from error


def _view(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    columns: int,
    longest_line: int,
) -> None:
    scan = dialect.read_csv(
        path,
        columns,
        line_bytes=longest_line + 2,
        buffer_bytes=_buffer(longest_line),
    )
    connection.execute(
        "CREATE VIEW data AS"  # noqa: S608 - literals only
        f" SELECT row_number() OVER () AS row, * FROM {scan}"
    )


def _memory(longest_line: int) -> int:
    return _MEMORY_BYTES + 4 * _buffer(longest_line)


def _buffer(longest_line: int) -> int:
    return max(_BUFFER_BYTES, 2 * longest_line + 4)
