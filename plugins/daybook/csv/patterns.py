r"""Table Schema's regular expressions -> those of RE2, DuckDB's. Pure.

RE2 never goes back, so that no text makes it slow. Its `\d`, `\w` and
`\s` know ASCII only; in XML Schema and in Python they mean all of Unicode.
"""

from __future__ import annotations

import re

_OUTSIDE = re.compile(r"\\.|\[\^?\]?|\{,(?=[0-9]+\})|.", re.DOTALL)
_INSIDE = re.compile(r"\\.|.", re.DOTALL)
_CLASSES = {
    "d": r"\p{Nd}",
    "w": r"\p{L}\p{N}_",
    "s": r"\s\v\x1c-\x1f\x{85}\p{Z}",
}


class UnreadableError(ValueError):
    """A pattern that RE2 would read as another one."""


def to_re2(pattern: str) -> str:
    """Return an expression that means the same to RE2.

    What RE2 lacks is left in it: RE2 itself says so.

    Raises:
        UnreadableError: It would mean something else.
    """
    parts: list[str] = []
    place, inside, before = 0, False, ""
    while token := (_INSIDE if inside else _OUTSIDE).match(pattern, place):
        parts.append(_translated(token[0], before, inside=inside))
        inside = token[0] != "]" if inside else token[0].startswith("[")
        place, before = token.end(), token[0]
    return "".join(parts)


def _translated(part: str, before: str, *, inside: bool) -> str:
    if inside and part == "[":
        if before == "-":
            raise UnreadableError("one class cannot be taken from another")
        return r"\["
    if part == "{,":
        return "{0,"
    if len(part) == 2 and part[0] == "\\":
        return _escape(part, inside=inside)
    return part


def _escape(part: str, *, inside: bool) -> str:
    letter = part[1]
    if letter.lower() == "b":
        raise UnreadableError(f"{part} knows letters of ASCII only")
    if letter.lower() not in _CLASSES:
        return part
    some = _CLASSES[letter.lower()]
    if not inside:
        return f"[{'' if letter.islower() else '^'}{some}]"
    if letter.islower():
        return some
    if letter == "D":
        return r"\P{Nd}"
    raise UnreadableError(f"{part} cannot stand inside of brackets")
