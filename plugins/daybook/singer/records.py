"""RECORD messages of any tap, written down in the lake's dialect."""

from __future__ import annotations

import hashlib
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import encoder

from daybook import dialect
from daybook.errors import InputError, cut
from daybook.lake.files import refused, storage_errors
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from daybook.table import Table


_EXACT = Context(prec=1000, Emin=MIN_EMIN, Emax=MAX_EMAX)
_PLAIN_BELOW = {"real": 6, "double precision": 15}
"""From this power of ten on, PostgreSQL writes such a type as `1e+15`."""


class RecordSpool:
    """A CSV file that grows by one row per RECORD message."""

    def __init__(
        self,
        table: Table,
        path: Path,
        json: AbstractSet[str] = frozenset(),
    ) -> None:
        """Create the file, exclusively, with its header.

        `json` names the columns whose values are written as JSON text.
        """
        self._table = table
        self._path = path
        self._json = json
        self._floats = {
            column.name: _PLAIN_BELOW[column.sql_type]
            for column in table.columns
            if column.sql_type in _PLAIN_BELOW
        }
        self._hash = hashlib.sha256()
        self._longest = 0
        self._file = path.open("xb")
        self._write(dialect.encode_row(table.column_names))
        self.rows = 0

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record; a property that is not there is NULL.

        Raises:
            InputError: A property is not in the schema, or a value
                cannot stand in a PostgreSQL database.
            StorageError: The disk is full.
        """
        unknown = record.keys() - set(self._table.column_names)
        if unknown:
            raise InputError(
                f"{self._table.stream}: row {self.rows + 1} has "
                f"{cut(sorted(unknown)[0])}, which the stream's schema "
                "does not name.",
                "The tap is at fault; report it there, or leave the "
                "stream out.",
            )
        row = [
            self._text(name, record.get(name))
            for name in self._table.column_names
        ]
        self._write(dialect.encode_row(row))
        self.rows += 1

    def finish(self) -> HandedFile:
        """Close the file and return it with its check.

        Raises:
            StorageError: The disk is full.
        """
        with storage_errors(f"Writing {self._path}"):
            self._file.close()
        return HandedFile(
            self._path, self.rows, self._hash.hexdigest(), self._longest
        )

    def _write(self, row: bytes) -> None:
        try:
            self._file.write(row)
        except OSError as error:
            raise refused(f"Writing {self._path}", error) from error
        self._hash.update(row)
        self._longest = max(self._longest, len(row))

    def _text(self, name: str, value: object) -> str | None:
        if value is None:
            return None
        if name in self._json:
            text = _json_text(value)
        elif name in self._floats and isinstance(value, Decimal):
            text = _float_text(value, self._floats[name])
        else:
            text = _plain_text(value)
        if "\0" in text:
            raise InputError(
                f"{self._table.stream}: row {self.rows + 1}, column "
                f"{cut(name)} holds a NUL character: {cut(text)}.",
                "PostgreSQL cannot store it; mend it at the source.",
            )
        return text


def _json_text(value: object) -> str:
    return encoder.encode(value).decode()


def _plain_text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "t" if value else "f"
        case Decimal():
            return format(value, "f") if value.is_finite() else str(value)
        case int() | float():
            return str(value)
        case _:
            return _json_text(value)


def _float_text(value: Decimal, plain_below: int) -> str:
    """Return a float's digits the way PostgreSQL writes them."""
    value = value.normalize(_EXACT)
    if not value or -4 <= value.adjusted() < plain_below:
        return format(value, "f")
    return f"{_mantissa(value)}e{value.adjusted():+03d}"


def _mantissa(value: Decimal) -> str:
    return format(value.scaleb(-value.adjusted(), _EXACT), "f")
