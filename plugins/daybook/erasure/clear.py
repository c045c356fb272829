"""Finds people in any text, however their values are spelled. Pure.

An email address, a telephone number and a full address say who is meant
wherever they stand. A name, a city or a date does not: it is looked for
only beside a person's id or beside such a value of the same person.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from daybook.erasure.mails import is_quoted, mails
from daybook.erasure.needles import Needle, Needles, trie
from daybook.erasure.pseudonyms import normal
from daybook.erasure.record import surroundings
from daybook.erasure.rows import Value
from daybook.erasure.spellings import Decoded, folded, lowered, readings
from daybook.erasure.subjects import Subjects
from daybook.personal import DATE, EMAIL, IDS

_BETWEEN_DIGITS = (
    r"[ +\t\r\n().\-/\u00a0\u2007\u2009-\u2015\u202f\u2212\u3000]{0,3}"
)
_DIGITS_OF_A_PHONE = range(7, 21)
_DIFFERENT = 3
_CHARS_OF_AN_ADDRESS = 5
_CHARS_WITHOUT_A_NUMBER = 10
_CHARS_OF_AN_ID = 3
_CHARS_OF_A_SURE_ID = 5
_QUOTES = frozenset("\"'")
_Place = tuple[int, int, Needle]
_Wanted = Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a text holds a person's value.

    Attributes:
        start: Where it begins.
        end: Where the text goes on.
        new: What is to stand there.
    """

    start: int
    end: int
    new: str

    def as_long_as(self, size: int) -> str:
        """Return what is to stand there, cut or filled to a length."""
        fill = "0" if self.new.isdecimal() else "*"
        return self.new[:size].ljust(size, fill)


class Clear:
    """The clear values of some people, to be looked for in texts."""

    def __init__(
        self, subjects: Subjects, records: Iterable[Sequence[Value]] = ()
    ) -> None:
        """Take the people's values out of records, theirs and others'.

        Without any record email addresses are found all the same.
        """
        self._subjects = subjects
        self._people = people = list(_by_person(subjects, records))
        self._ids = Needles(_needles(people, _is_an_id))
        self._anywhere = Needles(_needles(people, self._is_anywhere))
        self._beside: dict[int, Needles] = {}
        self._phones = _phones(people)
        self._phone = re.compile(
            (trie(self._phones, _BETWEEN_DIGITS) or "(?!)") + r"(?!\d)"
        )
        self._whose_mail = self._mails()

    def digests(self) -> frozenset[str]:
        """Return the digests of their telephone numbers and addresses.

        By them lines are found that name nobody, also when a run that was
        killed has erased the values elsewhere.
        """
        return frozenset(
            self._subjects.pseudonyms.digest(one.kind, one.value)
            for values in self._people
            for one in values
            if _is_distinct(one) or _is_a_phone(one)
        )

    def found(self, text: str) -> int:
        """Return how many values of theirs the text holds."""
        return len(self.hits(text))

    def erased(self, text: str, *, as_long: bool = False) -> str:
        """Return the text with pseudonyms in their places.

        `as_long` lets no byte of what follows move.
        """
        parts, done = [], 0
        for hit in self.hits(text):
            old = text[hit.start : hit.end]
            size = len(old.encode(errors="surrogateescape"))
            parts.append(text[done : hit.start])
            parts.append(hit.as_long_as(size) if as_long else hit.new)
            done = hit.end
        return "".join([*parts, text[done:]])

    def hits(self, text: str) -> list[Hit]:
        """Return all places, in order; none reaches into another."""
        found = [
            hit for plain in readings(text) for hit in self._hits(text, plain)
        ]
        found.sort(key=lambda hit: (hit.start, -hit.end))
        apart: list[Hit] = []
        for hit in found:
            if not apart or hit.start >= apart[-1].end:
                apart.append(hit)
        return apart

    def _hits(self, text: str, plain: Decoded) -> Iterator[Hit]:
        low = lowered(plain.text)
        sure = list(self._sure(plain.text, low))
        named = chain(sure, self._ids.find(plain.text, low))
        beside = self._beside_all(plain.text, low, named)
        places: dict[tuple[int, int], Needle] = {}
        for start, end, needle in chain(sure, beside):
            places.setdefault((start, end), needle)
        for (start, end), needle in places.items():
            first, after = plain.original(start, end)
            of = self._subjects.pseudonyms
            written = text[first:after]
            if written.isdecimal() and text[first - 1 : first] not in _QUOTES:
                new = of.of_number(written)  # JSON's may be unquoted
            else:
                new = of.of(needle.kind, needle.value)
            yield Hit(first, after, new)

    def _sure(self, text: str, low: str) -> Iterator[_Place]:
        """Yield what says who is meant wherever it stands."""
        for start, end, mail in mails(text, self._subjects):
            digest = self._subjects.pseudonyms.digest(EMAIL, mail)
            whose = self._whose_mail.get(digest, frozenset())
            yield start, end, Needle(EMAIL, mail, whose)
        for match in self._phone.finditer(low):
            start, end = match.span()
            number = re.sub(r"\D", "", match[0])
            before = low[max(0, start - 3) : start]
            if before.endswith("00") or not before[-1:].isdigit():
                start -= before.endswith("+")
                yield start, end, self._phones[number]
        yield from self._anywhere.find(text, low)

    def _beside_all(
        self, text: str, low: str, named: Iterable[_Place]
    ) -> Iterator[_Place]:
        """Yield the other values of the people who are named, beside them."""
        done: set[tuple[int, int, int]] = set()
        for start, end, needle in named:
            if needle.kind in IDS and text[start:end] != needle.value:
                continue
            around = surroundings(low, start, end)
            for who in needle.whose:
                if (who, *around) in done:
                    continue
                found = list(self._other(who).find(text, low, *around))
                if _is_meant(needle, found):
                    done.add((who, *around))
                    yield from found

    def _is_anywhere(self, one: Value) -> bool:
        """Return whether a value is looked for wherever it may stand."""
        if one.kind == EMAIL and (is_quoted(one.value) or _is_odd(one.value)):
            return self._subjects.are_named_by(EMAIL, one.value)
        return _is_distinct(one)

    def _other(self, who: int) -> Needles:
        """Return the values that are looked for beside a person's id."""
        if who not in self._beside:
            self._beside[who] = Needles(
                Needle(one.kind, value, frozenset([who]))
                for one in self._people[who]
                if one.kind not in IDS
                for value in _spelled(one)
            )
        return self._beside[who]

    def _mails(self) -> Mapping[str, frozenset[int]]:
        whose: dict[str, frozenset[int]] = {}
        for who, values in enumerate(self._people):
            for one in values:
                if one.kind == EMAIL:
                    digest = self._subjects.pseudonyms.digest(EMAIL, one.value)
                    whose[digest] = whose.get(digest, frozenset()) | {who}
        return whose


