"""Email addresses of people, in any text; found by digests alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from daybook.erasure.spellings import decoded, readable
from daybook.erasure.subjects import Subjects
from daybook.personal import EMAIL

_AT = re.compile("[@＠﹫]")  # noqa: RUF001  NFKC makes `@` of all
_MOST = 320
"""RFC 5321 allows 64 characters before and 255 after the `@`."""

_OUTSIDE = frozenset('"<>,;:()[]\\@ \t\r\n\v\f\u00a0\u3000')
_DOMAIN = re.compile(r'[^\s"<>,;:()\[\]\\/=@{}]+')
_BEGINS = re.compile(r"[^\w.+-]|\A[_.+-]+|(?<=\W)_")
_ENDS = re.compile(r"[\W_]+\Z|[^\w.-]|\.\.")
_MOST_ENDS = 6
_MARKS = ("0040", "x40", "X40", "%40", "%2540", "#64", "commat")
_ESCAPED_AT = re.compile("|".join(_MARKS))
_ESCAPED_BEFORE = re.compile(r"""[\\%&][^\s"<>,]*\Z""")
_ESCAPED_AFTER = re.compile(r"""[^\s"<>,\\%&]*[\\%&]""")
_NEAR = 64
_FAR = 2 * _MOST


def mails(text: str, people: Subjects) -> Iterator[tuple[int, int, str]]:
    """Yield where an address of theirs stands, and the address.

    What else touches it, a quote or a full stop, is not a part of it.
    """
    done = 0
    for at in _ats(text):
        for start, end in _around(text, at, done):
            mail = readable(text[start:end]).replace("''", "'")
            if people.are_named_by(EMAIL, mail):
                yield start, end, mail
                done = end
                break


def is_quoted(mail: str) -> bool:
    """Return whether an address has characters that end one elsewhere."""
    before, at, after = mail.strip().rpartition("@")
    return bool(at and after and _OUTSIDE.intersection(before))


def hidden_mails(text: str, people: Subjects) -> list[tuple[int, int, str]]:
    """Return the same of a text that may have escapes."""
    found = list(mails(text, people))
    seen = 0
    for at in _suspects(text):
        if at < seen:
            continue
        low, seen = max(0, at - _FAR), at + _NEAR
        plain = decoded(text[low : at + _FAR])
        for start, end, mail in mails(plain.text, people):
            first, after = plain.original(start, end)
            found.append((low + first, low + after, mail))
    return found


def _suspects(text: str) -> list[int]:
    """Return where an address may be that has escapes in it."""
    if not ("\\" in text or "%" in text or "&" in text):
        return []
    found = [
        at
        for at in _ats(text)
        if _ESCAPED_BEFORE.search(text[max(0, at - _NEAR) : at])
        or _ESCAPED_AFTER.match(text, at + 1, at + _NEAR)
    ]
    if any(mark in text for mark in _MARKS):
        found += [one.start() for one in _ESCAPED_AT.finditer(text)]
    return sorted(found)


def _ats(text: str) -> Iterator[int]:
    """Yield where an `@` is."""
    if not text.isascii():
        yield from (found.start() for found in _AT.finditer(text))
        return
    at = text.find("@")
    while at >= 0:
        yield at
        at = text.find("@", at + 1)


def without_mails(text: str, people: Subjects) -> str:
    """Return the text with pseudonyms for their addresses."""
    parts, done = [], 0
    for start, end, mail in sorted(hidden_mails(text, people)):
        if start >= done:
            new = people.pseudonyms.of(EMAIL, mail)
            parts += [text[done:start], new]
            done = end
    return "".join([*parts, text[done:]])


def _around(text: str, at: int, done: int) -> Iterator[tuple[int, int]]:
    """Yield what could be the address, the longest first."""
    first, begin = max(done, at - _MOST), at
    while begin > first and text[begin - 1] not in _OUTSIDE:
        begin -= 1
    domain = _DOMAIN.match(text, at + 1, at + _MOST)
    if begin == at or not domain:
        return
    cuts = [one.end() for one in _BEGINS.finditer(text[begin:at])]
    ends = [one.start() for one in _ENDS.finditer(domain[0])][:_MOST_ENDS]
    for start in (0, *cuts[-_MOST_ENDS:]):
        for end in sorted({len(domain[0]), *ends}, reverse=True):
            if begin + start < at and end:
                yield begin + start, at + 1 + end
