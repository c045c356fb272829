"""What DuckDB says when it fails, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from daybook.errors import DaybookError, InputError, StorageError
from daybook.lake import partition
from daybook.lake.manifest import Manifest


@contextmanager
def of_files(root: Path, manifests: Sequence[Manifest]) -> Iterator[None]:
    """Turn DuckDB's errors into ours; `manifests` are the days read.

    Raises:
        BusyError: A day was published anew while it was read.
        InputError: A query is wrong, or a value does not fit its type.
        StorageError: There is no room for what does not fit in memory.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        for manifest in manifests:
            if partition.check_files(root, manifest, hashes=False):
                what = str(error)
                raise partition.misread(root, manifest, what) from error
        raise _translate(error) from error


def _translate(error: Exception) -> DaybookError:
    import duckdb

    text = str(error).strip()
    match error:
        case duckdb.IOException():
            return StorageError(
                f"DuckDB could not read or write a file: {text}",
                "Make room in the temporary folder (TMPDIR), then run the "
                "same command again.",
            )
        case duckdb.OutOfMemoryException():
            return StorageError(
                f"The query needs more memory than it may use: {text}",
                "Select fewer columns or rows, or sort and group less.",
            )
        case duckdb.ConversionException() | duckdb.OutOfRangeException():
            return InputError(
                f"A value does not fit the type that DuckDB has: {text}",
                "Read the columns as the text that the source wrote: add "
                "--text, and cast where you need to.",
            )
        case _:
            return InputError(
                f"DuckDB refuses the query: {text}",
                "`daybook show DAY --columns` lists tables, columns and "
                "types. Types that DuckDB cannot hold exactly (numeric "
                "without limits, intervals, arrays, bytea) are text: cast "
                "them, for example price::DECIMAL(18, 2).",
            )