def _is_meant(needle: Needle, found: Sequence[_Place]) -> bool:
    """Return whether an id is one, with so many of the person's values.

    A short number can be anything: two values must stand beside it.
    """
    if needle.kind not in IDS or len(needle.value) >= _CHARS_OF_A_SURE_ID:
        return True
    return len({one.value for _, _, one in found}) > 1


def _by_person(
    subjects: Subjects, records: Iterable[Sequence[Value]]
) -> Iterator[set[Value]]:
    """Yield each person's values, of all records that are theirs."""
    people: dict[str, set[Value]] = {}
    for record in records:
        names = [one for one in record if one.kind in IDS] or [
            one for one in record if one.kind == EMAIL
        ]
        if names and all(
            subjects.are_named_by(one.kind, one.value) for one in names
        ):
            people.setdefault(names[0].value, set()).update(
                one
                for one in record
                if one.value.strip()
                and not subjects.pseudonyms.is_one(one.kind, one.value)
            )
    for values in people.values():
        if any(one.kind not in IDS for one in values):
            yield values


def _needles(
    people: Sequence[set[Value]], is_wanted: _Wanted
) -> Iterator[Needle]:
    """Yield the values that are wanted, each with all who have it."""
    whose: dict[tuple[str, str], set[int]] = {}
    for who, values in enumerate(people):
        for one in values:
            for text in _spelled(one):
                if is_wanted(Value(one.kind, text)):
                    whose.setdefault((one.kind, text), set()).add(who)
    for (kind, text), them in whose.items():
        yield Needle(kind, text, frozenset(them))


def _spelled(one: Value) -> list[str]:
    """Return a value in the ways that are more than a spelling."""
    text = one.value.strip()
    if one.kind == DATE:
        try:
            date = datetime.date.fromisoformat(text[:10])
        except ValueError:
            return [text]
        return [text[:10], f"{date.year}, {date.month}, {date.day}"]
    return [text, *(text.splitlines() if one.kind == "address" else ())]


def _is_an_id(one: Value) -> bool:
    return one.kind in IDS and len(one.value) >= _CHARS_OF_AN_ID


def _is_odd(mail: str) -> bool:
    """Return whether what has no `@` tells a person all the same.

    "unknown" does not, nor does "not available".
    """
    is_words = "".join(mail.split()).isalnum()
    is_long = len(folded(mail)) >= _CHARS_WITHOUT_A_NUMBER
    return "@" not in mail and is_long and not is_words


def _is_distinct(one: Value) -> bool:
    """Return whether an address is told from all that is no address."""
    size = len(folded(one.value))
    has_number = any(char.isdigit() for char in one.value)
    has_letter = any(char.isalpha() for char in one.value)
    least = _CHARS_OF_AN_ADDRESS if has_number else _CHARS_WITHOUT_A_NUMBER
    return one.kind == "address" and has_letter and size >= least


def _phones(people: Sequence[set[Value]]) -> dict[str, Needle]:
    """Return the telephone numbers by their digits."""
    found: dict[str, Needle] = {}
    for needle in _needles(people, _is_a_phone):
        digits = _digits(needle.value)
        known = found.get(digits, needle)
        whose = known.whose | needle.whose
        found[digits] = Needle(known.kind, known.value, whose)
    return found


def _is_a_phone(one: Value) -> bool:
    digits = _digits(one.value) if one.kind == "phone" else ""
    is_long = len(digits) in _DIGITS_OF_A_PHONE
    return is_long and len(set(digits)) >= _DIFFERENT


def _digits(value: str) -> str:
    return re.sub("[^0-9]", "", normal("phone", value))
