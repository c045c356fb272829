"""The table of the rows that were rejected, `<name>__rejected`. Pure.

Its `text` is the row as it is written. Where a column is personal it is a
JSON object of the row's values instead, so that it is known whose row it
is, and the person can be erased from it as from any document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.csv.grammar import LAKE
from daybook.csv.names import check_table_name
from daybook.dialect import encode_row
from daybook.errors import InputError, cut
from daybook.personal import Personal
from daybook.table import Column, Table

if TYPE_CHECKING:
    from daybook.csv.source import CsvSource

_SUFFIX = "__rejected"
_IN_PIECES = "text"
"""The kind of what a document holds that its fields do not name."""


def rejected_table(source: CsvSource) -> Table:
    """Return the table that holds what is rejected of a source.

    Raises:
        InputError: Its name would be too long, or one name is personal in
            two ways.
    """
    table = source.table
    where = str(source.description or source.paths[0])
    name = f"{table.name}{_SUFFIX}"
    check_table_name(where, name)
    fields = _fields(where, table) if source.is_personal else {}
    personal = Personal("", tuple(sorted(fields.items()))) if fields else None
    columns = (
        Column("file", "text", nullable=False),
        Column("line", "bigint", nullable=False),
        Column("reasons", "text[]", nullable=False),
        Column("text", "text", personal=personal),
    )
    return Table(table.schema, name, columns, ("file", "line"))


def rejected_row(
    file: str, line: int, reasons: Sequence[str], text: str | None
) -> bytes:
    """Return a row of that table, as it stands in the lake."""
    quoted = (
        '"' + reason.replace("\\", r"\\").replace('"', r"\"") + '"'
        for reason in reasons
    )
    return encode_row([file, str(line), "{" + ",".join(quoted) + "}", text])


def text_of(source: CsvSource, written: bytes, row: bytes) -> str | None:
    """Return what is kept of a row: as it is `written`, and in the lake.

    That is nothing of a row that has other columns than its table, where
    one is personal: nobody could tell whose values they are.
    """
    if not source.is_personal:
        return written.decode().removesuffix("\n").removesuffix("\r")
    if not row:
        return None
    pairs = zip(source.table.columns, LAKE.split(row), strict=True)
    return "{" + ", ".join(_member(*pair) for pair in pairs) + "}"


def _member(column: Column, written: bytes) -> str:
    value = LAKE.value(written).decode() if written else None
    text = json.dumps(value, ensure_ascii=False)
    if value and column.personal and column.personal.fields:
        text = value if _is_object(value) else text
    return f"{json.dumps(column.name, ensure_ascii=False)}: {text}"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _fields(where: str, table: Table) -> Mapping[str, str]:
    """Return which names of the JSON object are personal, and how."""
    found: dict[str, str] = {}
    for column in table.columns:
        if not (said := column.personal):
            continue
        for name, kind in [
            (column.name, said.kind or _IN_PIECES),
            *said.fields,
        ]:
            if found.setdefault(name, kind) != kind:
                raise InputError(
                    f"{where}: {cut(name)} is personal in two ways, {kind} "
                    f"and {found[name]}, so that rejected rows of "
                    f"{cut(table.name)} could not be kept.",
                    "Give the column another name, or set `on_error` to "
                    "`fail`.",
                )
    return found
