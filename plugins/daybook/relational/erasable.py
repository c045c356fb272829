"""What of a target's tables is personal, by load log and lake. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from daybook.erasure.found import Declared, noted
from daybook.personal import (
    EMAIL,
    IDS,
    Personal,
    personal_to_json,
)
from daybook.table import Column, Table

ERASED = "erased"
"""Stands in a log for the hash of a file that people were erased from:
with that hash and the file as it is now, what they were could be guessed."""

_NAMING = IDS | {EMAIL}


@dataclass(frozen=True, slots=True)
class Logged:
    """What a load log says of a table and one of its sources.

    Attributes:
        schema: Where the table was loaded to, `""` without schemas.
        name: The table.
        source: Where rows of it came from.
        personal: What `to_log` gave when it was loaded, None if nothing.
    """

    schema: str
    name: str
    source: str
    personal: str | None


def to_log(table: Table) -> str | None:
    """Return what a log keeps of a table's personal columns."""
    said = {
        column.name: personal_to_json(column.personal)
        for column in table.columns
        if column.personal
    }
    return json.dumps(said, sort_keys=True) if said else None


def from_log(table: str, text: str | None) -> dict[str, Personal]:
    """Return what `to_log` wrote.

    Raises:
        InputError: It is nothing that this Daybook knows.
    """
    try:
        said = json.loads(text or "{}")
    except ValueError:
        said = None
    return noted(f"the table {table} in the load log", said)


def personal_of(
    logged: Iterable[Logged], declared: Declared
) -> dict[tuple[str, str], dict[str, Personal]]:
    """Return the personal columns by schema and table.

    Those that the log knows, and those of the lake's days: each may know
    what the other does not, as days are pruned and tables were loaded
    before anything was declared.
    """
    found: dict[tuple[str, str], dict[str, Personal]] = {}
    for one in logged:
        known = found.setdefault((one.schema, one.name), {})
        known |= from_log(one.name, one.personal)
        for table in declared.get(one.source, ()):
            if table.name == one.name:
                known |= {
                    column.name: column.personal
                    for column in table.columns
                    if column.personal
                }
    return {place: known for place, known in found.items() if known}


def personal_table(
    name: str, columns: Iterable[str], personal: Mapping[str, Personal]
) -> Table | None:
    """Return a table of the personal ones of a target's columns.

    None if nothing in it says whose a row is.
    """
    kept = tuple(
        Column(column, "text", personal=personal[column])
        for column in columns
        if column in personal
    )
    kinds = {kind for one in personal.values() for kind in one.kinds}
    return Table("", name, kept) if kept and kinds & _NAMING else None


def naming(table: Table) -> dict[int, str]:
    """Return the places and kinds of plain columns that name people."""
    return {
        place: column.personal.kind
        for place, column in enumerate(table.columns)
        if column.personal and column.personal.kind in _NAMING
    }


def has_documents(table: Table) -> bool:
    """Return whether a column holds documents, which are read whole."""
    return any(
        column.personal and column.personal.fields for column in table.columns
    )


def changing(table: Table) -> list[int]:
    """Return the places of the columns that erasing changes."""
    return [
        place
        for place, column in enumerate(table.columns)
        if column.personal and column.personal.kind not in IDS
    ]
