"""Good rows here, bad rows there with all their reasons, none lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.csv import check as checking
from daybook.csv import quarantine
from daybook.csv.check import check
from daybook.csv.convert import convert
from daybook.csv.describe import describe
from daybook.csv.files import find_sources
from daybook.csv.quarantine import Split, split
from daybook.csv.rejected import rejected_table
from daybook.csv.scan import records
from daybook.csv.source import CsvSource
from daybook.csv.verify_rules import verify_rules
from daybook.dialect import encode_row
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.rows import RowEraser
from daybook.erasure.subjects import Subjects
from daybook.errors import InputError
from daybook.singer.log import Progress

FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "integer"},
    {"name": "code", "constraints": {"unique": True, "maxLength": 2}},
    {"name": "n", "type": "number", "constraints": {"minimum": 1}},
]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "01", "2", "3", "x", None]),
        st.sampled_from(["a", "b", "", "a\nb", "long", None]),
        st.sampled_from(["1.5", "0", "-", None]),
    )
    | st.tuples(st.just("1"), st.just("a")),
    max_size=12,
)


def described(
    folder: Path,
    data: bytes,
    fields: list[dict[str, Any]] = FIELDS,
    **schema: Any,
) -> CsvSource:
    """Return the source of one described file, which is written."""
    (folder / "t.csv").write_bytes(data)
    body = {"fields": fields, "primaryKey": ["id"]} | schema
    resource = {"name": "t", "path": "t.csv", "schema": body}
    (folder / "datapackage.json").write_text(
        json.dumps({"resources": [resource]})
    )
    (source,) = describe(folder)
    verify_rules([source])
    return source


def halves(source: CsvSource, folder: Path) -> Split:
    return split(source, folder / "good", folder / "bad", Progress("t"))


def reasons(row: tuple[str | None, ...], kept: list[Any]) -> list[str]:
    """Return the rules that a row breaks, after others were kept."""
    if len(row) < 3:
        return ["columns"]
    id_, code, n = row
    is_id = id_ not in {None, "x"}
    broken = {
        "id.required": id_ is None,
        "id.type": id_ == "x",
        "code.maxLength": code == "long" or code == "a\nb",
        "n.type": n == "-",
        "n.minimum": n == "0",
        "primaryKey": is_id and int(str(id_)) in {int(k[0]) for k in kept},
        "code.unique": code is not None and code in {k[1] for k in kept},
    }
    return [name for name, is_broken in broken.items() if is_broken]


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_rows_are_taken_in_order_as_if_they_were_inserted(rows):
    good: list[Any] = []
    bad = []
    line = 2
    for row in rows:
        if broken := reasons(row, good):
            bad.append((str(line), broken))
        else:
            good.append(row)
        line += 1 + sum("\n" in value for value in row if value)
    data = b"".join(map(encode_row, [("id", "code", "n"), *rows]))

    with TemporaryDirectory() as folder:
        source = described(Path(folder), data)
        found = halves(source, Path(folder))

        assert list(records(found.kept.path)) == [list(row) for row in good]
        assert [
            (row[1], names_of(row[2])) for row in records(found.rejected.path)
        ] == bad
        assert (found.kept.rows, found.rejected.rows) == (len(good), len(bad))


def names_of(array: str | None) -> list[str]:
    """Return the rules' names in the text of an array."""
    inside = str(array).removeprefix('{"').removesuffix('"}')
    return [reason.partition(":")[0] for reason in inside.split('","')]


@settings(max_examples=10, deadline=None)
@given(ROWS)
def test_a_file_fails_if_and_only_if_a_row_would_be_rejected(rows):
    data = b"".join(map(encode_row, [("id", "code", "n"), *rows]))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        source = described(place, data)
        bad = halves(source, place).rejected.rows
        try:
            check(source, convert(source, place / "all", Progress("t")))
        except InputError:
            assert bad
        else:
            assert not bad


def test_rules_are_checked_some_at_a_time(tmp_path, monkeypatch):
    source = described(tmp_path, b"id,code,n\n1,a,1\nx,long,0\n2,b,-\n,b,0\n")
    at_once = halves(source, tmp_path)
    monkeypatch.setattr(quarantine, "RULES_PER_QUERY", 2)
    monkeypatch.setattr(checking, "RULES_PER_QUERY", 2)
    other = tmp_path / "other"
    other.mkdir()

    in_parts = halves(source, other)

    assert in_parts.rejected.sha256 == at_once.rejected.sha256
    assert in_parts.counts == at_once.counts
    with pytest.raises(InputError, match="line 3: column 'id': 'x' is not"):
        check(source, convert(source, tmp_path / "all", Progress("t")))


