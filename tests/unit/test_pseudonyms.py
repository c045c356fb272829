"""Pseudonyms: keyed, of the value's class, and known again by the key."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.erasure.pseudonyms import Pseudonyms, normal
from daybook.personal import KINDS

OF = Pseudonyms(b"a key of the tests, and of nothing else")
OTHER = Pseudonyms(b"another key of the tests, and nothing else")
REPLACED = sorted(set(KINDS) - {"subject"})


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("email", "Jane@Example.com", r"[a-z]{20}@erased\.invalid"),
        ("name", "Jane", "[A-Z][a-z]{19}"),
        ("phone", "+44 (0)20 7946 0000", r"\+000\d{12}"),
        ("postcode", "SW1A 1AA", "Z[0-9A-Z]{9}"),
        ("address", "10 Downing Street\nLondon", "1 [A-Z][a-z]{19}"),
        ("date", "1980-05-06", r"18\d\d-\d\d-\d\d"),
        ("date", "1980-05-06T11:12:13Z", r"18\d\d-\d\d-\d\dT00:00:00Z"),
        ("text", "whatever", "erased-[a-z]{20}"),
    ],
)
def test_a_pseudonym_has_the_form_of_its_kind(
    kind: str, value: str, form: str
) -> None:
    assert re.fullmatch(form, OF.of(kind, value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "no address"),
        ("date", "1980-02-31"),
        ("date", "31/01/1980"),
        ("phone", "none"),
        ("postcode", "-"),
    ],
)
def test_what_has_not_the_form_of_its_kind_has_it_no_more(
    kind: str, value: str
) -> None:
    assert OF.of(kind, value).startswith("erased-")


@pytest.mark.parametrize("kind", REPLACED)
@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blanks_stay(kind: str, blank: str) -> None:
    assert OF.of(kind, blank) == blank


@given(st.sampled_from(REPLACED), st.text())
def test_a_pseudonym_of_a_pseudonym_is_itself(kind: str, value: str) -> None:
    once = OF.of(kind, value)
    assert OF.of(kind, once) == once


@given(st.sampled_from(REPLACED), st.text().filter(str.strip))
def test_no_value_is_left(kind: str, value: str) -> None:
    assert OF.of(kind, value) != value


@given(st.dates())
def test_a_date_becomes_a_date_and_stays_it(date: datetime.date) -> None:
    once = OF.of("date", date.isoformat())
    assert 1800 <= datetime.date.fromisoformat(once).year < 1900
    assert OF.of("date", once) == once


@given(st.integers())
def test_a_number_becomes_a_number_and_stays_it(number: int) -> None:
    once = OF.of_number(str(number))
    assert re.fullmatch(r"9\d{16}", once)
    assert OF.of_number(once) == once


@pytest.mark.parametrize("kind", REPLACED)
def test_another_key_gives_another_pseudonym(kind: str) -> None:
    value = "1980-05-06" if kind == "date" else "a1@b"
    assert OF.of(kind, value) != OTHER.of(kind, value)


@pytest.mark.parametrize("kind", REPLACED)
def test_what_another_key_gave_is_a_value_like_any_other(kind: str) -> None:
    value = "1980-05-06" if kind == "date" else "a1@b"
    assert not OF.is_one(kind, OTHER.of(kind, value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane@Example.com", "  jane@EXAMPLE.com "),
        ("andré@example.com", "andre\u0301@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
    ],
)
def test_an_address_is_the_same_in_any_spelling(one: str, other: str) -> None:
    assert OF.digest("email", one) == OF.digest("email", other)
    assert OF.of("email", one) == OF.of("email", other)


def test_leading_zeros_of_an_id_count() -> None:
    assert OF.digest("subject", "0042") != OF.digest("subject", "42")


def test_an_id_and_an_address_never_have_one_digest() -> None:
    assert OF.digest("subject", "a@b") != OF.digest("email", "a@b")


def test_a_phone_is_its_digits() -> None:
    assert normal("phone", "+44 (0)20-79") == normal("phone", "+4402079")


def test_the_id_of_a_key_tells_keys_apart() -> None:
    assert re.fullmatch("[0-9a-f]{16}", OF.key_id)
    assert OF.key_id != OTHER.key_id
