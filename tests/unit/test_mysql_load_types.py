"""Which type a column gets in MySQL, and which may become which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.mysql.load import types
from daybook.mysql.load.types import key_type, mysql_type, normal, types_of

NOPAD = "utf8mb4_nopad_bin"


@pytest.mark.parametrize(
    "lake, mysql",
    [
        ("numeric(65,30)", "decimal(65,30)"),
        ("numeric(30)", "decimal(30,0)"),
        ("numeric(65,31)", "longtext"),
        ("numeric(66,2)", "longtext"),
        ("numeric(2,5)", "decimal(5,5)"),
        ("numeric(5,-2)", "longtext"),
        ("character varying(255)", "varchar(255)"),
        ("character varying(256)", "longtext"),
        ("character varying", "longtext"),
        ("timestamp(0) with time zone", "datetime"),
        ("time(2) without time zone", "time(2)"),
        ("integer[]", "longtext"),
        ("numeric(5,2)[]", "longtext"),
        ("bit(3)", "longtext"),
        ("something new", "longtext"),
    ],
)
def test_every_type_has_one(lake: str, mysql: str) -> None:
    assert mysql_type(lake) == mysql


@given(st.integers(0, types.MAX_KEY_CHARS))
def test_a_keys_column_has_room_for_its_longest_value(length: int) -> None:
    for text, kind in (("longtext", "varchar"), ("longblob", "varbinary")):
        found = key_type(text, length)
        assert found.startswith(kind)
        assert length <= types.capacity(found) <= types.MAX_KEY_CHARS


@given(st.integers(0, 700), st.integers(0, 68))
def test_a_longer_value_widens_a_keys_column_or_leaves_it(
    length: int, more: int
) -> None:
    old, new = (key_type("longtext", n) for n in (length, length + more))
    assert old == new or types.widens(old, new)


def test_a_wide_table_has_no_varchar_but_in_its_key() -> None:
    columns = {f"c{n}": "character varying(200)" for n in range(61)}
    found = types_of(columns | {"id": "text"}, {"id": 5})
    assert found.pop("id") == "varchar(32)"
    assert set(found.values()) == {"longtext"}


@pytest.mark.parametrize(
    "text, collation, spelled",
    [
        ("bigint(20)", None, "bigint"),
        ("int(11) unsigned", None, "int unsigned"),
        ("int unsigned", None, "int unsigned"),
        ("tinyint(1)", None, "tinyint(1)"),
        ("tinyint(4)", None, "tinyint"),
        ("decimal(8,2)", None, "decimal(8,2)"),
        ("varchar(32)", NOPAD, "varchar(32)"),
        ("varchar(32)", "latin1_bin", "varchar(32) collate latin1_bin"),
        ("datetime(6)", None, "datetime(6)"),
    ],
)
def test_servers_spell_a_type_alike(
    text: str, collation: str | None, spelled: str
) -> None:
    assert normal(text, collation, NOPAD) == spelled


@pytest.mark.parametrize(
    "old, new, keeps, loses_nothing",
    [
        ("int", "bigint", True, False),
        ("bigint", "int", False, False),
        ("int unsigned", "bigint", False, False),
        ("decimal(5,2)", "decimal(6,2)", True, True),
        ("decimal(5,2)", "decimal(7,4)", False, True),
        ("decimal(5,2)", "decimal(6,4)", False, False),
        ("smallint", "decimal(5,0)", False, True),
        ("smallint", "decimal(5,2)", False, False),
        ("varchar(32)", "varchar(64)", True, False),
        ("varchar(32)", "longtext", True, True),
        ("varchar(8)", "varchar(9) collate latin1_bin", False, False),
        ("varchar(9) collate latin1_bin", "varchar(9)", True, False),
        ("varbinary(32)", "longtext", False, False),
        ("longtext collate latin1_bin", "longtext", True, True),
        ("varchar(9) collate latin1_bin", "varchar(8)", False, False),
        ("datetime(3)", "datetime(6)", False, True),
        ("date", "longtext", False, True),
        ("longblob", "longtext", False, False),
        # Where the lake has t, the one has 1.
        ("tinyint(1)", "longtext", False, True),
        ("tinyint(1)", "smallint", True, False),
    ],
)
def test_what_a_type_may_become(
    old: str, new: str, keeps: bool, loses_nothing: bool
) -> None:
    assert types.widens(old, new) is keeps
    assert types.holds(old, new) is loses_nothing