def test_other_dialects_keep_the_row_as_it_is_written(tmp_path):
    source = described(tmp_path, b"id,code,n\r\n1,'a',1\r\n")
    quoted = tmp_path / "t.csv"
    quoted.write_bytes(b'id,code,n\r\n"1","a","0"\r\n"2","b","1"\r\n3\r\n')

    found = halves(source, tmp_path)

    assert [row[3] for row in records(found.rejected.path)] == [
        '"1","a","0"',
        "3",
    ]
    assert list(records(found.kept.path)) == [["2", "b", "1"]]


def test_keys_of_several_columns_count_without_nulls(tmp_path):
    data = b"id,code,n\n1,a,5\n2,a,5.0\n3,a,\n4,a,\n5,b,5\n"
    fields = [
        {"name": "id"},
        {"name": "code"},
        {"name": "n", "type": "number"},
    ]
    source = described(tmp_path, data, fields, uniqueKeys=[["code", "n"]])

    found = halves(source, tmp_path)

    assert [row[1:] for row in records(found.rejected.path)] == [
        [
            "3",
            '{"uniqueKeys: a row before has the same (code, n)"}',
            "2,a,5.0",
        ]
    ]


def test_of_a_key_that_is_not_of_its_type_only_that_is_said(tmp_path):
    data = b"id,code,n\n1,a,5\n1.0,b,5\n 1,c,5\n"
    source = described(tmp_path, data)

    found = halves(source, tmp_path)

    assert [row[2] for row in records(found.rejected.path)] == [
        '{"id.type: is not of type bigint"}'
    ] * 2


def test_a_unique_key_may_be_one_name(tmp_path):
    data = b"id,code,n\n1,a,5\n2,b,5\n"
    source = described(tmp_path, data, uniqueKeys=["n"])

    assert halves(source, tmp_path).counts == {"n.unique": 1}


def test_numbers_in_the_description_are_read_as_they_are_written(tmp_path):
    said = [1e-5, 1e16, 0.1]
    fields = [{"name": "n", "type": "number", "constraints": {"enum": said}}]
    data = b"n\n0.00001\n10000000000000000\n1e-1\n0.10\n0.2\n"
    source = described(tmp_path, data, fields, primaryKey=[])

    (bad,) = records(halves(source, tmp_path).rejected.path)

    assert bad[2:] == [
        '{"n.enum: is none of 0.00001, 10000000000000000, 0.1"}',
        "0.2",
    ]


def test_the_first_breach_names_line_value_and_rule(tmp_path):
    source = described(tmp_path, b'id,code,n\n1,"a\n",2\n2,b,0.5\n')

    with pytest.raises(InputError) as raised:
        check(source, convert(source, tmp_path / "all", Progress("t")))

    assert raised.value.reason == (
        f"{tmp_path / 't.csv'}, line 4: column 'n': '0.5' is below the "
        "minimum 1."
    )


def test_a_value_that_comes_twice_is_named_with_both_lines(tmp_path):
    source = described(tmp_path, b"id,code,n\n1,a,1\n2,b,1\n3,a,1\n")

    with pytest.raises(InputError) as raised:
        check(source, convert(source, tmp_path / "all", Progress("t")))

    assert "line 4: the key (code) = ('a') stands in t.csv, line 2 too" in (
        raised.value.reason
    )


PEOPLE = [
    {"name": "id", "daybook": {"personal": "subject"}},
    {
        "name": "mail",
        "daybook": {"personal": "email"},
        "constraints": {"unique": True, "pattern": "[^@]+@[^@]+"},
    },
    {"name": "more", "daybook": {"personal": {"phone": "phone"}}},
    {"name": "n", "constraints": {"enum": ["1"]}},
]
ANN = b'id,mail,more,n\n007,ann@x.org,"{""phone"":""+44 1""}",2\n'


@pytest.mark.parametrize(
    "row",
    [b"7,ann@x.org,\n", b"7,ann,,1\n", b"7,a@b,,1\n8,a@b,,1\n"],
)
def test_errors_show_nothing_of_people(tmp_path, row):
    source = described(tmp_path, b"id,mail,more,n\n" + row, PEOPLE)

    with pytest.raises(InputError) as raised:
        check(source, convert(source, tmp_path / "all", Progress("t")))

    assert "ann" not in raised.value.reason
    assert "a@b" not in raised.value.reason


def test_broken_quoting_shows_nothing_of_people(tmp_path):
    source = described(tmp_path, b'id,mail,more,n\n7,ann"@x,,1\n', PEOPLE)

    with pytest.raises(InputError, match="line 2: a quote stands") as raised:
        halves(source, tmp_path)

    assert "@x" not in raised.value.reason


