r"""How rows of the lake are written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.dialect import encode_row


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, b""),
        ("", b'""'),
        ("x", b"x"),
        (" x ", b" x "),
        ("a,b", b'"a,b"'),
        ('say "a"', b'"say ""a"""'),
        ("a\nb", b'"a\nb"'),
        ("a\r", b'"a\r"'),
        ("\\.", b'"\\."'),
        ("\\.x", b"\\.x"),
        ("\\N", b"\\N"),
        ("NULL", b"NULL"),
        ("#x", b"#x"),
        ("é🗄️", "é🗄️".encode()),
    ],
)
def test_a_value_is_quoted_only_where_it_must_be(
    value: str | None, written: bytes
) -> None:
    assert encode_row([value, "1"]) == written + b",1\n"


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_csv_reader_gets_the_values_back(values: list[str]) -> None:
    text = encode_row(values).decode()

    assert next(csv.reader(io.StringIO(text, newline=""))) == values
