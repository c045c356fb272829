"""The setting `queries`."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.errors import ConfigError, InputError
from daybook.personal import Personal
from daybook.singer.queries import (
    Bound,
    Query,
    broken_key,
    check_columns,
    parse_queries,
    with_personal,
)
from daybook.table import Column, Table

SOLD = {
    "name": "sold",
    "sql": "SELECT id FROM orders WHERE at < %(day)s;\n",
    "keys": ["id"],
    "parameters": {"day": "2024-12-20"},
}


def refused(setting: object) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_queries(setting)  # type: ignore[arg-type]
    return caught.value.reason


def test_a_query_is_cut_where_its_values_stand() -> None:
    (query,) = parse_queries([SOLD])
    assert query == Query(
        "sold",
        ("SELECT id FROM orders WHERE at < ", Bound("2024-12-20")),
        ("id",),
    )
    assert query.sql("$1") == "SELECT id FROM orders WHERE at < $1"
    assert query.values == ("2024-12-20",)


def test_the_list_may_come_as_json_text() -> None:
    assert parse_queries(json.dumps([SOLD])) == parse_queries([SOLD])


@pytest.mark.parametrize("setting", [None, "", " ", [], "[]"])
def test_no_queries_is_none(setting: str | list[dict[str, object]]) -> None:
    assert parse_queries(setting) == ()


def test_a_list_of_values_goes_to_the_places_in_order() -> None:
    query = {"name": "q", "sql": "SELECT %s, %s", "parameters": [1, None]}
    assert parse_queries([query])[0].values == (1, None)


def test_a_fraction_is_a_decimal_however_it_comes() -> None:
    query = {"name": "q", "sql": "SELECT %s", "parameters": [Decimal("1.10")]}
    text = '[{"name": "q", "sql": "SELECT %s", "parameters": [1.10]}]'
    assert parse_queries([query]) == parse_queries(text)
    assert str(parse_queries(text)[0].values[0]) == "1.10"


def test_a_value_can_stand_at_two_places() -> None:
    query = {"name": "q", "sql": "%(a)s %(a)s", "parameters": {"a": 2}}
    assert parse_queries([query])[0].values == (2, 2)


def test_without_parameters_a_percent_sign_is_itself() -> None:
    query = {"name": "q", "sql": "SELECT 1 WHERE 'a%s' LIKE '%%'"}
    assert parse_queries([query])[0].parts == (query["sql"],)


@given(st.text(min_size=1), st.text())
def test_with_parameters_a_percent_sign_is_doubled(
    text: str, value: str
) -> None:
    sql = "SELECT %s" + text.replace("%", "%%") + "."
    query = {"name": "q", "sql": sql, "parameters": [value]}
    assert parse_queries([query])[0].sql() == f"SELECT ?{text}."


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": " "}, "name"),
        ({"name": 1}, "name"),
        ({"sql": " ; "}, "`sql`"),
        ({"colour": 1}, "colour"),
        ({"keys": "id"}, "keys"),
        ({"keys": ["id", "id"]}, "twice"),
        ({"parameters": "x"}, "no object and no list"),
        ({"parameters": {"day": [1]}}, "list or an object"),
        ({"parameters": {"dya": 1}}, "%(day)s"),
        ({"parameters": {"day": 1, "x": 2}}, "'x'"),
        ({"parameters": [1]}, "%(day)s"),
        ({"parameters": {"day": 1}, "sql": "%(day)s 5% off"}, "'% off'"),
        ({"parameters": [1], "sql": "SELECT %s, %s"}, "character 12"),
        ({"parameters": [1, 2], "sql": "SELECT %s"}, "does not use"),
    ],
)
def test_a_malformed_query_is_named(
    change: dict[str, object], word: str
) -> None:
    assert word in refused([SOLD | change])


@pytest.mark.parametrize(
    ("setting", "word"),
    [("[", "no JSON"), ("{}", "no list"), ([1], "no object")],
)
def test_what_is_no_list_of_queries_is_refused(
    setting: object, word: str
) -> None:
    assert word in refused(setting)


def test_two_queries_of_one_name_are_refused() -> None:
    assert "two queries are called 'sold'" in refused([SOLD, SOLD])


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ([], "no columns"),
        (["id", "x", "x"], "two columns called 'x'"),
        (["Id"], "its key's column 'id'"),
    ],
)
def test_a_result_that_is_no_table_is_refused(
    columns: list[str], word: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_columns(parse_queries([SOLD])[0], columns)
    assert word in caught.value.reason
    assert caught.value.reason.startswith("The query 'sold'")


def test_a_broken_key_is_shown() -> None:
    error = broken_key(parse_queries([SOLD])[0], ["7"])
    assert "(id) is NULL or not theirs alone: '7'" in error.reason


def test_a_query_says_which_columns_are_personal():
    item = SOLD | {"personal": {"id": "subject", "line": {"email": "email"}}}
    (query,) = parse_queries([item])
    table = Table("", "sold", (Column("id", "text"), Column("line", "text")))
    assert with_personal(query, table).columns == (
        Column("id", "text", personal=Personal("subject")),
        Column("line", "text", personal=Personal("", (("email", "email"),))),
    )


@pytest.mark.parametrize("told", [["id"], {"id": "mood"}, {"id": {}}])
def test_what_can_be_nothing_personal_is_refused(told):
    assert "personal" in refused([SOLD | {"personal": told}])


def test_a_personal_column_must_be_in_the_result():
    (query,) = parse_queries([SOLD | {"personal": {"email": "email"}}])
    with pytest.raises(InputError, match="email"):
        check_columns(query, ["id"])
