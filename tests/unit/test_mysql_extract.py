"""What of tap-mysql needs no server: URLs, types, lines, marks."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.dialect import decode_row, encode_row
from daybook.errors import ConfigError
from daybook.mysql.extract.expressions import Field
from daybook.mysql.extract.landing import Kind, land
from daybook.mysql.extract.marks import Marks
from daybook.mysql.extract.wide import encode
from daybook.mysql.sql import identifier, literal
from daybook.mysql.url import parse_url
from daybook.table import Column, Table

TOKEN = b"0123456789abcdef"


def test_a_url_is_read_with_its_options() -> None:
    found = parse_url(
        "mysql://a%40b:p%2Fw@db.example:3307/my%20db"
        "?ssl-mode=verify_ca&ssl-ca=/ca.pem",
        "MOVIELENS_URL",
    )
    assert (found.user, found.password) == ("a@b", "p/w")
    assert (found.host, found.port) == ("db.example", 3307)
    assert found.database == "my db"
    assert (found.ssl_mode, found.ssl_ca) == ("VERIFY_CA", "/ca.pem")


def test_a_url_has_the_usual_port_and_asks_for_tls_if_there_is_any() -> None:
    found = parse_url("mariadb://u@h/d", "X")
    assert (found.port, found.ssl_mode) == (3306, "PREFERRED")


@pytest.mark.parametrize(
    "url",
    [
        "movielens",
        "postgresql://u:hidden@host/db",
        "mysql://u:hid@den@host/db",
        "mysql://u:hid/den@host/db",
        "mysql://u:hid#den@host/db",
        "mysql://u:hid?den@host/db",
        "mysql://u:hidden@host:port/db",
        "mysql://u:hidden@host",
        "mysql://u:hidden@host/a/b",
        "mysql://u:hidden%zz@host/db",
        "mysql://:hidden@host/db",
    ],
)
def test_what_is_no_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigError, match="not a MySQL") as raised:
        parse_url(url, "MOVIELENS_URL")
    assert "den" not in str(raised.value)


@pytest.mark.parametrize("mode", ["", "on", "TRUE"])
def test_a_mode_of_tls_that_is_none_is_refused(mode: str) -> None:
    with pytest.raises(ConfigError, match="ssl-mode"):
        parse_url(f"mysql://u:p@h/d?ssl-mode={mode}", "X")


@given(st.text())
def test_an_identifier_is_one_quoted_name(name: str) -> None:
    quoted = identifier(name)
    assert quoted[0] == quoted[-1] == "`"
    assert quoted[1:-1].replace("``", "") == name.replace("`", "")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_literal_holds_nothing_but_hexadecimal_digits(text: str) -> None:
    digits = literal(text).removeprefix("_utf8mb4 X'").removesuffix("'")
    assert bytes.fromhex(digits).decode() == text


def test_a_type_that_is_not_known_has_no_landing() -> None:
    assert land(Kind("hologram")) is None


FIELDS = (
    Field("id", Kind("int"), nullable=False),
    Field("t", Kind("text", charset="utf8mb4"), nullable=True),
    Field("b", Kind("blob"), nullable=True),
)


@given(st.text(), st.none() | st.binary(max_size=9))
def test_a_wide_row_is_encoded_as_every_row_is(
    text: str, data: bytes | None
) -> None:
    text = text.encode(errors="ignore").decode()
    line = encode(FIELDS, [b"1", text.encode(), data])
    shown = None if data is None else f"\\x{data.hex()}"
    assert line == encode_row(["1", text, shown])


@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_categories=["Cs"])),
        min_size=1,
    )
)
def test_a_row_is_decoded_to_what_was_encoded(row: list[str | None]) -> None:
    found = decode_row(encode_row(row))
    assert [None if v is None else v.decode() for v in found] == row


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_marked_float_becomes_the_shortest_text_of_it(value: float) -> None:
    table = Table("", "x", (Column("f", "real"),))
    marks = Marks(table, [Field("f", Kind("float"), nullable=True)], TOKEN)
    line = b"\0" + TOKEN + b"f[" + repr(value).encode() + b"]\n"
    text = marks.settle(line).decode()
    assert struct.pack("f", float(text)) == struct.pack("f", value)
    digits = text.lstrip("-").replace(".", "").partition("e")[0].strip("0")
    assert len(digits) <= 9
