"""Email addresses of people, in any text; found by digests alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from daybook.erasure.spellings import readable
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


def mails(text: str, people: Subjects) -> Iterator[tuple[int, int, str]]:
    """Yield where an address of theirs stands, and the address.

    What else touches it, a quote or a full stop, is not a part of it.
    """
    done = 0
    for at in _AT.finditer(text):
        for start, end in _around(text, at.start(), done):
            mail = readable(text[start:end]).replace("''", "'")
            if people.are_named_by(EMAIL, mail):
                yield start, end, mail
                done = end
                break


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
