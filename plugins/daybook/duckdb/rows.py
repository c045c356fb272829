"""One table as JSON values, row by row, for targets that want records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daybook.duckdb.export import rows_of
from daybook.duckdb.failures import reading
from daybook.errors import InputError, cut
from daybook.singer.values import json_reader

if TYPE_CHECKING:
    import duckdb

    from daybook.duckdb.catalog import Source

_BATCH_ROWS = 1000


def read(
    connection: duckdb.DuckDBPyConnection, source: Source
) -> Iterator[dict[str, Any]]:
    """Yield the rows as values that fit the stream's JSON Schema.

    Raises:
        InputError: NaN or an infinity stands in a column of numbers.
        DaybookError: DuckDB refuses.
    """
    columns = [
        (column.name, json_reader(column.sql_type))
        for column in source.table.columns
    ]
    for number, row in enumerate(_texts(connection, source), 1):
        record = {}
        for (name, reader), text in zip(columns, row, strict=True):
            try:
                record[name] = None if text is None else reader(text)
            except ValueError as error:
                raise _not_json(source, number, name, text) from error
        yield record


def _texts(
    connection: duckdb.DuckDBPyConnection, source: Source
) -> Iterator[tuple[str | None, ...]]:
    with reading(source.described):
        result = connection.execute(rows_of(source), list(source.values))
        while rows := result.fetchmany(_BATCH_ROWS):
            yield from rows


def _not_json(
    source: Source, row: int, column: str, text: str | None
) -> InputError:
    shown = source.table.column(column).shown(text)
    return InputError(
        f"{source.described}, row {row}, column {cut(column)}: {shown} cannot "
        "travel as a JSON value.",
        "Hand files over (`handover: files`) to a target of this project, "
        "or mend the value.",
    )
