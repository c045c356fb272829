"""The window of a table, as the source's rows make it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from daybook.errors import ConfigError, InputError, cut
from daybook.mysql.connection import rows
from daybook.mysql.extract import refusals
from daybook.mysql.extract.landing import DATES, INTEGERS
from daybook.mysql.sql import binary, identifier, literal, select

if TYPE_CHECKING:
    from daybook.mysql.extract.export import Reader
    from daybook.mysql.extract.expressions import Field
    from daybook.mysql.extract.source import Source
    from daybook.singer.windows import Bounds, Windows
    from daybook.window import Mark, Window

_NUMBERS = INTEGERS | {"decimal", "year"}
_TEXTS = frozenset(
    {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def apply(
    reader: Reader, sources: Sequence[Source], windows: Windows
) -> list[Source]:
    """Return the sources, incremental tables as the part to be read.

    `reader` is in the snapshot.

    Raises:
        ConfigError: A cursor's column is not there or has no order that
            is the same everywhere, or the setting names no table.
        InputError: A cursor's column holds NULL, or a window that the
            lake knows does not fit the columns.
    """
    windows.check_used(source.table for source in sources)
    return [_apply(reader, source, windows) for source in sources]


def _apply(reader: Reader, source: Source, windows: Windows) -> Source:
    bounds = windows.bounds(source.table)
    if bounds is None or source.relation is None:
        return source
    by_name = {field.name: field for field in source.fields}
    fields = [by_name[name] for name in bounds.columns]
    _check_order(source, fields)
    for mark in (bounds.start, bounds.end):
        _check_mark(source, fields, mark)
    # Sorted by the cursor, another index may be the better one.
    table = dataclasses.replace(source, origin=source.relation.quoted)
    with refusals.reading(str(source)):
        _refuse_nulls(reader, table, fields)
        last = None if bounds.closed else _last(reader, table, fields, bounds)
    return _part(reader, table, fields, bounds.window(last))


def _part(
    reader: Reader, source: Source, fields: Sequence[Field], window: Window
) -> Source:
    """Return the rows in the window, in an order that is always the same."""
    if window.end is None or window.is_empty:
        conditions = ["FALSE"]
    else:
        conditions = [f"NOT ({_after(reader, fields, window.end)})"]
        if window.start is not None:
            conditions.append(_after(reader, fields, window.start))
    known = {field.name for field in fields}
    rest = [
        field
        for field in source.fields
        if field.name not in known
        and (field.in_key or not source.table.primary_key)
    ]
    order = [_sortable(reader, field) for field in fields]
    order += [reader.writer.value(field) for field in rest]
    return dataclasses.replace(
        source,
        table=dataclasses.replace(source.table, window=window),
        order=tuple(order),
        conditions=tuple(conditions),
    )


def _after(reader: Reader, fields: Sequence[Field], mark: Mark) -> str:
    """Return the condition that a row stands after the mark.

    Written out: a row constructor makes no use of an index.
    """
    field, *rest = fields
    name, value = _sortable(reader, field), _value(field, mark[0])
    if not rest:
        return f"{name} > {value}"
    after = _after(reader, rest, mark[1:])
    return f"{name} >= {value} AND ({name} > {value} OR ({after}))"


def _sortable(reader: Reader, field: Field) -> str:
    """Return what to compare and sort by, texts by their bytes."""
    if field.kind.name in _TEXTS:
        return reader.writer.value(field)
    return identifier(field.name)


def _value(field: Field, text: str) -> str:
    """Return a mark's text as a value that compares with its column."""
    if field.kind.name in _NUMBERS:
        return text
    if field.kind.name in _TEXTS:
        return binary(text.encode())
    return literal(text)


def _last(
    reader: Reader, source: Source, fields: Sequence[Field], bounds: Bounds
) -> Mark | None:
    """Return the place of the last row after the window's start."""
    texts = ", ".join(
        f"CONVERT({identifier(f.name)} USING utf8mb4)"
        if f.kind.name in _TEXTS
        else f"CAST({identifier(f.name)} AS CHAR)"
        for f in fields
    )
    after = ""
    if bounds.start is not None:
        after = f"WHERE {_after(reader, fields, bounds.start)} "
    order = ", ".join(f"{_sortable(reader, f)} DESC" for f in fields)
    found = rows(
        reader.session,
        select(texts, source.origin, f"{after}ORDER BY {order} LIMIT 1"),
    )
    return tuple(map(_text, found[0])) if found else None


def _refuse_nulls(
    reader: Reader, source: Source, fields: Sequence[Field]
) -> None:
    names = [field.name for field in fields if field.nullable]
    if not names:
        return
    counts = ", ".join(
        f"COALESCE(SUM({identifier(n)} IS NULL), 0)" for n in names
    )
    any_of = " OR ".join(f"{identifier(n)} IS NULL" for n in names)
    (row,) = rows(
        reader.session, select(counts, source.origin, f"WHERE {any_of}")
    )
    said = ", ".join(
        f"{cut(name)} in {int(_text(count)):,} rows"
        for name, count in zip(names, row, strict=True)
        if int(_text(count))
    )
    if said:
        raise InputError(
            f"{source}: columns of its cursor are NULL: {said}. Such rows "
            "stand at no place in the order and would never be read.",
            "Fill them at the source, order the table by other columns, or "
            "take it out of the setting `incremental`.",
        )


def _check_order(source: Source, fields: Sequence[Field]) -> None:
    for field in fields:
        if field.kind.name not in _NUMBERS | _TEXTS | DATES:
            raise ConfigError(
                f"{source} cannot be ordered by {cut(field.name)}, of the "
                f"type {field.kind.full or field.kind.name}.",
                "Let the setting `incremental` name columns of whole or "
                "decimal numbers, dates, times with their date, or texts.",
            )


def _check_mark(
    source: Source, fields: Sequence[Field], mark: Mark | None
) -> None:
    for field, text in zip(fields, mark or (), strict=False):
        if field.kind.name in _NUMBERS and not _NUMBER.fullmatch(text):
            raise InputError(
                f"{source}: the window that the lake knows stands at "
                f"{cut(text)}, which is no value of the column "
                f"{cut(field.name)} as it is now.",
                "Extract a new day whole (TAP_MYSQL_WHOLE=true); the days "
                "after it begin anew.",
            )


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
