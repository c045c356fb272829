"""One table of DuckDB as one CSV file, written by DuckDB itself."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.session import identifier
from daybook.duckdb.failures import reading
from daybook.duckdb.measure import Measure
from daybook.duckdb.parts import NUMBERS_OF_PARTS, parts
from daybook.duckdb.texts import literal, text_of
from daybook.errors import StorageError
from daybook.singer.handover import HandedFile
from daybook.singer.log import logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from daybook.duckdb.catalog import Source
    from daybook.singer.log import Progress

_WATCH_SECONDS = 1.0
_END_MARK = r"\."
# Without COMMENT '' a value that begins with # would be quoted.
_OPTIONS = (
    "FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"', "
    "NULLSTR '', COMMENT ''"
)


def rows_of(source: Source, which: str = "true") -> str:
    """Return SQL that gives the rows as PostgreSQL's texts, in order.

    Keyed rows come in key order, others in the order of all columns:
    the same rows then are the same bytes, however they were written.
    """
    texts = _texts(source)
    named = [f"{text} AS {identifier(name)}" for name, text in texts.items()]
    return (
        f"SELECT {', '.join(named)} FROM ("  # noqa: S608  quoted names
        f"SELECT * FROM (\n{source.select}\n) WHERE {which} "
        f"ORDER BY {', '.join(_order(source, texts))})"
    )


def export(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path,
    progress: Progress,
) -> HandedFile:
    """Write the rows to a new file at `path`; return it with its check.

    Raises:
        DaybookError: DuckDB refuses, or a value is none of PostgreSQL's.
        OSError: The file cannot be read.
    """
    options = _OPTIONS
    with reading(source.described):
        if _has_end_mark(connection, source):
            options += ", FORCE_QUOTE *"
        with _watched(path, progress):
            progress.rows = _written(connection, source, path, options)
    measure = Measure()
    with path.open("rb") as file:
        measure.read(file)
        progress.bytes = file.tell()
    if measure.rows != progress.rows:
        raise StorageError(
            f"{source.described}: DuckDB wrote {progress.rows} rows, but "
            f"{measure.rows} are in {path}.",
            "Run the same command again.",
        )
    return HandedFile(path, measure.rows, measure.sha256, measure.longest)


def _written(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path,
    options: str,
) -> int:
    """Write the file, in parts if need be; return the number of rows."""
    import duckdb

    # A query or view may give other rows for each part.
    numbers = NUMBERS_OF_PARTS if source.is_whole_table else ()
    write = partial(_copy, connection, source, path, options)
    for number in numbers:
        try:
            return write()
        except duckdb.OutOfMemoryException:
            logger.info(
                "%s: its rows are too wide to be sorted at once; they are "
                "sorted in %d parts.",
                source.described,
                number,
            )
        write = partial(
            _copy_in_parts, connection, source, path, options, number
        )
    return write()


def _copy_in_parts(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path,
    options: str,
    number: int,
) -> int:
    rows = 0
    order = _order(source, _texts(source))
    piece = path.with_name(f"{path.name}.part")
    with path.open("wb") as whole:
        for which in parts(connection, source.select, order, number):
            rows += _copy(connection, source, piece, options, which)
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole)
            piece.unlink()
            options = options.replace("HEADER true", "HEADER false")
    return rows


def _copy(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    path: Path,
    options: str,
    which: str = "true",
) -> int:
    rows = rows_of(source, which)
    copied = connection.execute(
        f"COPY ({rows}) TO {literal(str(path))} ({options})",
        list(source.values),
    ).fetchone()
    return int(copied[0]) if copied else 0


@contextmanager
def _watched(path: Path, progress: Progress) -> Iterator[None]:
    """Let heartbeats say how large the file is; rows come at its end."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_WATCH_SECONDS):
            if path.exists():
                progress.bytes = path.stat().st_size

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _texts(source: Source) -> dict[str, str]:
    """Return SQL for PostgreSQL's text of each column."""
    return {
        column.name: text_of(of, identifier(column.name), column.name)
        for column, of in zip(source.table.columns, source.types, strict=True)
    }


def _order(source: Source, texts: Mapping[str, str]) -> list[str]:
    table = source.table
    if table.primary_key:
        return [identifier(name) for name in table.primary_key]
    return [
        identifier(column.name) if of.is_ordered else texts[column.name]
        for column, of in zip(table.columns, source.types, strict=True)
    ]


def _has_end_mark(
    connection: duckdb.DuckDBPyConnection, source: Source
) -> bool:
    r"""Return whether a line of the file would be `\.` and nothing else.

    Older servers take it for the end of the data; DuckDB quotes all
    values or those that need it, never just one more.
    """
    if len(source.table.columns) != 1:
        return False
    name = identifier(source.table.columns[0].name)
    found = connection.execute(
        f"SELECT count(*) FROM (\n{source.select}\n) "  # noqa: S608
        f"WHERE CAST({name} AS VARCHAR) = {literal(_END_MARK)}",
        list(source.values),
    ).fetchone()
    return bool(found and found[0])
