"""RECORD messages of any tap, written down in the lake's dialect."""

from __future__ import annotations

import hashlib
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import encoder

from daybook import dialect
from daybook.errors import InputError, cut
from daybook.lake.files import refused, storage_errors
from daybook.singer.handover import HandedFile
from daybook.table import base_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from daybook.table import Column, Table

    Writer = Callable[[object], str]


_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}
"""How many bits a type's values have beside the sign."""
_MAX_DIGITS = 20
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|NaN|[+-]?Infinity"
)
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
        self._columns = [
            (
                column.name,
                _json_text if column.name in json else _writer(column),
                column.name in table.primary_key,
            )
            for column in table.columns
        ]
        self._hash = hashlib.sha256()
        self._longest = 0
        self._file = path.open("xb")
        self._write(dialect.encode_row(table.column_names))
        self.rows = 0

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record; a property that is not there is NULL.

        Raises:
            InputError: A property is not in the schema, a value does not
                fit its column's type, or one of the key is missing.
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
            self._text(name, record.get(name), write, is_key=is_key)
            for name, write, is_key in self._columns
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

    def _text(
        self, name: str, value: object, write: Writer, *, is_key: bool
    ) -> str | None:
        if value is None:
            if is_key:
                raise self._refused(name, "is of the key, but has no value")
            return None
        try:
            text = write(value)
        except ValueError as error:
            shown = self._column(name).shown(value)
            what = f"is {self._column(name).sql_type}, but holds {shown}"
            raise self._refused(name, what) from error
        if "\0" in text:
            shown = self._column(name).shown(text)
            what = f"holds a NUL character, so no text: {shown}"
            raise self._refused(name, what)
        return text

    def _column(self, name: str) -> Column:
        return self._table.column(name)

    def _refused(self, name: str, what: str) -> InputError:
        return InputError(
            f"{self._table.stream}: row {self.rows + 1}, column {cut(name)} "
            f"{what}. Nothing was changed.",
            "Mend the value at the source, or the stream's schema in the "
            "tap (in Meltano: the extractor's `schema` extra).",
        )


def _writer(column: Column) -> Writer:
    """Return what writes the column's values; it raises `ValueError`."""
    kind = base_type(column.sql_type)
    if kind in _INTEGERS:
        return partial(_integer_text, bits=_INTEGERS[kind])
    if kind in _PLAIN_BELOW:
        return partial(_number_text, plain_below=_PLAIN_BELOW[kind])
    if kind == "numeric":
        return _number_text
    return _boolean_text if kind == "boolean" else _plain_text


def _integer_text(value: object, bits: int) -> str:
    """Return an integer; many taps send it as `1.0` or as text."""
    match value:
        case bool():
            raise ValueError(value)
        case int():
            number = value
        case Decimal() if _is_whole(value):
            number = int(value)
        case str() if _INTEGER.fullmatch(value):
            number = int(value)
        case _:
            raise ValueError(value)
    if not -(1 << bits) <= number < 1 << bits:
        raise ValueError(value)
    return str(number)


def _is_whole(value: Decimal) -> bool:
    small = value.is_finite() and value.adjusted() < _MAX_DIGITS
    return small and value == value.to_integral_value()


def _number_text(value: object, plain_below: int | None = None) -> str:
    match value:
        case bool():
            raise ValueError(value)
        case Decimal() if plain_below is not None:
            return float_text(value, plain_below)
        case int() | Decimal():
            return _plain_text(value)
        case str() if _NUMBER.fullmatch(value):
            return value
    raise ValueError(value)


def _boolean_text(value: object) -> str:
    if value is True or value is False:
        return _plain_text(value)
    raise ValueError(value)


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


def float_text(value: Decimal, plain_below: int) -> str:
    """Return a float's digits the way PostgreSQL writes them."""
    value = value.normalize(_EXACT)
    if not value or -4 <= value.adjusted() < plain_below:
        return format(value, "f")
    return f"{_mantissa(value)}e{value.adjusted():+03d}"


def _mantissa(value: Decimal) -> str:
    return format(value.scaleb(-value.adjusted(), _EXACT), "f")
