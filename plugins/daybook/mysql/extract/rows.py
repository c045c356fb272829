"""One table as JSON values, row by row, for targets that want records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from daybook.dialect import decode_row
from daybook.errors import InputError, cut
from daybook.mysql.extract import refusals
from daybook.singer.values import json_reader

if TYPE_CHECKING:
    from daybook.mysql.extract.export import Reader
    from daybook.mysql.extract.source import Source


def read(
    reader: Reader, source: Source, *, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows as values that fit the stream's JSON Schema.

    `limit` ends after so many rows.

    Raises:
        DaybookError: The server refused or is gone, or a value has no
            form in PostgreSQL.
    """
    names = source.table.column_names
    makers = [json_reader(one.sql_type) for one in source.table.columns]
    with refusals.reading(str(source)):
        for lines in reader.lines(source, limit=limit):
            for line in lines:
                values = decode_row(line)
                yield {
                    name: None
                    if value is None
                    else make(_text(value, name, source))
                    for name, make, value in zip(
                        names, makers, values, strict=True
                    )
                }


def _text(value: bytes, name: str, source: Source) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: column {cut(name)} holds "
            f"{cut(value.decode(errors='replace'))}, which is not valid text.",
            "Mend the value at the source, or leave the table out with "
            "`exclude`.",
        ) from error
