"""Results of a query, row by row: a table, CSV or JSON."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from daybook import dialect
from daybook.cli import render
from daybook.duck.views import unique_names
from daybook.errors import ConfigError, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROWS_AT_ONCE = 2_000
_MODE = 0o644
_END = re.compile(r"[;\s]+\Z|;\s*(--[^\n]*\s*)+\Z")
_NOT_JSON = re.compile(r"-?(nan|inf|infinity)", re.IGNORECASE)


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gives.

    Attributes:
        columns: Names of the columns.
        numeric: Per column, whether it holds numbers.
        rows: The rows, each value as text; for JSON as JSON.
    """

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: Iterator[tuple[str | None, ...]]


def format_of(output: Path | None) -> Format:
    """Return the format that a file's name asks for, else a table."""
    ends = output.suffix.removeprefix(".").lower() if output else ""
    return Format(ends) if ends in {"csv", "json"} else Format.TABLE


def run(connection: DuckDBPyConnection, sql: str, how: Format) -> Result:
    """Run one SELECT; its rows are read when they are asked for.

    Raises:
        InputError: It is not one SELECT.
        duckdb.Error: DuckDB refuses it.
    """
    from duckdb import StatementType

    statements = connection.extract_statements(sql)
    reads = {StatementType.SELECT, StatementType.EXPLAIN}
    if len(statements) != 1 or statements[0].type not in reads:
        raise InputError(
            f"The query is not one SELECT but "
            f"{', '.join(s.type.name for s in statements) or 'empty'}.",
            "daybook query only reads: give it one SELECT (or FROM, WITH, "
            "DESCRIBE, SHOW, SUMMARIZE).",
        )
    relation = connection.sql(_END.sub("", statements[0].query))
    # As text: Python has no infinite dates, and its own numbers.
    as_text = _to_json if how is Format.JSON else _to_text
    kinds = [str(kind) for kind in relation.types]
    text = relation.project(", ".join(map(as_text, count(1), kinds)))
    rows = _rows(connection, text.sql_query())
    numbers = tuple(map(_is_number, kinds))
    return Result(tuple(unique_names(relation.columns)), numbers, rows)


def write(
    result: Result, how: Format, output: Path | None, limit: int
) -> None:
    """Write a result to standard output, or to the file `output`.

    The file appears whole or not at all. `limit` is for tables: so many
    rows are shown, 0 means all.

    Raises:
        ConfigError: A table is for a screen, not for a file.
        OSError: It cannot be written.
    """
    if how is Format.TABLE:
        _print_table(result, output, limit)
    elif output is None:
        _write(result, how, sys.stdout.buffer)
        sys.stdout.flush()
    else:
        rows = _write_file(result, how, output)
        render.note(f"{output}: {rows:,} rows")


def _rows(
    connection: DuckDBPyConnection, sql: str
) -> Iterator[tuple[str | None, ...]]:
    cursor = connection.execute(sql)
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield from rows


def _to_text(place: int, _: str) -> str:
    return f"CAST(#{place} AS VARCHAR)"


def _to_json(place: int, kind: str) -> str:
    if kind.startswith("DECIMAL"):  # to_json would round it to a double
        return _to_text(place, kind)
    return f"CAST(to_json(#{place}) AS VARCHAR)"


def _is_number(kind: str) -> bool:
    starts = ("DECIMAL", "DOUBLE", "FLOAT")
    return kind.endswith("INT") or kind.startswith(starts)


def _print_table(result: Result, output: Path | None, limit: int) -> None:
    if output:
        raise ConfigError(
            f"A table is for the screen, not for the file {output}.",
            "Give --format csv or --format json, or a name that ends so.",
        )
    rows = list(islice(result.rows, limit + 1 if limit else None))
    shown = rows[:limit] if limit else rows
    render.print_table(result.columns, shown, right=result.numeric)
    if len(rows) > len(shown):
        render.note(f"The first {limit:,} rows; --limit 0 shows all.")
    else:
        render.note(f"{len(shown):,} rows")


def _write_file(result: Result, how: Format, output: Path) -> int:
    """Write beside the file, then put it in place; return the rows."""
    with tempfile.NamedTemporaryFile(
        dir=output.parent, prefix=f".{output.name}.", delete=False
    ) as file:
        fresh = Path(file.name)
        try:
            rows = _write(result, how, cast("BinaryIO", file))
            file.flush()
            fresh.chmod(_MODE)
            fresh.replace(output)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    return rows


def _write(result: Result, how: Format, file: BinaryIO) -> int:
    """Write all rows; return how many there were."""
    lines = _csv(result) if how is Format.CSV else _json(result)
    written = sum(1 for line in lines if file.write(line))
    return written - 1  # CSV has a header, JSON an end


def _csv(result: Result) -> Iterator[bytes]:
    """Yield the header, then each row, in the lake's dialect."""
    yield dialect.encode_row(result.columns)
    for row in result.rows:
        yield dialect.encode_row(row)


def _json(result: Result) -> Iterator[bytes]:
    """Yield each row of a JSON array on a line of its own, then its end.

    NaN and the infinities, which JSON does not know, are strings.
    """
    names = [json.dumps(name, ensure_ascii=False) for name in result.columns]
    before = "[\n"
    for row in result.rows:
        pairs = zip(names, map(_json_value, row), strict=True)
        body = ", ".join(f"{name}: {value}" for name, value in pairs)
        yield f"{before}{{{body}}}".encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _json_value(text: str | None) -> str:
    if text is None:
        return "null"
    return f'"{text}"' if _NOT_JSON.fullmatch(text) else text
