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
