r"""How rows of the lake are written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.dialect import copy_rows, encode_row


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


def test_copied_rows_are_whole(tmp_path):
    rows = [encode_row([str(n), 'a\n"b",c', None]) for n in range(9)]
    whole = tmp_path / "whole.csv"
    whole.write_bytes(b"".join(rows))
    pieces = []
    with whole.open("rb") as file:
        more = True
        while more:
            piece = tmp_path / "piece.csv"
            with piece.open("wb") as out:
                more = copy_rows(file, out, 20)
            pieces.append(piece.read_bytes())
    assert b"".join(pieces) == b"".join(rows)
    assert all(piece == b"" or piece.count(b'"') % 2 == 0 for piece in pieces)
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
