"""Constraints as conditions: what they take is what the standard says."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from frictionless import Field
from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.csv import fields
from daybook.csv.constraints import constraints
from daybook.csv.grammar import Format
from daybook.csv.nulls import Nulls
from daybook.csv.patterns import UnreadableError, to_re2
from daybook.csv.rules import key_of, row_rules
from daybook.csv.source import CsvSource
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.lake.table_schema import from_table_schema
from daybook.personal import IDS, KINDS
from daybook.table import Column, Table

CONNECTION = duckdb.connect()
INTEGERS = st.integers(-12, 12).map(str) | st.sampled_from(["007", "-0"])
NUMBERS = INTEGERS | st.builds(
    "{}{}.{}".format,
    st.sampled_from(["", "-", "0", "+"]),
    st.integers(0, 12),
    st.sampled_from(["5", "50", "05", "4999999999999999999", "0"]),
)
EXPONENTS = st.builds(
    "{}{}{}".format,
    NUMBERS,
    st.sampled_from(["e", "E+", "e-"]),
    st.sampled_from(["0", "1", "2", "19"]),
)
DATES = st.dates(datetime.date(2019, 12, 28), datetime.date(2020, 1, 4)).map(
    str
)
TIMES = st.times(datetime.time(9, 58), datetime.time(10, 2)).map(
    lambda time: time.isoformat("seconds")
)
WORDS = st.text(st.sampled_from(list("ab1é_ \n٣-")), max_size=4)
PATTERNS = (
    r"\d+", r"\w*", r"[a-c]+", r"[\d-]+", r"\S+", r"[^\d]*", r"a|b.*",
    r"(a|b){2}", r"\D?.", r"[]a]+", r"[^]a]+", r"a[\w-]*", r"\\|a", r"[\D]",
    "(?i)A+", r"\.|[.b]", "^a?b$", "", "a{,2}", "[{,2}]*",
)  # fmt: skip


def source_of(field: dict[str, Any], *, key: Sequence[str] = ()) -> CsvSource:
    """Return a table of one described column."""
    field = fields.resolve("here", {"name": "v"} | field)
    schema = {"fields": [field], "primaryKey": list(key)}
    table = from_table_schema(schema, ("", "t"), {})
    return CsvSource(
        table=table,
        format=Format(),
        paths=(Path("t.csv"),),
        nulls=(Nulls(),),
        constraints=tuple(
            constraints("here", field, table.columns[0].sql_type)
        ),
    )


def broken(
    field: dict[str, Any], values: Sequence[str | None]
) -> list[set[str]]:
    """Return the rules that each value breaks."""
    rules = row_rules(source_of(field))
    names = [rule.name.removeprefix("v.") for rule in rules]
    held = ", ".join(rule.condition for rule in rules)
    found = CONNECTION.execute(
        f"SELECT {held} FROM (SELECT unnest(?::VARCHAR[]) AS c0)", [values]
    )
    return [
        {name for name, holds in zip(names, row, strict=True) if not holds}
        for row in found.fetchall()
    ]


@st.composite
def ordered(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """Draw a field that has an order, with bounds, and values of it."""
    kind, values = draw(
        st.sampled_from(
            [
                ("integer", INTEGERS),
                ("number", NUMBERS),
                ("date", DATES),
                ("time", TIMES),
            ]
        )
    )
    names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
    said = draw(st.dictionaries(st.sampled_from(names), values, min_size=1))
    if draw(st.booleans()):
        said["enum"] = draw(st.lists(values, min_size=1, max_size=3))
    return {"type": kind, "constraints": said}, draw(
        st.lists(values, min_size=1)
    )


@settings(max_examples=60, deadline=None)
@given(ordered())
def test_bounds_hold_where_frictionless_says_so(drawn):
    field, values = drawn
    oracle = Field.from_descriptor({"name": "v"} | field)

    assert broken(field, values) == [
        set(oracle.read_cell(value)[1] or {}) for value in values
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(WORDS, min_size=1),
    st.integers(0, 4),
    st.integers(0, 4),
    st.lists(WORDS, min_size=1),
)
def test_texts_hold_where_frictionless_says_so(values, least, most, allowed):
    said = {"minLength": least, "maxLength": most, "enum": allowed}
    field = {"type": "string", "constraints": said, "missingValues": []}
    oracle = Field.from_descriptor({"name": "v"} | field)

    assert broken(field, values) == [
        set(oracle.read_cell(value)[1] or {}) for value in values
    ]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATTERNS), st.lists(WORDS, min_size=1))
def test_a_pattern_takes_what_python_takes_in_full(pattern, values):
    wanted = [
        set() if re.fullmatch(pattern, value) else {"pattern"}
        for value in values
    ]
    if pattern == "^a?b$":  # to Python, its end may come before a line's
        wanted = [
            {"pattern"} if "\n" in value else found
            for value, found in zip(values, wanted, strict=True)
        ]

    assert broken({"constraints": {"pattern": pattern}}, values) == wanted


@pytest.mark.parametrize("pattern", [r"[a-z-[aeiou]]", r"[\W]", r"[a\S]"])
def test_what_re2_would_read_otherwise_is_no_pattern(pattern):
    with pytest.raises(UnreadableError):
        to_re2(pattern)


def test_null_breaks_nothing_but_required():
    said = {"minimum": 3, "enum": [4], "required": True}

    assert broken({"type": "integer", "constraints": said}, [None]) == [
        {"required"}
    ]


def test_of_what_is_not_of_its_type_only_that_is_said():
    said = {"minimum": 3, "maximum": 4}

    assert broken({"type": "integer", "constraints": said}, ["x", "5"]) == [
        {"type"},
        {"maximum"},
    ]


def test_numbers_that_one_double_stands_for_are_told_apart():
    field = {"type": "number", "constraints": {"minimum": "0.3"}}
    near = ["0.29999999999999999", "0.30000000000000001", "0.30"]

    assert broken(field, near) == [{"minimum"}, set(), set()]


def test_thousands_of_numbers_may_be_allowed():
    said = {"enum": list(range(3_000))}

    assert broken({"type": "number", "constraints": said}, ["7.0", "-1"]) == [
        set(),
        {"enum"},
    ]


def test_nan_is_within_no_bounds():
    field = {"type": "number", "constraints": {"minimum": 0}}

    assert broken(field, ["NaN", "Infinity", "-Infinity"]) == [
        {"minimum"},
        set(),
        {"minimum"},
    ]


@pytest.mark.parametrize(
    ("sql_type", "least", "good", "bad"),
    [
        (
            "timestamptz",
            "2020-01-01 00:00:00Z",
            "2020-01-01 01:00 +01",
            "2020-01-01 01:00:00+02",
        ),
        (
            "timestamp",
            "2020-01-01 10:00",
            "2020-01-01T10:00:00.0",
            "2020-01-01 09:59:59.999",
        ),
        ("date", "2020-01-01", "infinity", "0044-03-15 BC"),
        ("time", "23:59:59", "23:59:60", "10:00"),
        ("timetz", "10:00Z", "11:30 +01", "11:30+02"),
        ("bigint", str(-(2**63)), str(-(2**63)), None),
        ("numeric(38,0)", f"1{'0' * 30}1", f"1{'0' * 30}1", f"1{'0' * 31}"),
    ],
)
def test_values_are_compared_as_postgres_would(sql_type, least, good, bad):
    field = {"daybook": {"type": sql_type}, "constraints": {"minimum": least}}

    assert broken(field, [good, bad]) == [
        set(),
        {"minimum"} if bad else set(),
    ]


@settings(max_examples=100, deadline=None)
@given(NUMBERS | EXPONENTS, NUMBERS | EXPONENTS)
def test_numbers_are_one_key_if_they_are_equal(one, other):
    table = Table("", "t", (Column("v", "numeric"),))
    found = CONNECTION.execute(
        f"SELECT count(DISTINCT {key_of(table, [0])}) "
        "FROM (VALUES (?), (?)) AS t (c0)",
        [one, other],
    ).fetchone()

    assert found == ((1,) if Decimal(one) == Decimal(other) else (2,))


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - IDS))
def test_pseudonyms_break_no_rule(kind, monkeypatch):
    key = "k" * 32
    monkeypatch.setenv("DAYBOOK_ERASURE_KEY", key)
    clear = "1999-12-31" if kind == "date" else "ann@example.com 12"
    erased = Pseudonyms(key.encode()).of(kind, clear)
    field = {
        "daybook": {"personal": kind},
        "constraints": {"enum": ["2000-01-01"], "maxLength": 3},
    }

    assert broken(field, [erased, "x1"]) == [set(), {"enum"}]


def test_an_address_that_was_none_breaks_its_rule_when_erased_too():
    erased = Pseudonyms(b"k" * 32).of("email", "ann")
    field = {
        "daybook": {"personal": "email"},
        "constraints": {"pattern": "[^@]+@[^@]+"},
    }

    assert broken(field, ["ann", erased]) == [{"pattern"}, {"pattern"}]
