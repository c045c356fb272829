r"""The one CSV dialect of the lake: PostgreSQL's `FORMAT csv, HEADER`. Pure.

Comma, `"` doubled inside quotes, `\n` after every row, UTF-8, a header.
An unquoted empty field is NULL, `""` is the empty string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'[",\r\n]|\A\Z|\A\\\.\Z')


def encode_row(values: Iterable[str | None]) -> bytes:
    r"""Return one row, its `\n` included; None is NULL.

    A value that is `\.` is quoted: older PostgreSQL clients would take
    a line `\.` for the end of the data.
    """
    fields = ("" if value is None else _quote(value) for value in values)
    return (",".join(fields) + "\n").encode()


def _quote(value: str) -> str:
    if _NEEDS_QUOTES.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value
