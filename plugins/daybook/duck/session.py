"""DuckDB over files of the lake: any number of them, in little memory."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.duck import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from daybook.lake.manifest import DataFile

MEMORY_BYTES = 160_000_000
"""What DuckDB may use, beside some times the longest line."""

_MEMORY_LINES = 16
_LEAST_LINE_BYTES = 500_000
_THREADS = 2


def identifier(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Session:
    """A DuckDB in memory with a folder for what does not fit there.

    Attributes:
        connection: The connection; its time zone is UTC.
        scratch: A private folder that goes with the session.
    """

    connection: duckdb.DuckDBPyConnection
    scratch: Path

    def scan(self, path: Path, file: DataFile) -> str:
        """Return SQL that reads `file`, which lies at `path`, as it stands.

        Its columns are called c0, c1 and so on, all VARCHAR: column
        names that differ in case only are one name to DuckDB.
        """
        # DuckDB takes `*` in a path for a pattern; a link has a safe name.
        link = self.scratch / f"{uuid.uuid4().hex}.csv"
        link.symlink_to(path)
        return _read(link, file)

    def scan_pieces(self, path: Path, file: DataFile) -> str:
        """Return the same of a file that is cut into pieces if it is large.

        Raises:
            StorageError: The pieces cannot be written.
        """
        if file.bytes <= pieces.LARGE_BYTES:
            return self.scan(path, file)
        cut = pieces.cut(path, file, self.scratch)
        return _read(cut, file, header=False)


def _read(
    path: Path | Sequence[Path], file: DataFile, *, header: bool = True
) -> str:
    line = max(file.longest_line + 1, _LEAST_LINE_BYTES)
    return dialect.read_csv(
        path,
        len(file.table.columns),
        line_bytes=line,
        buffer_bytes=2 * line + 2,
        header=header,
    )


@contextmanager
def open_session(
    files: Sequence[DataFile],
    *,
    memory_bytes: int = MEMORY_BYTES,
    threads: int = _THREADS,
) -> Iterator[Session]:
    """Open DuckDB for reading `files`; nothing is fetched from anywhere.

    `memory_bytes` is what DuckDB may use, beside some times the longest
    line of the files; what does not fit goes to the scratch folder.

    Raises:
        OSError: The temporary folder cannot be written.
    """
    import duckdb

    longest = max((file.longest_line for file in files), default=0)
    with tempfile.TemporaryDirectory(prefix="daybook-") as scratch:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_bytes + _MEMORY_LINES * longest}B",
            "temp_directory": str(Path(scratch) / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield Session(connection, Path(scratch))
