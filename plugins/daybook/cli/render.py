"""How the commands show things: tables for people, JSON for programs."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from daybook.singer import log

if TYPE_CHECKING:
    from rich.text import Text

NULL = "NULL"
_VALUE_CHARS = 40
_WIDE = 100_000
"""Columns of output that no terminal cuts."""


def printable(value: object) -> str:
    """Return `value` as text in one line, control characters escaped."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable()
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def value(text: str | None) -> str:
    """Return a value of a row, quoted and cut; None is NULL."""
    if text is None:
        return NULL
    rest = len(text) - _VALUE_CHARS
    return f"'{text[:_VALUE_CHARS]}'{'...' if rest > 0 else ''}"


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[bool] | None = None,
) -> None:
    """Print rows under a header; None is NULL.

    On a terminal long values are folded, elsewhere a row is one line.
    `right` says which columns stand right; left out, those of numbers.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(header):
        stands_right = right[index] if right else _numbers(rows, index)
        table.add_column(
            _text(name),
            justify="right" if stands_right else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*map(_text, row))
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width, highlight=False).print(table)


def print_json(body: object) -> None:
    """Print a JSON document; dates and days as text."""
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """Print a remark to standard error, beside the output."""
    typer.echo(text, err=True)


@contextmanager
def log_as_notes() -> Iterator[None]:
    """Print what is logged meanwhile as remarks: what is waited for."""
    handler = _Notes()
    level = log.logger.level
    log.logger.addHandler(handler)
    log.logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.logger.removeHandler(handler)
        log.logger.setLevel(level)


class _Notes(logging.Handler):
    """Prints what is logged, secrets masked."""

    def emit(self, record: logging.LogRecord) -> None:
        note(log.mask(record.getMessage()))


def _text(value: object) -> Text:
    from rich.text import Text

    if value is None:
        return Text(NULL, style="dim")
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    return Text(printable(value))


def _numbers(rows: Sequence[Sequence[object]], index: int) -> bool:
    return any(isinstance(row[index], int) for row in rows)
