"""One table as JSON values, row by row, for targets that want records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg.sql import SQL, Composable, Literal

from daybook.errors import InputError
from daybook.postgres.extract import results
from daybook.singer.schema import base_type

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.source import Source

_NOT_IN_JSON = frozenset({"NaN", "Infinity", "-Infinity"})


def read(
    session: Session, source: Source, *, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows as values that fit the stream's JSON Schema.

    Integers, numbers and booleans are JSON's own, digit by digit as
    PostgreSQL writes them; all else is PostgreSQL's text. `limit` ends
    after so many rows.

    Raises:
        InputError: NaN or an infinity stands in a column of numbers.
        DaybookError: The server refused or is gone.
    """
    names = source.table.column_names
    makers = [_maker(column.sql_type) for column in source.table.columns]
    odd = _Odd(source)
    with results.reading(source):
        for row in _texts(session, source, limit):
            if odd.found(row):
                continue
            yield {
                name: None if text is None else make(text)
                for name, make, text in zip(names, makers, row, strict=True)
            }
    results.check(session, source)
    odd.check()


class _Odd:
    """Counts, to the table's end, what JSON's numbers cannot say."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows: Counter[str] = Counter()
        self._numbers = [
            (place, column.name)
            for place, column in enumerate(source.table.columns)
            if _maker(column.sql_type) is _number
        ]

    def found(self, row: tuple[str | None, ...]) -> bool:
        """Count this row; return whether such a value came by yet."""
        for place, name in self._numbers:
            if row[place] in _NOT_IN_JSON:
                self._rows[name] += 1
        return bool(self._rows)

    def check(self) -> None:
        """Raise `InputError` with columns and counts, if any."""
        if not self._rows:
            return
        counts = ", ".join(
            f"column {name!r} in {rows} rows"
            for name, rows in self._rows.items()
        )
        raise InputError(
            f"{self._source} holds NaN or an infinity, "
            f"which JSON's numbers cannot say: {counts}.",
            "Hand the tables over as files (setting `handover: files`), "
            "or leave the table out with `exclude`.",
        )


def _texts(
    session: Session, source: Source, limit: int | None
) -> Iterator[tuple[str | None, ...]]:
    """Yield each row as the texts that PostgreSQL writes."""
    select: Composable = source.select
    if limit:
        select = SQL("SELECT * FROM ({}\n) AS rows LIMIT {}").format(
            select, Literal(limit)
        )
    query = SQL("COPY ({}\n) TO STDOUT").format(select)
    with session.cursor().copy(query) as copy:
        yield from copy.rows()


def _maker(sql_type: str) -> Callable[[str], Any]:
    match base_type(sql_type):
        case "smallint" | "integer" | "bigint":
            return int
        case "numeric" | "real" | "double precision":
            return _number
        case "boolean":
            return _boolean
        case _:
            return str


def _number(text: str) -> msgspec.Raw:
    # As an integer a negative zero would lose its sign.
    return msgspec.Raw(b"-0.0" if text == "-0" else text.encode())


def _boolean(text: str) -> bool:
    return text == "t"
