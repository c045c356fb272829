r"""The one CSV dialect of the lake: PostgreSQL's `FORMAT csv, HEADER`. Pure.

Comma, `"` doubled inside quotes, `\n` after every row, UTF-8, a header.
An unquoted empty field is NULL, `""` is the empty string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|([^",\n]*))[,\n]')
_NEEDS_QUOTES = re.compile(r'[",\r\n]|\A\Z|\A\\\.\Z')


def encode_row(values: Iterable[str | None]) -> bytes:
    r"""Return one row, its `\n` included; None is NULL.

    A value that is `\.` is quoted: older PostgreSQL clients would take
    a line `\.` for the end of the data.
    """
    return (",".join(map(encode_field, values)) + "\n").encode()


def encode_field(value: str | None) -> str:
    """Return one value of a row, see `encode_row`."""
    if value is None:
        return ""
    if _NEEDS_QUOTES.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def decode_row(row: bytes) -> list[bytes | None]:
    """Return the values of a row that `encode_row` made; NULL is None."""
    return [
        (bare or None) if quoted is None else quoted.replace(b'""', b'"')
        for quoted, bare in (each.groups() for each in _FIELD.finditer(row))
    ]


def rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    r"""Give rows as they stand, from lines that end with `\n`."""
    for line in lines:
        # An odd number of quotes: the line's end stands inside of them.
        yield _whole(line, lines) if line.count(b'"') % 2 else line


def copy_rows(source: BinaryIO, target: BinaryIO, at_least: int) -> bool:
    """Copy so many bytes, and on to the end of a row.

    `source` stands at the beginning of a row, before and after. Returns
    whether there was anything.
    """
    block = source.read(at_least)
    target.write(block)
    quotes = block.count(b'"')
    for line in source:
        target.write(line)
        quotes += line.count(b'"')
        # Where it is odd, the line's end stands inside of a value.
        if quotes % 2 == 0:
            break
    return bool(block)


def read_csv(
    path: Path | Sequence[Path],
    columns: int,
    *,
    line_bytes: int,
    buffer_bytes: int,
    header: bool = True,
) -> str:
    """Return DuckDB's `read_csv(...)` of files in this dialect.

    Its columns are called c0, c1 and so on, all VARCHAR: names that
    differ in case only are one name to DuckDB. `path` must hold no
    pattern's character (`*`, `?`, `[`), `line_bytes` is more than the
    longest line, `buffer_bytes` more than twice that.
    """
    names = ", ".join(f"c{index}: 'VARCHAR'" for index in range(columns))
    literals = [
        "'" + str(one).replace("'", "''") + "'"
        for one in ([path] if isinstance(path, Path) else path)
    ]
    # Read in parallel, a quoted newline is taken for the end of a row.
    return (
        f"read_csv([{', '.join(literals)}], columns = {{{names}}}, "
        "auto_detect = false, parallel = false, strict_mode = true, "
        f"header = {str(header).lower()}, delim = ',', "
        "quote = '\"', escape = '\"', "
        "comment = '', new_line = '\\n', nullstr = '', "
        "allow_quoted_nulls = false, hive_partitioning = false, "
        f"max_line_size = {line_bytes}, buffer_size = {buffer_bytes})"
    )


def _whole(line: bytes, lines: Iterator[bytes]) -> bytes:
    # Not joined from a list, which millions of short lines would make long.
    row = bytearray(line)
    for more in lines:
        row += more
        if more.count(b'"') % 2:
            break
    return bytes(row)
