"""Whom requests are about: ids and addresses that stand together."""

import time

import pytest

from daybook.erasure.links import Links, Resolved
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.requests import Request, parse
from daybook.erasure.rows import Value
from daybook.errors import InputError

OF = Pseudonyms(b"a key of the tests, and of nothing else")
RECORDS = [
    ("007", "jane@b.c"),
    ("007", "jane@old.c"),
    ("8", "joe@b.c"),
    ("8", "family@b.c"),
    ("9", "family@b.c"),
    ("10", None),
]


def links(*requests: Request) -> Links:
    known = Links(OF, requests)
    for one, email in RECORDS:
        values = [Value("subject", one)]
        known.add([*values, Value("email", email)] if email else values)
    return known


def resolved(*requests: tuple[str, str]) -> Resolved:
    return links(*(Request(*request) for request in requests)).resolve()


def digests(*values: tuple[str, str]) -> frozenset[str]:
    return frozenset(OF.digest(kind, value) for kind, value in values)


JANE = digests(
    ("subject", "007"), ("email", "jane@b.c"), ("email", "jane@old.c")
)


@pytest.mark.parametrize(
    "request_", [("007", ""), ("", "Jane@B.C"), ("", " jane@old.c "),
                 ("007", "jane@b.c")],
)  # fmt: skip
def test_all_of_a_person_is_found_by_any_of_it(request_):
    found = resolved(request_)
    assert found.digests == JANE
    assert (found.people, found.unknown, found.disagreeing) == (1, 0, 0)


def test_a_person_asked_for_twice_is_one():
    assert resolved(("007", ""), ("", "jane@b.c")).people == 1


def test_id_and_address_of_two_people_are_about_both():
    found = resolved(("007", "joe@b.c"))
    assert found.digests >= JANE | digests(("subject", "8"))
    assert (found.people, found.disagreeing) == (2, 1)


def test_the_unknown_are_remembered():
    found = resolved(("99", ""), ("", "nobody@b.c"))
    assert found.digests == digests(("subject", "99"), ("email", "nobody@b.c"))
    assert (found.people, found.unknown) == (0, 2)


def test_somebody_without_an_address_is_known_by_the_id():
    assert resolved(("10", "")).unknown == 0


def test_who_names_nobody_asks_for_nobody():
    found = resolved(("", ""))
    assert (found.digests, found.empty, found.unknown) == (frozenset(), 1, 0)


def test_an_address_that_others_have_is_not_remembered():
    found = resolved(("8", ""))
    assert found.digests == digests(("subject", "8"), ("email", "joe@b.c"))
    assert found.shared == 1


def test_an_address_that_was_asked_for_is_about_all_who_have_it():
    found = resolved(("", "family@b.c"))
    assert found.digests >= digests(
        ("subject", "8"), ("subject", "9"), ("email", "family@b.c")
    )
    assert (found.people, found.shared) == (2, 0)


def test_a_record_of_several_people_links_nobody():
    known = links(Request("007", ""))
    known.add(
        [
            Value("subject", "007"),
            Value("subject", "8"),
            Value("email", "x@b.c"),
        ]
    )
    assert known.resolve().digests == JANE


def test_a_request_links_nobody():
    known = links(Request("007", ""), Request("99", ""))
    known.add([Value("asked", "007"), Value("email", "joe@b.c")])
    known.add([Value("asked", "99")])
    found = known.resolve()
    assert found.digests == JANE | digests(("subject", "99"))
    assert found.unknown == 1


def test_what_is_erased_already_links_nobody():
    known = links(Request("11", ""))
    known.add(
        [Value("subject", "11"), Value("email", OF.of("email", "e@b.c"))]
    )
    assert known.resolve().digests == digests(("subject", "11"))


def test_a_request_that_was_erased_itself_asks_for_nobody():
    found = links(Request("", OF.of("email", "jane@b.c"))).resolve()
    assert found.digests == frozenset()
    assert (found.again, found.empty, found.unknown) == (1, 0, 0)


def test_who_is_on_the_list_already_is_not_unknown():
    known = Links(OF, [Request("", "jane@b.c"), Request("99", "")], JANE)
    found = known.resolve()
    assert (found.again, found.unknown) == (1, 1)


def test_many_requests_are_resolved_in_one_pass():
    requests = [Request(f"x{one}", f"{one}@b.c") for one in range(2_000)]
    known = links(*requests)
    for one in range(20_000):
        email = Value("email", f"{one}@b.c")
        known.add([Value("subject", f"x{one}"), email])
    started = time.process_time()
    found = known.resolve()
    assert time.process_time() - started < 1
    assert (found.people, found.unknown) == (2_000, 0)
    assert len(found.digests) == 4_000


def test_requests_are_lines_of_json():
    lines = [
        '{"customer-id": "007", "email": null}',
        "",
        '{"email": " a@b.c "}',
        '{"customer-id": 8}',
        "{}",
        '{"customer_id": 0, "customer-id": null, "id": "a request\'s"}',
        '{"id": "9"}',
    ]
    assert list(parse("a file", lines)) == [
        Request("007", ""),
        Request("", "a@b.c"),
        Request("8", ""),
        Request("", ""),
        Request("0", ""),
        Request("9", ""),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("jane@b.c", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no object"),
        ('{"email": 7}', "email address"),
        ('{"id": {"a": 1}}', "its id"),
        ('{"customer-id": true}', "its id"),
        ('{"email": "jane@b.c", "email": "joe@b.c"}', "twice"),
        ('{"customer-id": "7", "customer_id": "8"}', "two ids"),
    ],
)
def test_what_is_no_request_is_told_without_its_text(line, why):
    with pytest.raises(InputError, match=why) as caught:
        list(parse("a file", ["{}", line]))
    assert "a file, line 2" in caught.value.reason
    assert "jane" not in str(caught.value)


def of_known(known: frozenset[str], *requests: Request) -> frozenset[str]:
    links = Links(OF, requests, known)
    for one, email in RECORDS:
        values = [Value("subject", one)]
        links.add([*values, Value("email", email)] if email else values)
    return links.of_known()


def test_who_was_known_by_an_address_alone_has_an_id_when_data_comes():
    new = of_known(digests(("email", "jane@b.c")))
    assert new == JANE - digests(("email", "jane@b.c"))


def test_who_was_known_by_an_id_has_addresses_when_data_comes():
    new = of_known(digests(("subject", "8")))
    assert new == digests(("email", "joe@b.c"))


def test_an_address_of_two_who_are_meant_is_not_others():
    asked = Request("9", "")
    new = of_known(digests(("subject", "8")), asked)
    assert new == digests(("email", "joe@b.c"), ("email", "family@b.c"))


def test_a_pseudonym_beside_an_id_says_who_was_erased():
    links = Links(OF)
    pseudonym = OF.of("email", "jane@b.c")
    links.add([Value("subject", "007"), Value("email", pseudonym)])
    links.add([Value("subject", "8"), Value("email", "x@erased.invalid")])
    assert links.of_known() == digests(("subject", "007"))
