"""Email addresses of people are found by digests, in lines of any kind."""

from __future__ import annotations

import tracemalloc

import pytest

from daybook.erasure.mails import without_mails
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects

OF = Pseudonyms(b"k" * 32)
MAILS = ("jo@x.org", "o'neil@x.org", "joé@x.org")
PEOPLE = Subjects(OF, frozenset(OF.digest("email", one) for one in MAILS))
NEW = {mail: OF.of("email", mail) for mail in MAILS}


@pytest.mark.parametrize(
    "around",
    [
        '{{"note": "write to {}."}}',
        '{{"note": "<{}>, or mailto:{}?subject=x"}}',
        '{{"note": "*{}* or {}!"}}',
        '{{"user": "id={}&x=%20", "n": "{}"}}',
        "{}\r",
    ],
)
@pytest.mark.parametrize("mail", MAILS)
def test_addresses_are_replaced_wherever_they_stand(
    around: str, mail: str
) -> None:
    text = around.format(mail.upper(), mail)
    assert without_mails(text, PEOPLE) == around.format(NEW[mail], NEW[mail])


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        (r'{"a": "jo\u0040x.org"}', "jo@x.org"),
        (r'{"a": "jo\\u0040x.org"}', "jo@x.org"),
        (r'{"a": "jo\u00e9@x.org"}', "joé@x.org"),
        (r'{"a": "joe\u0301@x.org"}', "joé@x.org"),
        (r'{"a": "o\u0027neil@x.org"}', "o'neil@x.org"),
        (r'{"a": "o\'neil@x.org"}', "o'neil@x.org"),
        ('{"a": "jo%40x.org"}', "jo@x.org"),
        ('{"a": "jo&#64;x.org"}', "jo@x.org"),
    ],
)
def test_escaped_addresses_are_replaced(text: str, mail: str) -> None:
    assert without_mails(text, PEOPLE) == '{"a": "' + NEW[mail] + '"}'


@pytest.mark.parametrize(
    "text",
    ["mojo@x.org", "jo@x.orga", "jo@x", "@x.org", "jo@", "a jo @x.org", "@"],
)
def test_other_text_stays(text: str) -> None:
    assert without_mails(text, PEOPLE) == text


def test_a_large_line_with_escapes_takes_little_memory() -> None:
    line = ('\\"a\\nb\\"' * 100_000) + r" jo\u0040x.org " + "\\@" * 1000
    tracemalloc.start()
    try:
        assert NEW["jo@x.org"] in without_mails(line, PEOPLE)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(line)
    finally:
        tracemalloc.stop()
