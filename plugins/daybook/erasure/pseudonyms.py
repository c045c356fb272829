"""What stands where a person's values stood: keyed hashes. Pure.

The same value always becomes the same pseudonym, of the same class of
format, so that joins, counts and rules see no difference. A pseudonym
carries a check by which the key's holder knows it: erased again, it stays
as it is.
"""

from __future__ import annotations

import datetime
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import ascii_lowercase, ascii_uppercase, digits

from daybook.personal import DATE, EMAIL, IDS, SUBJECT

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?", re.DOTALL)
_FIRST_DATE = datetime.date(1800, 1, 1)
_DATES = 36_524
_ONE_DATE_IN = 64
"""Pseudonyms of dates lie in the nineteenth century, where nobody alive
was born, and are one date of so many."""

_REMEMBERED = 1 << 16
"""So many digests are kept: most values come again and again."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How the pseudonyms of a kind look.

    Attributes:
        suits: Found in a value that has the form of its kind.
        one: Matches a pseudonym; its group is the token.
        shape: The pseudonym, `{}` for the token.
        alphabet: What tokens are written in.
        data: So many characters of a token are the value's hash.
        check: So many after them are a hash of those.
    """

    suits: re.Pattern[str]
    one: re.Pattern[str]
    shape: str
    alphabet: str = ascii_lowercase
    data: int = 12
    check: int = 8


_WORD = "([A-Z][a-z]{19})"
_ANY = re.compile(r"\S")
_TEXT = _Form(_ANY, re.compile("erased-([a-z]{20})"), "erased-{}")
_NUMBER = _Form(_ANY, re.compile("9([0-9]{16})"), "9{}", digits, 8, 8)
_FORMS: Mapping[str, _Form] = {
    # RFC 2606: no mail will ever arrive there.
    EMAIL: _Form(
        re.compile("@"),
        re.compile(r"([a-z]{20})@erased\.invalid"),
        "{}@erased.invalid",
    ),
    "name": _Form(_ANY, re.compile(_WORD), "{}"),
    "address": _Form(_ANY, re.compile(f"1 {_WORD}"), "1 {}"),
    # No country's code begins with a zero.
    "phone": _Form(
        re.compile(r"\d"),
        re.compile(r"\+000([0-9]{12})"),
        "+000{}",
        digits,
        7,
        5,
    ),
    "postcode": _Form(
        re.compile(r"\w"),
        re.compile("Z([0-9A-Z]{9})"),
        "Z{}",
        digits + ascii_uppercase,
        5,
        4,
    ),
}


class Pseudonyms:
    """The pseudonyms that one key gives."""

    def __init__(self, key: bytes) -> None:
        """Take the key; it is kept in memory only."""
        self._key = key
        self._digest = lru_cache(_REMEMBERED)(self._new_digest)

    @cached_property
    def key_id(self) -> str:
        """16 hex digits that tell keys apart, and nothing about them."""
        return self._hash("key", "id").hex()[:16]

    def digest(self, kind: str, value: str) -> str:
        """Return 64 hex digits by which lists know a value."""
        return self._digest(kind, value)

    @property
    def dates(self) -> tuple[str, ...]:
        """All pseudonyms of dates."""
        return tuple(self._dates)

    def of(self, kind: str, value: str) -> str:
        """Return the pseudonym of a value; of a pseudonym, itself.

        What is blank stays. What has not the form of its kind (an email
        without `@`, 31 February) becomes something without it too.
        """
        if not value.strip() or self.is_one(kind, value):
            return value
        plain = normal(kind, value)
        if kind == DATE and (parts := _date_parts(value.strip())):
            return self._date(*parts)
        form = _FORMS.get(kind, _TEXT)
        if kind == DATE or not form.suits.search(plain):
            form = _TEXT
        return form.shape.format(self._token(kind, plain, form))

    def of_number(self, value: str) -> str:
        """Return the pseudonym of a number, itself one of 17 digits."""
        if self._has_form(value, _NUMBER):
            return value
        return _NUMBER.shape.format(self._token("number", value, _NUMBER))

    def is_one(self, kind: str, value: str) -> bool:
        """Return whether a value is a pseudonym that this key gave."""
        if kind == DATE and (parts := _date_parts(value)):
            return parts[0] in self._dates
        form = _FORMS.get(kind, _TEXT)
        return self._has_form(value, form) or self._has_form(value, _TEXT)

    def _has_form(self, value: str, form: _Form) -> bool:
        found = form.one.fullmatch(value)
        if not found:
            return False
        token = found[1].lower() if form.alphabet.islower() else found[1]
        return token == self._checked(token[: form.data], form)

    def _token(self, kind: str, plain: str, form: _Form) -> str:
        hashed = self._hash(f"value {kind}", plain)
        data = _written(hashed, form.alphabet, form.data)
        token = self._checked(data, form)
        return token.capitalize() if _WORD in form.one.pattern else token

    def _checked(self, data: str, form: _Form) -> str:
        hashed = self._hash("check", data)
        return data + _written(hashed, form.alphabet, form.check)

    def _date(self, date: str, time: str) -> str:
        hashed = self._hash("value date", date)
        known = tuple(self._dates)
        date = known[int.from_bytes(hashed) % len(known)]
        return date + re.sub(r"\d", "0", time)

    @cached_property
    def _dates(self) -> Mapping[str, None]:
        """The dates that are pseudonyms, some 570."""
        all_dates = (
            str(_FIRST_DATE + datetime.timedelta(days))
            for days in range(_DATES)
        )
        return dict.fromkeys(
            date
            for date in all_dates
            if self._hash("date", date)[0] % _ONE_DATE_IN == 0
        )

    def _new_digest(self, kind: str, value: str) -> str:
        return self._hash(f"digest {kind}", normal(kind, value)).hex()

    def _hash(self, use: str, text: str) -> bytes:
        data = f"{use}\0{text}".encode(errors="surrogatepass")
        return hmac.digest(self._key, data, "sha256")


def form_of(kind: str) -> str:
    """Return the expression that a kind's pseudonyms match, all keys'.

    Not those of values without the form of their kind. `""` for what has
    no pseudonyms, and for dates, which look like others.
    """
    if kind in {"", DATE, *IDS}:
        return ""
    return _FORMS.get(kind, _TEXT).one.pattern


def normal(kind: str, value: str) -> str:
    """Return the value as it is compared.

    Outer blanks and the Unicode form never count, nor does the case, but
    in a subject's id; of a telephone number only digits and `+` count.
    """
    plain = unicodedata.normalize("NFKC", value).strip()
    if kind == SUBJECT:
        return plain
    if kind == "phone" and (number := re.sub(r"[^\d+]", "", plain)):
        return number
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def _date_parts(value: str) -> tuple[str, str] | None:
    """Return a date and what follows it, None if it is no date."""
    found = _ISO_DATE.fullmatch(value)
    if not found:
        return None
    try:
        datetime.date.fromisoformat(found[1])
    except ValueError:
        return None
    return found[1], found[2] or ""


def _written(hashed: bytes, alphabet: str, length: int) -> str:
    number, text = int.from_bytes(hashed), ""
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        text += alphabet[place]
    return text
