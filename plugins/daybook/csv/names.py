"""Names of tables and columns that come from files: refused or kept. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from daybook.errors import InputError, cut

_MAX_BYTES = 63
_MAX_COLUMNS = 1600
_MEND = "Mend the name, then run the same command again."


def check_table_name(where: str, name: str) -> None:
    """Check a table's name; `where` says where it was read.

    Raises:
        InputError: PostgreSQL could not hold it in full.
    """
    if fault := _fault(name):
        raise InputError(f"{where}: the table {cut(name)} {fault}.", _MEND)


def check_column_names(where: str, names: Sequence[str]) -> None:
    """Check a header or a description's fields.

    Raises:
        InputError: A name is empty, there twice, or not one that
            PostgreSQL could hold in full; or there are too many.
    """
    for place, name in enumerate(names, 1):
        if fault := _fault(name):
            raise InputError(
                f"{where}: column {place}, {cut(name)}, {fault}.", _MEND
            )
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        places = [i for i, name in enumerate(names, 1) if name == twice[0]]
        raise InputError(
            f"{where}: the columns {', '.join(map(str, places))} are all "
            f"called {cut(twice[0])}.",
            _MEND,
        )
    if not 0 < len(names) <= _MAX_COLUMNS:
        raise InputError(
            f"{where}: {len(names)} columns; a table has 1 to {_MAX_COLUMNS}.",
            "Split the table, then run the same command again.",
        )


def _fault(name: str) -> str:
    if not name:
        return "has no name"
    if any(unicodedata.category(char) == "Cc" for char in name):
        return "has a control character in its name"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "is not UTF-8"
    if size > _MAX_BYTES:
        return f"is longer than {_MAX_BYTES} bytes, PostgreSQL's limit"
    return ""
