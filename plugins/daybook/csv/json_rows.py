"""Rows of a file of the lake as the records of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daybook.csv.scan import records
from daybook.errors import InputError, cut
from daybook.singer.values import json_reader

if TYPE_CHECKING:
    from daybook.singer.handover import HandedFile
    from daybook.table import Column, Table


def json_rows(
    stream: str, table: Table, file: HandedFile
) -> Iterator[dict[str, Any]]:
    """Yield a file's rows.

    Raises:
        InputError: A value is none of JSON.
    """
    columns = [
        (column, json_reader(column.sql_type)) for column in table.columns
    ]
    for number, row in enumerate(records(file.path), 1):
        record = {}
        for (column, reader), text in zip(columns, row, strict=True):
            try:
                value = None if text is None else reader(text)
            except ValueError as error:
                raise _not_json(stream, number, column, text) from error
            record[column.name] = value
        yield record


def _not_json(
    stream: str, row: int, column: Column, text: str | None
) -> InputError:
    return InputError(
        f"{stream}, row {row}, column {cut(column.name)}: "
        f"{column.shown(text)} cannot travel as a JSON value.",
        "Hand files over (`handover: files`) to a target of this project, "
        "or mend the value.",
    )
