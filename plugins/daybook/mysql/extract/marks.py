"""What the server could not write as PostgreSQL would, line by line. Pure.

See `daybook.mysql.extract.expressions` for the marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from daybook.dialect import decode_row
from daybook.errors import InputError, cut
from daybook.mysql.extract.expressions import (
    CHARSET_MARK,
    DATE_MARK,
    DOUBLE_MARK,
    FLOAT_MARK,
    Field,
)
from daybook.mysql.extract.floats import shortest_double, shortest_single
from daybook.singer.records import float_text

if TYPE_CHECKING:
    from daybook.table import Table

_NUL = b"\0"
_PLAIN_BELOW = {FLOAT_MARK: 6, DOUBLE_MARK: 15}


class Marks:
    """Puts in for marks what belongs there, or refuses the row."""

    def __init__(
        self, table: Table, fields: Sequence[Field], token: bytes
    ) -> None:
        """Take the columns in order; `token` is that of the marks."""
        self._table = table
        self._fields = fields
        self._float = re.compile(
            re.escape(_NUL + token) + rb"([fd])\[([-+0-9.eE]+)\]"
        )
        self._mark = _NUL + token

    def settle(self, line: bytes) -> bytes:
        """Return the line with floats as PostgreSQL writes them.

        Raises:
            InputError: It holds what no type of PostgreSQL can.
        """
        settled = self._float.sub(_number, line)
        if _NUL in settled:
            self._refuse(settled)
        return settled

    def check_text(self, lines: Sequence[bytes]) -> None:
        """Check that the lines are UTF-8; which they must be is slow.

        Raises:
            InputError: One is not.
        """
        for line in lines:
            for field, value in zip(
                self._fields, decode_row(line), strict=True
            ):
                if value is not None and not _is_utf8(value):
                    raise self._fault(
                        line,
                        field,
                        f"holds {self._shown(field.name, value)}, "
                        "which is not valid text",
                        "Mend the value at the source, or leave the table "
                        "out with `exclude`.",
                    )

    def _refuse(self, line: bytes) -> NoReturn:
        pairs = zip(self._fields, decode_row(line), strict=True)
        field, value = next(
            (field, value) for field, value in pairs if value and _NUL in value
        )
        if value.startswith(self._mark + DATE_MARK):
            text = value.removeprefix(self._mark + DATE_MARK).decode()
            raise self._fault(
                line,
                field,
                f"holds {text}, which is no date of the calendar",
                "Mend it at the source, or set `zero_dates: null` to have "
                "all such dates as NULL (not in a key).",
            )
        if value.startswith(self._mark + CHARSET_MARK):
            raise self._fault(
                line,
                field,
                "holds a character that its character set "
                f"({field.kind.charset}) has no name for in Unicode",
                "Mend it at the source, or leave the table out with "
                "`exclude`.",
            )
        shown = self._shown(field.name, value)
        raise self._fault(
            line,
            field,
            f"holds a NUL character, so no text of PostgreSQL: {shown}",
            "Mend it at the source, or make it a binary column.",
        )

    def _fault(
        self, line: bytes, field: Field, what: str, instruction: str
    ) -> InputError:
        return InputError(
            f"{self._table.stream}: column {cut(field.name)} {what} "
            f"({self._row(line)}). Nothing was published.",
            instruction,
        )

    def _row(self, line: bytes) -> str:
        """Return which row it is: its key, else how it begins."""
        values = dict(
            zip(self._table.column_names, decode_row(line), strict=True)
        )
        names = self._table.primary_key or self._table.column_names[:3]
        said = ", ".join(
            f"{name} {self._shown(name, values[name])}" for name in names
        )
        return f"the row of {said}"

    def _shown(self, name: str, value: bytes | None) -> str:
        if value is None:
            return "NULL"
        text = value.decode(errors="replace")
        return self._table.column(name).shown(text)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _number(mark: re.Match[bytes]) -> bytes:
    kind, text = mark.groups()
    shortest = shortest_single if kind == FLOAT_MARK else shortest_double
    digits = Decimal(shortest(float(text)))
    return float_text(digits, _PLAIN_BELOW[kind]).encode()
