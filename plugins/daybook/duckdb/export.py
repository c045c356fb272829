"""One table of DuckDB as one CSV file, written by DuckDB itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.session import identifier
from daybook.duckdb.failures import reading
from daybook.duckdb.measure import Measure
from daybook.duckdb.texts import literal, text_of
from daybook.errors import StorageError
from daybook.singer.handover import HandedFile

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


def rows_of(source: Source) -> str:
    """Return SQL that gives the rows as PostgreSQL's texts, in order.

    Keyed rows come in key order, others in the order of all columns:
    the same rows then are the same bytes, however they were written.
    """
    texts = {
        column.name: text_of(of, identifier(column.name), column.name)
        for column, of in zip(source.table.columns, source.types, strict=True)
    }
    named = [f"{text} AS {identifier(name)}" for name, text in texts.items()]
    return (
        f"SELECT {', '.join(named)} FROM ("  # noqa: S608  quoted names
        f"SELECT * FROM (\n{source.select}\n) "
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
        copy = f"COPY ({rows_of(source)}) TO {literal(str(path))} ({options})"
        with _watched(path, progress):
            copied = connection.execute(copy, list(source.values)).fetchone()
    progress.rows = int(copied[0]) if copied else 0
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
