"""A row is erased if it is the person's; all others stay."""

from __future__ import annotations

import pytest

from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.rows import RowEraser
from daybook.erasure.subjects import Subjects
from daybook.personal import Personal, personal_from_json
from daybook.table import Column, Table, personal_problems

OF = Pseudonyms(b"a key of the tests, and of nothing else")
JANE = Subjects(
    OF,
    frozenset({OF.digest("subject", "007"), OF.digest("email", "jane@b.c")}),
)
DOCUMENT = personal_from_json(
    {"id": "subject", "email": "email", "first_name": "name"}
)


def table(*columns: tuple[str, str, Personal | str | None]) -> Table:
    return Table(
        "",
        "customers",
        tuple(
            Column(
                name,
                sql_type,
                personal=Personal(said) if isinstance(said, str) else said,
            )
            for name, sql_type, said in columns
        ),
    )


CUSTOMERS = table(
    ("id", "text", "subject"),
    ("first_name", "text", "name"),
    ("email", "text", "email"),
    ("segment", "text", None),
)
LINES = table(("line", "text", DOCUMENT), ("file", "text", None))


def test_a_row_is_erased_by_the_persons_id() -> None:
    row = ["007", "Jane", "other@b.c", "Jane"]
    assert RowEraser(CUSTOMERS, JANE).erased(row) == [
        "007",
        OF.of("name", "Jane"),
        OF.of("email", "other@b.c"),
        "Jane",
    ]


def test_a_row_is_erased_by_the_persons_address_in_any_spelling() -> None:
    row = ["1", None, " JANE@b.c", ""]
    assert RowEraser(CUSTOMERS, JANE).erased(row) == [
        "1",
        None,
        OF.of("email", "jane@b.c"),
        "",
    ]


@pytest.mark.parametrize("other", ["7", "07", "0007", "", None])
def test_another_id_is_another_person(other: str | None) -> None:
    row = [other, "Jane", "joe@b.c", None]
    assert RowEraser(CUSTOMERS, JANE).erased(row) is None


def test_a_row_that_is_erased_already_stays() -> None:
    eraser = RowEraser(CUSTOMERS, JANE)
    once = eraser.erased(["007", "Jane", "jane@b.c", None])
    assert once is not None
    assert eraser.erased(once) is None


def test_a_line_is_erased_where_it_names_the_person() -> None:
    line = '{"id": "007", "first_name": "J\\u00e4ne", "last_change": "x"}'
    assert RowEraser(LINES, JANE).erased([line, "Jane"]) == [
        f'{{"id": "007", "first_name": "{OF.of("name", "Jäne")}", '
        '"last_change": "x"}',
        "Jane",
    ]


def test_a_broken_line_is_erased_by_an_address_that_stands_anywhere() -> None:
    line = 'ail jane@b.c, "first_name": "Jane'
    assert RowEraser(LINES, JANE).erased([line, None]) == [
        f'ail {OF.of("email", "jane@b.c")}, "first_name": '
        f'"{OF.of("name", "Jane")}',
        None,
    ]


def test_a_line_of_others_stays() -> None:
    line = '{"id": "7", "first_name": "Jane", "email": "jane@b.cc"}'
    assert RowEraser(LINES, JANE).erased([line, None]) is None


def test_numbers_of_a_line_stay_numbers() -> None:
    fields = personal_from_json({"id": "subject", "phone": "phone"})
    eraser = RowEraser(table(("line", "text", fields)), JANE)
    assert eraser.erased(['{"id": "007", "phone": 44}']) == [
        f'{{"id": "007", "phone": {OF.of_number("44")}}}'
    ]


def test_all_personal_values_of_a_row_are_given() -> None:
    values = RowEraser(CUSTOMERS, JANE).values(["007", "J", None, "s"])
    assert [(v.kind, v.value) for v in values] == [
        ("subject", "007"),
        ("name", "J"),
    ]


@pytest.mark.parametrize(
    "sql_type", ["integer", "character varying(8)", "boolean", "text[]"]
)
def test_a_type_that_takes_no_pseudonym_is_told(sql_type: str) -> None:
    odd = table(("id", "integer", "subject"), ("x", sql_type, "name"))
    assert len(personal_problems(odd)) == 1


@pytest.mark.parametrize(
    "sql_type", ["date", "timestamp without time zone", "text"]
)
def test_dates_may_be_dates_or_texts(sql_type: str) -> None:
    assert (
        personal_problems(
            table(("id", "text", "subject"), ("x", sql_type, "date"))
        )
        == []
    )


def test_a_table_without_anything_that_says_whose_a_row_is_is_told() -> None:
    assert personal_problems(table(("x", "text", "name"))) == [
        "no column says whose a row is (subject or email)"
    ]


PLACES = personal_from_json(
    {"id": "subject", "email": "email", "phone": "phone", "home": "address"}
)
HOME = JANE.and_those(
    [OF.digest("phone", "+49 171 123"), OF.digest("address", "1 High St")]
)


@pytest.mark.parametrize(
    "line",
    [
        'ane", "phone": "+49 171 123"}',
        '", "phone": "+49 171 123", "home": "1 Hi',
        '{"id": null, "email": "", "home": "1 HIGH St"}',
    ],
)
def test_a_line_that_names_nobody_is_known_by_phone_or_address(
    line: str,
) -> None:
    eraser = RowEraser(table(("line", "text", PLACES)), HOME)
    assert eraser.is_theirs([line])
    new = eraser.erased([line])
    assert new is not None
    assert not eraser.is_theirs(new)


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "7", "phone": "+49 171 123", "home": "1 High St"}',
        '{"email": "x@y.z", "phone": "+49 171 123"}',
        '{"phone": "+49 171 123", "home": "2 High St"}',
        '{"note": "1 High St"}',
    ],
)
def test_who_only_shares_a_phone_or_address_stays(line: str) -> None:
    eraser = RowEraser(table(("line", "text", PLACES)), HOME)
    assert eraser.erased([line]) is None


def test_of_anothers_line_only_the_persons_address_goes() -> None:
    fields = {"id": "subject", "email": "email", "name": "name"}
    line = '{"id": "7", "name": "Joe", "note": "see jane@b.c"}'
    eraser = RowEraser(
        table(("line", "text", personal_from_json(fields))), JANE
    )
    pseudonym = OF.of("email", "jane@b.c")
    assert eraser.erased([line]) == [line.replace("jane@b.c", pseudonym)]
    assert not eraser.is_theirs([line])
