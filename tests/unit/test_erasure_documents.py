"""JSON as text: personal values are found and replaced, broken or not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.erasure.documents import (
    identities,
    personal_values,
    replaced,
)

FIELDS = {
    "id": "subject",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "city": "name",
}


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in personal_values(text, FIELDS)]


def crossed_out(text: str) -> str:
    return replaced(text, personal_values(text, FIELDS), lambda _: "X")


def test_fields_are_found_by_name() -> None:
    text = '{"id": "007", "price": "1.00", "email": "a@b.c"}'
    assert found(text) == [("subject", "007"), ("email", "a@b.c")]


def test_fields_are_found_at_any_depth() -> None:
    text = '{"to": [{"address": "1 High St", "city": "Ely"}], "city": null}'
    assert found(text) == [("address", "1 High St"), ("name", "Ely")]


def test_all_that_a_personal_object_holds_is_personal() -> None:
    text = '{"address": {"line": "1 High St", "tags": ["a"]}, "n": "x"}'
    assert found(text) == [("address", "1 High St"), ("address", "a")]


def test_a_named_field_inside_keeps_its_own_kind() -> None:
    text = '{"address": {"city": "Ely", "line": "x"}}'
    assert found(text) == [("name", "Ely"), ("address", "x")]


def test_escapes_are_read() -> None:
    assert found(r'{"email": "a\u0040b.c"}') == [("email", "a@b.c")]


def test_escaped_names_of_fields_are_read() -> None:
    assert found(r'{"em\u0061il": "a@b.c"}') == [("email", "a@b.c")]


def test_numbers_are_found() -> None:
    text = '{"phone": 441234567890, "id": 7}'
    assert found(text) == [("phone", "441234567890"), ("subject", "7")]


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ('{"id": "1", "email": "a@b.', [("subject", "1"), ("email", "a@b.")]),
        ('{"id": "1", "email": "a\\', [("subject", "1"), ("email", "a")]),
        ('il": "x", "city": "Ely"}', [("name", "Ely")]),
        (
            '}{"city": "Ely"}]}, {"id": "2"',
            [("name", "Ely"), ("subject", "2")],
        ),
        ('{"city" "Ely"}', []),
        ("", []),
        ("{[}]:,", []),
    ],
)
def test_broken_lines_are_read_too(
    text: str, there: list[tuple[str, str]]
) -> None:
    assert found(text) == there


def test_what_is_not_replaced_stays_to_the_byte() -> None:
    text = '{ "n":1.50 ,\t"email" : "a\\u0040b", "é": "\\/" , "id": 7}\r'
    assert crossed_out(text) == (
        '{ "n":1.50 ,\t"email" : "X", "é": "\\/" , "id": X}\r'
    )


def test_a_string_that_breaks_off_does_so_afterwards() -> None:
    assert crossed_out('{"email": "a@b') == '{"email": "X'


def test_a_value_that_stays_keeps_its_spelling() -> None:
    text = r'{"email": "a\u0040b"}'
    values = personal_values(text, FIELDS)
    assert replaced(text, values, lambda one: one.value) == text


@given(st.dictionaries(st.sampled_from([*FIELDS, "n"]), st.text()))
def test_every_named_text_is_replaced_and_no_other(
    document: dict[str, str],
) -> None:
    after = json.loads(crossed_out(json.dumps(document)))
    assert after == {
        name: "X" if name in FIELDS else value
        for name, value in document.items()
    }


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "n"]), st.text() | st.integers(0, 9)
    ),
    st.booleans(),
)
def test_a_quick_look_finds_all_ids_and_addresses(document, escaped):
    text = json.dumps(document, ensure_ascii=escaped)
    assert [(one.kind, one.value) for one in identities(text, FIELDS)] == [
        (FIELDS[name], str(value))
        for name, value in document.items()
        if name in {"id", "email"}
    ]


@pytest.mark.parametrize(
    "text",
    [
        r'{"em\u0061il": "a@b"}',
        '{"email": {"home": ["a@b"]}}',
        '{"email": ["a@b"]}',
        '{"x": "y", "email" :\n"a@b',
    ],
)
def test_no_spelling_hides_an_address_from_a_quick_look(text):
    assert [one.value for one in identities(text, FIELDS)] == ["a@b"]


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    values = personal_values(text, FIELDS)
    assert replaced(text, values, lambda one: one.value) == text
