r"""The many ways in which programs write one value. Pure.

JSON writes `é` as `\u00e9`, Python as `\xe9`, a URL as `%C3%A9`, HTML as
`&eacute;`; a log may hold a text that was escaped twice. `decoded` reads
them all, `fold` makes one of upper and lower case and of Unicode's forms.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_ESCAPE = re.compile(
    r"""\\\\{0,15}(?:
      (?P<pair>[uU][dD][89abAB][0-9a-fA-F]{2}\\{1,16}[uU][dD][c-fC-F][0-9a-fA-F]{2})
    | u(?P<four>[0-9a-fA-F]{4}) | U(?P<eight>[0-9a-fA-F]{8})
    | (?P<bytes>x[0-9a-fA-F]{2}(?:\\{1,16}x[89abAB][0-9a-fA-F])*)
    | (?P<octal>[0-3][0-7]{2}(?:\\{1,16}2[0-7]{2})*)
    | (?P<blank>[nrtvf]) | (?P<mark>(?=["'/]))
    )
    | %(?:25){0,4}(?P<percent>
        [0-7][0-9a-fA-F]
      | [c-fC-F][0-9a-fA-F](?:%(?:25){0,4}[89abAB][0-9a-fA-F]){1,3})
    | &(?:amp;){0,4}(?P<entity>
        (?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)
    """,
    re.VERBOSE,
)
_HEX = re.compile("[0-9a-fA-F]{2}")
_OCTAL = re.compile("[0-3][0-7]{2}")
_BASE = {"four": 16, "eight": 16}
_LAST = 0x10FFFF
_BYTES = re.compile("[\udc80-\udcff]+")
"""How Python reads bytes that are no UTF-8."""

_UNSEEN = frozenset("\"'\\+`\u00b4\u2018\u2019")
"""What comes and goes with quoting, and in forms stands for a blank."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text without escapes that knows where it came from.

    Attributes:
        text: The text; as long as the original if nothing was escaped.
    """

    text: str
    _starts: tuple[int, ...] = ()
    _escapes: tuple[tuple[int, int, int], ...] = ()
    _outer: Decoded | None = None

    @property
    def is_other(self) -> bool:
        """Whether anything was escaped."""
        return bool(self._escapes)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original a part of the text is written."""
        places = self._place(start)[0], self._place(end - 1)[1]
        return self._outer.original(*places) if self._outer else places

    def _place(self, at: int) -> tuple[int, int]:
        """Return where one character starts and ends."""
        found = bisect_right(self._starts, at) - 1
        if found < 0:
            return at, at + 1
        end, start, after = self._escapes[found]
        if at < end:
            return start, after
        return after + at - end, after + at - end + 1


def decoded(text: str, outer: Decoded | None = None) -> Decoded:
    """Return the text with all escapes read, whoever wrote them.

    A line break that was escaped becomes a blank, so that a line stays
    one line. `outer` is what gave the text, if it was read from another.
    """
    parts, starts, escapes = [], [], []
    place = length = 0
    for match in _ESCAPE.finditer(text):
        plain = _read(match)
        length += match.start() - place
        parts += [text[place : match.start()], plain]
        starts.append(length)
        escapes.append((length + len(plain), match.start(), match.end()))
        length += len(plain)
        place = match.end()
    if not escapes:
        return Decoded(text)
    parts.append(text[place:])
    return Decoded("".join(parts), tuple(starts), tuple(escapes), outer)


def readings(text: str) -> Iterator[Decoded]:
    """Yield a text as it is, and read once and twice if it has escapes.

    Those of one program may stand in those of another: JSON in a URL.
    """
    yield Decoded(text)
    once = decoded(text)
    if once.is_other:
        yield once
        twice = decoded(once.text, once)
        if twice.is_other:
            yield twice


def lowered(text: str) -> str:
    """Return the text in lower case, each character in its place."""
    if text.isascii():
        return text.lower()
    low = text.replace("İ", "i").lower()  # the one that would be longer
    return _ALIKE.sub(_alike, low)


_ALIKE = re.compile("[\u03c2\uff10-\uff19]")
_SIGMA = "\u03c3"


def _alike(found: re.Match[str]) -> str:
    return _SIGMA if found[0] == "\u03c2" else str(int(found[0]))


@lru_cache(1 << 16)
def fold(char: str) -> str:
    """Return what a character says, `""` if it is only how it is said.

    Case, accents, Unicode's forms, blanks, quotes and backslashes do not
    count. A text's is that of its characters.
    """
    char = readable(char)
    if char in _UNSEEN or char.isspace():
        return ""
    plain = unicodedata.normalize("NFKD", char).casefold()
    plain = unicodedata.normalize("NFKD", plain).replace("\u0131", "i")
    return "".join(
        one
        for one in plain
        if not unicodedata.combining(one)
        and unicodedata.category(one) != "Cf"
        and one not in _UNSEEN
        and not one.isspace()
    )


def folded(text: str) -> str:
    """Return `fold` of all characters."""
    return "".join(map(fold, text))


def readable(text: str) -> str:
    """Return the text with bytes that are no UTF-8 as Windows read them."""
    return _BYTES.sub(
        lambda found: (
            found[0]
            .encode(errors="surrogateescape")
            .decode("cp1252", "replace")
        ),
        text,
    )


def _read(match: re.Match[str]) -> str:
    kind = str(match.lastgroup)
    said = match[kind]
    if kind in _BASE:
        code = int(said, 16)
        text = chr(code) if code <= _LAST else match[0]
    elif kind == "pair":
        units = re.findall("[dD][0-9a-fA-F]{3}", said)
        text = bytes.fromhex("".join(units)).decode("utf-16-be", "replace")
    elif kind == "entity":
        text = html.unescape(f"&{said}")
    elif kind == "octal":
        text = _of_bytes(bytes(int(o, 8) for o in _OCTAL.findall(said)))
    elif kind in {"bytes", "percent"}:
        text = _of_bytes(_hex(kind, said))
    else:
        text = " " if kind == "blank" else ""
    return " " if text.isspace() else text


def _hex(kind: str, said: str) -> bytes:
    if kind == "percent":
        said = re.sub("%(?:25)*", "", said)
    return bytes(int(pair, 16) for pair in _HEX.findall(said))


def _of_bytes(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
