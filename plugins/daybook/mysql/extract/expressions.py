"""SQL that lets the server write a row as one line of the lake's CSV. Pure.

One value per row then travels, and Python does nothing per value. What
SQL cannot write as PostgreSQL would, or must not pass in silence, comes
as a mark: a NUL, which no text of PostgreSQL can hold, and a token that
is new in every session, so that no value of the source looks like one.
`daybook.mysql.extract.marks` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daybook.mysql.extract.landing import (
    BARE_TEXTS,
    BINARIES,
    DATES,
    FLOATS,
    TEXTS,
    Kind,
)
from daybook.mysql.sql import binary, identifier

FLOAT_MARK = b"f"
DOUBLE_MARK = b"d"
DATE_MARK = b"z"
CHARSET_MARK = b"c"

_COMMA, _QUOTE, _NEWLINE = binary(b","), binary(b'"'), binary(b"\n")
_SPECIAL = (_COMMA, _QUOTE, _NEWLINE, binary(b"\r"))
_HEX = binary(b"\\x")
_TWO_QUOTES = binary(b'""')
_BACKSLASH_DOT = binary(b"\\.")
_UNKNOWN = binary(b"?")
_UNICODE = frozenset({"utf8", "utf8mb3", "utf8mb4"})
_MAPPED = frozenset({"latin1", "utf16", "utf16le", "utf32", "ucs2"})
"""Of these every character has one in Unicode."""
_LONG_TEXTS = frozenset({"text", "mediumtext", "longtext", "json", "xmltype"})
_LONG_BYTES = 1024
"""MariaDB needs 0.2 ms to double the quotes of 900 bytes of JSON, 8 ms for
3,600 and minutes for a megabyte; we do those in no time."""
_PLAIN = {"float": ("1e-4", "1e6"), "double": ("1e-3", "1e15")}
"""Between these PostgreSQL writes digits only, as MySQL does. It has 22
characters for a double: sign, 17 digits and more zeros are too many."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column to be read.

    Attributes:
        name: As the source spells it.
        kind: Its type.
        nullable: Whether it may hold NULL.
        in_key: Whether it is of the key, so that NULL is no way out.
    """

    name: str
    kind: Kind
    nullable: bool
    in_key: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes SQL expressions.

    Attributes:
        token: What tells this session's marks from values.
        zero_dates_as_null: Whether a date that is none becomes NULL.
    """

    token: bytes
    zero_dates_as_null: bool = False

    def line(self, fields: Sequence[Field]) -> str:
        """Return the expression of a row's line, its newline included.

        Its value is NULL where a text is long, and where it would be
        longer than the server's `max_allowed_packet`.
        """
        parts = [f"{self.field(one)}, {_COMMA}" for one in fields]
        parts[-1] = f"{self.field(fields[-1])}, {_NEWLINE}"
        line = f"CONCAT({', '.join(parts)})"
        long = [
            f"LENGTH({identifier(one.name)}) > {_LONG_BYTES}"
            for one in fields
            if _may_be_long(one.kind)
        ]
        return f"IF({' OR '.join(long)}, NULL, {line})" if long else line

    def field(self, field: Field) -> str:
        """Return the expression of a CSV field; it is never NULL."""
        text = self._text(field)
        if field.kind.name in TEXTS - BARE_TEXTS:
            text = _quoted(text)
        elif field.kind.name in BINARIES:
            text = f"CONCAT({_HEX}, LOWER(HEX({text})))"
        if field.kind.name in TEXTS:
            text = self._mapped(field, text)
        may_be_null = field.nullable or field.kind.name in DATES
        return f"IFNULL({text}, '')" if may_be_null else text

    def value(self, field: Field) -> str:
        """Return the expression of the value alone, of any length.

        It is of type binary: bytes as they are, else UTF-8.
        """
        text = self._text(field)
        if field.kind.name in TEXTS:
            text = self._mapped(field, text)
        elif field.kind.name not in BINARIES:
            text = f"CONVERT({text} USING binary)"
        return text

    def _text(self, field: Field) -> str:
        """Return the expression of a value's own text or bytes."""
        name, kind = identifier(field.name), field.kind
        if kind.name in TEXTS:
            return _utf8(name, kind)
        if kind.name in FLOATS:
            return self._float(name, kind)
        if kind.name in DATES:
            return self._date(name, field)
        match kind.name:
            case "time":
                return _trimmed(name, kind)
            case "bit":
                return f"LPAD(BIN({name} + 0), {kind.digits}, '0')"
            case "year":
                return f"({name} + 0)"
        return f"({name} + 0)" if kind.zerofill else name

    def _float(self, name: str, kind: Kind) -> str:
        """Return the text, or a mark with the text of the double.

        Six digits are all that the server shows of a FLOAT. They are
        PostgreSQL's too if they are read as the same FLOAT.
        """
        least, most = _PLAIN[kind.name]
        # Times one, and it is shown with all its digits; -0 stays -0.
        exact = f"({name} * 1e0)"
        # As JSON, even where they are more than 22 characters.
        full = f"IF({name} IS NULL, NULL, JSON_ARRAY({exact}))"
        sure = (
            f"({name} = 0 OR ABS({name}) >= {least} AND ABS({name}) < {most})"
        )
        shown = exact
        mark = DOUBLE_MARK
        if kind.name == "float":
            mark, shown = FLOAT_MARK, name
            sure += f" AND CAST(CONCAT({name}) AS FLOAT) = {name}"
            if kind.scale >= 0 or kind.zerofill:
                return self._mark(mark, full)
        return f"IF({sure}, CONCAT({shown}), {self._mark(mark, full)})"

    def _date(self, name: str, field: Field) -> str:
        """Return the text, or a mark for what is no date of the calendar."""
        zone = ", '+00'" if field.kind.name == "timestamp" else ""
        text = f"CONCAT({_trimmed(name, field.kind)}{zone})"
        real = f"YEAR({name}) > 0"
        if field.kind.name != "timestamp":
            real += f" AND {name} + INTERVAL 0 DAY = {name}"
        if self.zero_dates_as_null and not field.in_key:
            return f"IF({real}, {text}, NULL)"
        return f"IF({real}, {text}, {self._mark(DATE_MARK, name)})"

    def _mapped(self, field: Field, text: str) -> str:
        """Return `text`, or a mark if it lost a character.

        The server writes `?` for what it does not know in Unicode.
        """
        kind, name = field.kind, identifier(field.name)
        if kind.charset in _UNICODE | _MAPPED | {""}:
            return text
        utf8 = _utf8(name, kind)
        now = f"LENGTH({utf8}) - LENGTH(REPLACE({utf8}, {_UNKNOWN}, ''))"
        before = f"CHAR_LENGTH({name}) - CHAR_LENGTH(REPLACE({name}, '?', ''))"
        return (
            f"IF(LOCATE({_UNKNOWN}, {utf8}) AND {now} <> {before}, "
            f"{self._mark(CHARSET_MARK)}, {text})"
        )

    def _mark(self, kind: bytes, text: str = "''") -> str:
        mark = binary(b"\0" + self.token + kind)
        return f"CONCAT({mark}, {text})"


def _may_be_long(kind: Kind) -> bool:
    if kind.name in _LONG_TEXTS:
        return True
    return kind.name in {"char", "varchar"} and kind.chars * 4 > _LONG_BYTES


def _utf8(name: str, kind: Kind) -> str:
    if kind.charset not in _UNICODE:
        name = f"CONVERT({name} USING utf8mb4)"
    # As bytes it is searched and compared three times faster.
    return f"CONVERT({name} USING binary)"


def _quoted(text: str) -> str:
    found = " OR ".join(f"LOCATE({char}, {text})" for char in _SPECIAL)
    doubled = f"REPLACE({text}, {_QUOTE}, {_TWO_QUOTES})"
    return (
        f"IF({found} OR {text} IN ('', {_BACKSLASH_DOT}), "
        f"CONCAT({_QUOTE}, {doubled}, {_QUOTE}), {text})"
    )


def _trimmed(name: str, kind: Kind) -> str:
    """Return the text without the zeros that PostgreSQL does not write."""
    if not kind.fraction:
        return name
    return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {name}))"