def test_rejected_people_can_be_erased(tmp_path):
    source = described(tmp_path, ANN, PEOPLE)
    (row,) = records(halves(source, tmp_path).rejected.path)
    key = Pseudonyms(b"k" * 32)
    people = Subjects(key, frozenset({key.digest("subject", "007")}))

    erased = RowEraser(rejected_table(source), people).erased(row)

    assert erased is not None
    document = json.loads(str(erased[3]))
    assert document["id"] == "007"
    assert document["n"] == "2"
    assert document["mail"] == key.of("email", "ann@x.org")
    assert document["more"] == {"phone": key.of("phone", "+44 1")}


def test_nothing_is_kept_of_a_ragged_row_that_may_be_anybodys(tmp_path):
    source = described(tmp_path, b"id,mail,more,n\n7,ann@x.org\n", PEOPLE)

    (row,) = records(halves(source, tmp_path).rejected.path)

    assert row[1:] == [
        "2",
        '{"columns: the row has 2 values, the table has 4 columns"}',
        None,
    ]


def test_one_name_that_is_personal_in_two_ways_is_refused(tmp_path):
    more = {"name": "more", "daybook": {"personal": {"mail": "name"}}}
    source = described(tmp_path, b"id,mail,more\n", [*PEOPLE[:2], more])

    with pytest.raises(InputError, match="'mail' is personal in two ways"):
        rejected_table(source)


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ({"constraints": {"pattern": "(?=a)a"}}, "RE2 refuses (invalid perl"),
        ({"constraints": {"pattern": r"(a)\1"}}, "RE2 refuses (invalid esc"),
        ({"constraints": {"pattern": r"[\W]"}}, "cannot stand inside of"),
        ({"constraints": {"minimum": 1}}, "for numbers, dates and times"),
        ({"constraints": {"size": 1}}, "is none that tap-csv checks"),
        ({"constraints": {"minLength": "1"}}, "not a number of characters"),
        ({"constraints": {"unique": "yes"}}, "'yes', not true or false"),
        ({"constraints": {"enum": "a"}}, "'a', not a list of values"),
        ({"constraints": {"enum": []}}, "'[]', not a list of values"),
        ({"constraints": {"pattern": r"\bA"}}, "knows letters of ASCII only"),
        ({"constraints": ["required"]}, "its key `constraints` is"),
        ({"daybook": {"Personal": "name"}}, "says 'Personal', which is none"),
        ({"daybook": {"personal": "nam"}}, "'nam' is nothing personal"),
        (
            {"type": "number", "constraints": {"minimum": float("inf")}},
            "'inf', not a value",
        ),
        ({"constraints": {"enum": ["a", "\ud800"]}}, "not a list of values"),
        ({"constraints": {"pattern": "a\0"}}, "not a regular expression"),
        (
            {"type": "integer", "constraints": {"pattern": "1"}},
            "'pattern' is for texts",
        ),
        (
            {"type": "integer", "constraints": {"minimum": 0.5}},
            "'0.5' is not of type bigint",
        ),
        (
            {"type": "date", "constraints": {"enum": ["2020-02-30"]}},
            "'2020-02-30' is not of type date",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused_at_once(tmp_path, field, fault):
    fields = [{"name": "id"}, {"name": "v"} | field]

    with pytest.raises(InputError) as raised:
        described(tmp_path, b"id,v\n", fields)

    assert "'v'" in raised.value.reason
    assert fault in raised.value.reason


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        ({"on_error": "drop"}, "on_error is 'drop', not fail or"),
        ({"onError": "quarantine"}, "'t': its key `daybook` says 'onE"),
    ],
)
def test_what_a_resource_says_of_its_own_is_known(tmp_path, own, fault):
    described(tmp_path, b"id,code,n\n")
    path = tmp_path / "datapackage.json"
    body = json.loads(path.read_text())
    body["resources"][0]["daybook"] = own
    path.write_text(json.dumps(body))

    with pytest.raises(InputError, match=fault):
        find_sources([{"path": str(tmp_path)}])


def test_unique_keys_are_a_list(tmp_path):
    with pytest.raises(InputError, match="uniqueKeys is 'id', no list"):
        described(tmp_path, b"id,code,n\n", uniqueKeys="id")


def test_a_folder_whose_name_is_no_text_is_named_all_the_same(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    source = described(folder, b"id,code,n\n1\n")

    (row,) = records(halves(source, tmp_path).rejected.path)

    assert row[0] == f"{tmp_path}/\\xff/t.csv"
