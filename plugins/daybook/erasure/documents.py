r"""JSON objects as text, broken ones too: find values, replace values. Pure.

A line that broke off or was joined with another is no JSON, but it holds
a person's data all the same. So texts are read token by token, without
asking whether they make sense; what is not replaced stays to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+(?P<end>"|\\?\Z))"""
    r"""|(?P<number>-?\d[\d.eE+-]*+)|(?P<mark>[{}\[\],:])""",
    re.DOTALL,
)
_NO_BLANK = re.compile(r"\S")
_AFTER = frozenset({"", ",", ":", "}", "]"})
_OUTSIDE = r"""\s"'<>,;:()\[\]{}\\/=@"""
_LOCAL_END = re.compile(f"[^{_OUTSIDE}]*\\Z")
_DOMAIN = re.compile(f"[^{_OUTSIDE}]+")
_MAX_LOCAL = 320
"""RFC 5321 allows 64; a longer name is none of an address."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a document holds.

    Attributes:
        kind: What it is, one of `personal.KINDS`.
        value: The value itself, unescaped.
        start: Where it is written, quotes included.
        end: Where the text goes on.
        quoted: Whether it is written as a string.
        closed: Whether the string's last quote is there.
    """

    kind: str
    value: str
    start: int
    end: int
    quoted: bool = True
    closed: bool = True


def personal_values(text: str, fields: Mapping[str, str]) -> list[Found]:
    """Return the values of the named fields, in order, at any depth.

    All that is inside an object or list that such a field holds is taken
    for a value of it, but fields that are named themselves.
    """
    return list(_values(text, fields))


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something that looks like an email address stands."""
    at, end = text.find("@"), 0
    while at >= 0:
        start = max(end, at - _MAX_LOCAL)
        local = _LOCAL_END.search(text[start:at])
        domain = _DOMAIN.match(text, at + 1)
        if local and local[0] and domain:
            end = domain.end()
            yield at - len(local[0]), end
        at = text.find("@", at + 1)


def replaced(
    text: str, found: Sequence[Found], new: Callable[[Found], str]
) -> str:
    """Return the text with `new` values in the place of those found."""
    parts, end = [], 0
    for one in found:
        value = new(one)
        written = text[one.start : one.end]
        if value != one.value:
            written = _written(one, value)
        parts += [text[end : one.start], written]
        end = one.end
    return "".join([*parts, text[end:]])


def replaced_emails(
    text: str, is_theirs: Callable[[str], bool], new: Callable[[str], str]
) -> str:
    """Return the text with new addresses where `is_theirs` says so."""
    parts, done = [], 0
    for start, end in emails(text):
        if is_theirs(text[start:end]):
            parts += [text[done:start], new(text[start:end])]
            done = end
    return "".join([*parts, text[done:]])


def _values(text: str, fields: Mapping[str, str]) -> Iterator[Found]:
    """Walk over the tokens; a stack holds what encloses the place."""
    enclosing: list[str] = []
    kind, key = "", None
    for token in _tokens(text):
        mark = token["mark"]
        if mark in {"{", "["}:
            enclosing.append(kind)
        elif mark in {"}", "]"}:
            kind = enclosing.pop() if enclosing else ""
        elif mark == ",":
            kind = enclosing[-1] if enclosing else ""
        elif mark == ":":
            outer = enclosing[-1] if enclosing else ""
            kind = fields.get(key or "", outer)
        elif _followed_by(text, token) == ":":
            key = _read(token)
        elif kind:
            yield _found(kind, token)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield tokens; of a line that begins inside a string too."""
    place = 0
    while token := _TOKEN.search(text, place):
        place = token.end()
        if token["string"] and _followed_by(text, token) not in _AFTER:
            place = token.start() + 1  # it was the end of a string
        else:
            yield token


def _followed_by(text: str, token: re.Match[str]) -> str:
    """Return the mark after a string, `""` at the text's end."""
    if token["string"] is None:
        return ""
    found = _NO_BLANK.search(text, token.end())
    return found[0] if found else ""


def _found(kind: str, token: re.Match[str]) -> Found:
    return Found(
        kind,
        _read(token),
        token.start(),
        token.end(),
        quoted=token["string"] is not None,
        closed=token["end"] == '"',
    )


def _read(token: re.Match[str]) -> str:
    written = token["string"]
    if written is None:
        return token["number"]
    if token["end"] != '"':
        written = written.removesuffix("\\") + '"'
    try:
        return str(json.loads(written, strict=False))
    except ValueError:
        return written[1:-1]  # an escape that JSON does not know


def _written(one: Found, value: str) -> str:
    if not one.quoted:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if one.closed else text[:-1]
