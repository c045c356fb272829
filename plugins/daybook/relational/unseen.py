"""A server's message about a table, without what is personal. Pure."""

from __future__ import annotations

import re

from daybook.table import HIDDEN, Table

_KEY = re.compile(r"\((?P<names>[^()]*)\)=\(.*\)", re.DOTALL)
_ROW = re.compile(r"(Failing row contains) \(.*(?:\)|\.\.\.)", re.DOTALL)
_QUOTED = re.compile(r""": "(?:.*"|.*\.\.\.)""", re.DOTALL)
_VALUE = re.compile(r"\(value .*\)", re.DOTALL)
_ENTRY = re.compile(r"(entry|value:?) '(?:.*'(?= for )|.*)", re.DOTALL)


def without_values(text: str, table: Table, column: str | None = None) -> str:
    """Return a message of PostgreSQL's or MySQL's that is safe to log.

    `column` is the one that it is about, None if nobody knows: then of a
    table with personal columns no value is shown.
    """
    hidden = table.hidden
    if not hidden or (column is not None and column not in hidden):
        return text

    def key(found: re.Match[str]) -> str:
        names = {name.strip(' "') for name in found["names"].split(",")}
        if names <= set(table.column_names) - hidden:
            return found[0]
        return f"({found['names']})=({HIDDEN})"

    text = _ROW.sub(rf"\1 ({HIDDEN})", _KEY.sub(key, text))
    text = _VALUE.sub(f"(value {HIDDEN})", _QUOTED.sub(f": {HIDDEN}", text))
    return _ENTRY.sub(rf"\1 {HIDDEN}", text)
