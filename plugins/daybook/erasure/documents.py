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
from functools import lru_cache

from daybook.personal import EMAIL, IDS

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_TOKEN = re.compile(
    rf"({_STRING})(?=\s*+(.|\Z))|(-?\d[\d.eE+-]*+)|([{{}}\[\],:])", re.DOTALL
)
_START = re.compile(r'["\d{}\[\],:]')
"""Found ten times as fast as a token: what has none may be very long."""

_AFTER = frozenset({"", ",", ":", "}", "]"})
_ESCAPED_ASCII = re.compile(r"\\u00[2-7]")
"""What a quick look at names of fields would miss."""


@dataclass(frozen=True, slots=True)
class Value:
    """A personal value.

    Attributes:
        kind: What it is, one of `personal.KINDS`.
        value: The value.
    """

    kind: str
    value: str


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


def identities(text: str, fields: Mapping[str, str]) -> list[Value]:
    """Return the ids and addresses that a text tells by their fields.

    A quick look for the fields' names; where JSON could write them in
    another way, or values are objects, the text is read in full.
    """
    named = {
        name: kind
        for name, kind in fields.items()
        if kind in IDS or kind == EMAIL
    }
    if not named:
        return []
    pattern = _pattern(tuple(named))
    if not _ESCAPED_ASCII.search(text):
        found = pattern.findall(text)
        if all(string or number for _, string, number in found):
            return [
                Value(named[name], _read(string) if string else number)
                for name, string, number in found
            ]
    return [Value(one.kind, one.value) for one in personal_values(text, named)]


@lru_cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(map(re.escape, names))
    value = rf"({_STRING})|(-?\d[\d.eE+-]*+)|(?=[{{\[])"
    return re.compile(rf'"({either})"\s*+:\s*+(?:{value})', re.DOTALL)


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


def _values(text: str, fields: Mapping[str, str]) -> Iterator[Found]:
    """Walk over the tokens; a stack holds what encloses the place."""
    enclosing: list[str] = []
    kind, key = "", ""
    start = _START.search(text)
    place = max(start.start() - 1, 0) if start else len(text)  # a minus
    while token := _TOKEN.search(text, place):
        place = token.end()
        string, after, _, mark = token.groups()
        if string is not None and after not in _AFTER:
            place = token.start() + 1  # it was the end of a string
        elif string is not None and after == ":":
            key = string
        elif mark is not None:
            kind = _after(mark, kind, key, enclosing, fields)
        elif kind:
            yield _found(kind, token)


def _after(
    mark: str,
    kind: str,
    key: str,
    enclosing: list[str],
    fields: Mapping[str, str],
) -> str:
    """Return of what kind the values are that follow a mark."""
    if mark in "{[":
        enclosing.append(kind)
        return kind
    if mark in "}]":
        return enclosing.pop() if enclosing else ""
    outer = enclosing[-1] if enclosing else ""
    if mark == ":" and key:
        return fields.get(_read(key), outer)
    return outer


def _found(kind: str, token: re.Match[str]) -> Found:
    string = token[1]
    if string is None:
        return Found(kind, token[3], *token.span(), quoted=False)
    closed = _is_closed(string)
    return Found(kind, _read(string), *token.span(), closed=closed)


def _is_closed(string: str) -> bool:
    """Return whether a string's last quote is there, and is one."""
    if len(string) < 2 or not string.endswith('"'):
        return False
    rest = string[:-1]
    return (len(rest) - len(rest.rstrip("\\"))) % 2 == 0


def _read(string: str) -> str:
    if not _is_closed(string):
        string = string.removesuffix("\\") + '"'
    if "\\" not in string:
        return string[1:-1]
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string[1:-1]  # an escape that JSON does not know


def _written(one: Found, value: str) -> str:
    if not one.quoted:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if one.closed else text[:-1]
