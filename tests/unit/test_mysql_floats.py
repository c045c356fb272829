"""Floats have the fewest digits that PostgreSQL's own text has."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.mysql.extract.floats import shortest_double, shortest_single

SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e23, "9.999999999999999e+22"),
        (3.163362169848909e16, "31633621698489088"),
        (1e16, "1e+16"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-2.5e-7, "-2.5e-07"),
    ],
)
def test_a_double_is_never_halfway_to_another(value: float, text: str) -> None:
    assert shortest_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-45, "1e-45"),
        (3.4028234663852886e38, "3.4028235e+38"),
        (33554448.0, "33554448"),
        (-8388608.0, "-8388608"),
    ],
)
def test_a_single_has_few_digits(value: float, text: str) -> None:
    (single,) = struct.unpack("f", struct.pack("f", value))
    assert shortest_single(single) == text


@given(DOUBLES)
def test_a_double_is_read_as_itself(value: float) -> None:
    assert float(shortest_double(value)) == value


@given(SINGLES)
def test_a_single_is_read_as_itself(value: float) -> None:
    text = shortest_single(value)
    assert struct.pack("f", float(text)) == struct.pack("f", value)
