"""How a DuckDB file is opened: read only, in little memory, shut in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duckdb.failures import opening
from daybook.duckdb.macros import MACROS
from daybook.errors import RefusedError

if TYPE_CHECKING:
    import duckdb

_THREADS = 2
_MEMORY = ":memory:"


@contextmanager
def open_database(
    file: Path | None,
    *,
    memory: str,
    spill: Path | None,
    folders: Sequence[Path],
    root: Path,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file for reading, or no file at all, just for queries.

    Nothing outside `folders` can be read then, no extension be loaded,
    no setting be changed. Relative paths in queries start at `root`,
    which becomes the process's folder. `memory` is DuckDB's limit; what
    does not fit goes to the folder `spill`, if there is one.

    Raises:
        BusyError: Somebody writes to the file.
        InputError: It is not there, or no DuckDB file.
    """
    import duckdb

    os.chdir(root)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": _THREADS,
        "memory_limit": memory,
        "temp_directory": str(spill or ""),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with opening(file):
        connection = duckdb.connect(
            str(file or _MEMORY), read_only=bool(file), config=config
        )
    with connection:
        _prepare(connection, folders)
        yield connection


def check_no_links(folders: Sequence[Path]) -> None:
    """Check that no link in the folders leads to a folder.

    DuckDB follows a link before it takes `..` after it away, so that
    `link/../..` would lead out of where it may read.

    Raises:
        RefusedError: One does; names it.
    """
    for folder in folders:
        for place, names, _ in os.walk(folder):
            for name in names:
                path = Path(place, name)
                if path.is_symlink():
                    raise RefusedError(
                        f"{path} is a symbolic link to a folder; queries "
                        f"may read {folder}, and it could lead them out.",
                        "Move what it links to into its place.",
                    )


def _prepare(
    connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]
) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(f"CREATE TEMP MACRO {macro}")
    connection.execute(
        "SET allowed_directories = ?", [[str(folder) for folder in folders]]
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
