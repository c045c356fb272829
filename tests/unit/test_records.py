import hashlib
from decimal import Decimal

import pytest

from daybook.errors import InputError
from daybook.singer.records import RecordSpool
from daybook.table import Column, Table

TABLE = Table(
    "", "t", (Column("id", "bigint"), Column("value", "text")), ("id",)
)


def spooled(tmp_path, *records, json=frozenset()):
    spool = RecordSpool(TABLE, tmp_path / "t.csv", json)
    for record in records:
        spool.append(record)
    return spool.finish()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", '""'),
        ("NULL", "NULL"),
        ("\\N", "\\N"),
        ("\\.", '"\\."'),
        ('say "x", y', '"say ""x"", y"'),
        ("a\r\nb", '"a\r\nb"'),
        (True, "t"),
        (False, "f"),
        (9223372036854775807, "9223372036854775807"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0000001"), "0.0000001"),
        ({"a": [1, None]}, '"{""a"":[1,null]}"'),
        ("é😀", "é😀"),
    ],
)
def test_a_value_is_written_in_the_lakes_dialect(tmp_path, value, text):
    file = spooled(tmp_path, {"id": 1, "value": value})
    assert file.path.read_bytes().decode() == f"id,value\n1,{text}\n"


def test_a_json_column_holds_json_text_even_for_strings(tmp_path):
    file = spooled(tmp_path, {"id": 1, "value": "x"}, json={"value"})
    assert file.path.read_bytes() == b'id,value\n1,"""x"""\n'


def test_a_property_that_is_not_there_is_null(tmp_path):
    file = spooled(tmp_path, {"id": 1})
    assert file.path.read_bytes() == b"id,value\n1,\n"


def test_the_check_describes_the_file(tmp_path):
    file = spooled(tmp_path, {"id": 1}, {"id": 2, "value": "abc"})
    data = file.path.read_bytes()
    assert file.rows == 2
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.longest_line == len(b"id,value\n")


def test_no_record_leaves_a_header_only(tmp_path):
    assert spooled(tmp_path).path.read_bytes() == b"id,value\n"


def test_a_property_outside_the_schema_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="row 1 has 'extra'"):
        spooled(tmp_path, {"id": 1, "extra": 2})


def test_a_nul_character_is_refused_with_row_and_column(tmp_path):
    with pytest.raises(InputError, match="row 1, column 'value'"):
        spooled(tmp_path, {"id": 1, "value": "a\0b"})


def written(tmp_path, sql_type, value):
    table = Table("", "t", (Column("v", sql_type), Column("w", "text")))
    spool = RecordSpool(table, tmp_path / "t.csv")
    spool.append({"v": value})
    return spool.finish().path.read_text().splitlines()[1].rstrip(",")


@pytest.mark.parametrize(
    ("sql_type", "value", "text"),
    [
        ("bigint", Decimal("7.0"), "7"),
        ("bigint", "007", "7"),
        ("bigint", -(2**63), str(-(2**63))),
        ("numeric(9,3)", Decimal("1.100"), "1.100"),
        ("numeric", "1e3", "1e3"),
        ("numeric", 5, "5"),
        ("double precision", Decimal("1E+20"), "1e+20"),
        ("boolean", True, "t"),
    ],
)
def test_a_value_is_written_as_its_columns_type(
    tmp_path, sql_type, value, text
):
    assert written(tmp_path, sql_type, value) == text


@pytest.mark.parametrize(
    ("sql_type", "value"),
    [
        ("bigint", "abc"),
        ("bigint", "1_0"),
        ("bigint", True),
        ("bigint", Decimal("1.5")),
        ("bigint", Decimal("1E+999999")),
        ("bigint", 2**63),
        ("smallint", 40_000),
        ("numeric", "0x1"),
        ("numeric", False),
        ("numeric", [1]),
        ("boolean", 1),
        ("boolean", "t"),
    ],
)
def test_a_value_that_is_not_of_its_columns_type_is_refused(
    tmp_path, sql_type, value
):
    with pytest.raises(InputError, match=f"row 1, column 'v' is {sql_type}"):
        written(tmp_path, sql_type, value)


def test_a_record_without_its_key_is_refused(tmp_path):
    with pytest.raises(InputError, match="row 2, column 'id' is of the key"):
        spooled(tmp_path, {"id": 1}, {"value": "x"})
