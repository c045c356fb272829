"""Many values, looked for in one pass over a text. Pure.

Every value has a stretch of plain letters and digits that all spellings
keep. One regular expression finds all of these; the rest of the value is
compared where one was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from daybook.erasure.spellings import decoded, fold, folded, lowered

_FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...]
_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_RUN = re.compile(r"[^\W_]+")
_LONGEST = 32
"""A longer anchor would find nothing more."""

_Node = dict[str, "_Node"]
_MOST_UNSEEN = 64
"""So many blanks and quotes in a row are taken for a part of a value."""


@dataclass(frozen=True, slots=True)
class Needle:
    """A value to look for.

    Attributes:
        kind: What it is, one of `personal.KINDS`.
        value: The value.
        whose: The people who have it.
    """

    kind: str
    value: str
    whose: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A needle by its anchor: what is before it, and the rest with it."""

    needle: Needle
    before: str
    rest: str


class Needles:
    """Values to look for in texts."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        """Values without a letter or digit are never found."""
        self._by_anchor: dict[str, list[_Anchored]] = {}
        for needle in needles:
            composed = unicodedata.normalize("NFC", needle.value)
            plain = decoded(needle.value).text
            for spelled in {needle.value, composed, plain}:
                self._add(needle, spelled)
        self._lengths = sorted({len(anchor) for anchor in self._by_anchor})
        self._regex = re.compile(trie(self._by_anchor) or "(?!)")

    def find(
        self, text: str, low: str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, int, Needle]]:
        """Yield all places of the needles in a part of the text.

        `low` is the text, `lowered`.
        """
        end = len(low) if end is None else end
        while match := self._regex.search(low, start, end):
            start = match.start()
            for length in self._lengths:
                anchor = low[start : start + length]
                for one in self._by_anchor.get(anchor, ()):
                    if place := _place(text, start, one):
                        yield *place, one.needle
            start += 1

    def _add(self, needle: Needle, spelled: str) -> None:
        for at, anchor in _anchors(spelled):
            before, rest = folded(spelled[:at]), folded(spelled[at:])
            found = _Anchored(needle, before, rest)
            known = self._by_anchor.setdefault(anchor, [])
            if found not in known:
                known.append(found)


def trie(words: Iterable[str], between: str = "") -> str:
    """Return a regular expression for the words, `between` their letters.

    Of two words that begin alike it tries the longer first.
    """
    root: _Node = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _written(root, between)


def _written(node: _Node, between: str) -> str:
    parts = []
    for char, after in sorted(node.items()):
        if char:
            rest = _written(after, between)
            parts.append(re.escape(char) + (between + rest if rest else ""))
    if not parts:
        return ""
    if "" in node:
        return f"(?:{'|'.join(parts)})?"
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _anchors(value: str) -> Iterator[tuple[int, str]]:
    """Yield where a value's anchor is, in all forms that it can take.

    That is one form if it has letters that no program writes otherwise.
    """
    at, run = max(_stable_runs(value), key=_length, default=(0, ""))
    if run:
        yield at, lowered(run[:_LONGEST])
        return
    runs = [(match.start(), match[0]) for match in _RUN.finditer(value)]
    at, run = max(runs, key=_length, default=(0, ""))
    for form in _forms(run[:_LONGEST]) if run else ():
        yield at, form


def _length(run: tuple[int, str]) -> int:
    return len(run[1])


def _stable_runs(value: str) -> Iterator[tuple[int, str]]:
    """Yield the stretches of letters and digits that have one form."""
    start = 0
    for at, char in enumerate([*value, ""]):
        # A letter and the accent after it can be one character.
        is_accented = unicodedata.combining(value[at + 1 : at + 2] or " ")
        if not char or not _is_stable(char) or is_accented:
            yield start, value[start:at]
            start = at + 1


@lru_cache(1 << 12)
def _is_stable(char: str) -> bool:
    return char.isalnum() and len(_forms(char)) == 1


def _forms(run: str) -> set[str]:
    cases = (run, run.upper(), run.casefold())
    return {
        lowered(unicodedata.normalize(form, case))
        for form in _FORMS
        for case in cases
    }


def _place(text: str, at: int, one: _Anchored) -> tuple[int, int] | None:
    """Return where the needle stands whose anchor is at `at`."""
    start = _back(text, at, one.before)
    if start is None or _is_joined(text[start - 1 : start], text[start]):
        return None
    end = _forth(text, at, one.rest)
    if end is None or _is_joined(text[end - 1], text[end : end + 1]):
        return None
    return start, end


def _is_joined(first: str, second: str) -> bool:
    """Return whether both are of one word; some scripts have no blanks."""
    return all(
        char.isalnum() and unicodedata.category(char) != "Lo"
        for char in (first, second)
    )


def _forth(text: str, at: int, wanted: str) -> int | None:
    """Return where `wanted` ends if it begins at `at`."""
    done, end, unseen = 0, at, 0
    while done < len(wanted):
        if at >= len(text) or unseen > _MOST_UNSEEN:
            return None
        said = fold(text[at])
        if not wanted.startswith(said, done):
            return None
        at, done = at + 1, done + len(said)
        unseen = 0 if said else unseen + 1
        end = at if said else end
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _back(text: str, at: int, wanted: str) -> int | None:
    """Return where `wanted` begins if it ends at `at`."""
    left, start, unseen = len(wanted), at, 0
    while left:
        if at <= 0 or unseen > _MOST_UNSEEN:
            return None
        said = fold(text[at - 1])
        if not wanted.endswith(said, 0, left):
            return None
        at, left = at - 1, left - len(said)
        unseen = 0 if said else unseen + 1
        start = at if said else start
    return start
