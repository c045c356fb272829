"""What stands in one record with a place of a text. Pure."""

from __future__ import annotations

_FAR = 2000
_NEAR = 300
_ENCLOSING = (("{", "}"), ("<tr", "</tr"))
"""An object of JSON, a row of a table in HTML: both may take many lines."""


def surroundings(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of the text that tells of the same person.

    It is the line, with all of the object or the table's row that the
    place is in. Of a long line, which may tell of many, only these.
    """
    line = _line(text, start, end)
    inside = _object(text, start, end)
    if line[1] - line[0] > _FAR:
        return inside or (
            max(line[0], start - _NEAR),
            min(line[1], end + _NEAR),
        )
    if inside is None:
        return line
    return min(line[0], inside[0]), max(line[1], inside[1])


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    low, high = max(0, start - 2 * _FAR), min(len(text), end + 2 * _FAR)
    after = text.find("\n", end, high)
    return text.rfind("\n", low, start) + 1 or low, (
        high if after < 0 else after
    )


def _object(text: str, start: int, end: int) -> tuple[int, int] | None:
    low, high = max(0, start - _FAR), min(len(text), end + _FAR)
    for opening, closing in _ENCLOSING:
        begins = text.rfind(opening, low, start)
        ends = text.find(closing, end, high)
        if begins < 0 or ends < 0:
            continue
        between = text.rfind(closing, begins, start)
        if between < 0 and text.find(opening, end, ends) < 0:
            return begins, ends
    return None
