"""PostgreSQL's text of an array becomes a list, or JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.neo4j import kinds
from daybook.neo4j.kinds import Base, Form, Kind, kind_of
from graph_values import asked, sent

TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from('"\\,{} \n;'),
    max_size=5,
)


def array_of(values: list[str | None], separator: str = ",") -> str:
    """Return an array with every element quoted that may be."""
    escaped = (
        "NULL"
        if value is None
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for value in values
    )
    return "{" + separator.join(escaped) + "}"


@given(st.lists(TEXTS), st.sampled_from(",;"))
def test_arrays_of_any_text_become_lists(
    values: list[str], separator: str
) -> None:
    kind = Kind(Base.STRING, Form.LIST, separator)
    text = array_of(values, separator)
    assert asked(kinds.fits_list("v"), text) is True
    assert sent(kind, text) == values


@given(st.lists(st.none() | TEXTS), st.booleans(), st.booleans())
def test_arrays_that_are_no_lists_become_json(
    values: list[str | None], nested: bool, bounds: bool
) -> None:
    text = array_of(values)
    text = f"{{{text},{text}}}" if nested else text
    text = f"[0:1]={text}" if bounds else text
    kind = Kind(Base.STRING, Form.LIST).as_json
    assert json.loads(sent(kind, text)) == (
        [values, values] if nested else values
    )
    is_list = not (nested or bounds or None in values)
    assert asked(kinds.fits_list("v"), text) is is_list


@pytest.mark.parametrize(
    ("sql_type", "text", "expected"),
    [
        ("integer[]", "{1,NULL}", "[1,null]"),
        ("double precision[]", "{NaN,1e-310,-0.5}", '["NaN",1e-310,-0.5]'),
        ("boolean[]", "{t,NULL,f}", "[true,null,false]"),
        ("date[]", "{infinity,NULL}", '["infinity",null]'),
        ("box[]", "{(1,1),(0,0);NULL}", '["(1,1),(0,0)",null]'),
    ],
)
def test_json_of_an_array_has_numbers_and_truth_values(
    sql_type: str, text: str, expected: str
) -> None:
    kind = kind_of(sql_type).as_json
    assert sent(kind, text) == expected
    assert kinds.representable(kind, "v") is None
