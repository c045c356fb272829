import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.errors import ConfigError, InputError
from daybook.lake import layout
from daybook.lake.manifest import DataFile, Manifest, from_json, to_json
from daybook.personal import Personal
from daybook.table import Column, ForeignKey, Table
from daybook.window import Window
from lake_days import DAY

WHERE = Path("datapackage.json")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NAME = TEXT.filter(bool)
COLUMN = st.builds(
    Column,
    name=NAME,
    sql_type=st.sampled_from(["integer", "text", "numeric(8,2)", "boolean"]),
    nullable=st.booleans(),
    source_type=TEXT,
    personal=st.none()
    | st.sampled_from([Personal("email"), Personal("", (("id", "subject"),))]),
)


@st.composite
def windows(draw, names):
    columns = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    mark = st.tuples(*(TEXT for _ in columns))
    end = draw(st.none() | mark)
    return Window(tuple(columns), end and draw(st.none() | mark), end)


@st.composite
def tables(draw):
    columns = draw(
        st.lists(COLUMN, min_size=1, max_size=5, unique_by=lambda c: c.name)
    )
    names = [column.name for column in columns]
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    key = st.builds(
        ForeignKey,
        name=TEXT,
        columns=st.tuples(st.sampled_from(names)),
        schema=TEXT,
        table=NAME,
        references=st.tuples(NAME),
        source=st.sampled_from(["", "postgres"]),
    )
    return Table(
        draw(TEXT),
        draw(NAME),
        tuple(columns),
        tuple(draw(st.just([]) | some)),
        tuple(draw(st.lists(key, max_size=2))),
        draw(st.none() | windows(names)),
    )


@st.composite
def data_files(draw):
    table = draw(tables())
    digest = draw(st.text("0123456789abcdef", min_size=64, max_size=64))
    path = str(layout.data_file(table.stream, digest))
    count = st.integers(0, 2**60)
    return DataFile(table, path, draw(count), digest, draw(count), draw(count))


@st.composite
def manifests(draw):
    files = st.lists(
        data_files(), max_size=4, unique_by=lambda file: file.table.stream
    )
    return Manifest(
        draw(NAME), DAY, draw(TEXT), draw(TEXT), "", tuple(draw(files))
    )


def one_file(table: Table) -> bytes:
    digest = "0" * 64
    path = str(layout.data_file(table.stream, digest))
    file = DataFile(table, path, 10, digest, 1, 5)
    return to_json(Manifest("csv", DAY, "tap-csv", "", "", (file,)))


def resource(*others: Table, table: Table) -> dict:
    files = tuple(
        DataFile(
            t, str(layout.data_file(t.stream, "0" * 64)), 1, "0" * 64, 1, 1
        )
        for t in (table, *others)
    )
    body = json.loads(to_json(Manifest("csv", DAY, "", "", "", files)))
    return body["resources"][0]["schema"]


@given(manifests())
def test_a_manifest_comes_back_as_it_was(manifest):
    assert from_json(to_json(manifest), WHERE) == manifest


def test_a_label_that_is_no_utf8_comes_back():
    manifest = Manifest("csv", DAY, "tap-csv", "run \udcff", "", ())
    assert from_json(to_json(manifest), WHERE) == manifest


@pytest.mark.parametrize(
    ("sql_type", "kind"),
    [
        ("bigint", "integer"),
        ("numeric(38,18)", "number"),
        ("double precision", "number"),
        ("date", "string"),
        ("timestamp(3) with time zone", "string"),
        ("jsonb", "string"),
        ("integer[]", "string"),
    ],
)
def test_a_field_has_a_type_only_where_every_value_fits(sql_type, kind):
    table = Table("public", "t", (Column("c", sql_type),))
    (field,) = resource(table=table)["fields"]
    assert field["type"] == kind
    assert field["daybook"] == {"type": sql_type}


def test_the_empty_string_is_no_missing_value_in_a_text_key():
    columns = (Column("k", "text", nullable=False), Column("v", "text"))
    fields = resource(table=Table("public", "t", columns, ("k",)))["fields"]
    assert fields[0]["missingValues"] == []
    assert "missingValues" not in fields[1]


CUSTOMERS = Table(
    "public",
    "customers",
    (Column("id", "integer", nullable=False),),
    ("id",),
)


def orders(*columns: Column, references=("id",), source="") -> Table:
    names = tuple(column.name for column in columns)
    key = ForeignKey("fk", names, "public", "customers", references, source)
    return Table("public", "orders", columns, (), (key,))


def test_a_foreign_key_inside_the_day_is_said_in_the_standard():
    table = orders(Column("customer", "smallint"))
    (key,) = resource(CUSTOMERS, table=table)["foreignKeys"]
    reference = {"resource": "public-customers", "fields": ["id"]}
    assert key == {"fields": ["customer"], "reference": reference}


@pytest.mark.parametrize(
    "table",
    [
        orders(Column("customer", "integer"), source="erp"),
        orders(Column("customer", "numeric")),
        orders(
            Column("a", "integer"),
            Column("b", "integer"),
            references=("id", "id"),
        ),
    ],
    ids=["other source", "other type", "composite and nullable"],
)
def test_a_foreign_key_that_the_standard_cannot_say_is_ours_only(table):
    assert "foreignKeys" not in resource(CUSTOMERS, table=table)


def test_only_a_day_with_a_window_needs_the_newer_format():
    window = Window(("i",), None, ("7",))
    versions = [
        json.loads(to_json(Manifest("s", DAY, "t", "", "", (file,))))
        for file in (_file_of(window), _file_of(None))
    ]
    assert [body["daybook"]["version"] for body in versions] == [2, 1]


@pytest.mark.parametrize(
    "window",
    [
        {"columns": ["i"], "from": ["1"], "to": None},
        {"columns": ["i"], "from": None, "to": ["1", "2"]},
        {"columns": [], "from": None, "to": None},
        {"columns": ["i"], "from": None, "to": [7]},
        {"columns": ["i"], "to": ["7"]},
    ],
)
def test_a_window_that_is_none_is_refused(window):
    file = _file_of(Window(("i",), None, ("7",)))
    body = json.loads(to_json(Manifest("s", DAY, "t", "", "", (file,))))
    body["resources"][0]["daybook"]["window"] = window
    with pytest.raises(InputError, match="not the manifest of a day"):
        from_json(json.dumps(body).encode(), WHERE)


def _file_of(window):
    table = Table("", "t", (Column("i", "integer"),), window=window)
    path = str(layout.data_file("t", "0" * 64))
    return DataFile(table, path, 1, "0" * 64, 1, 1)


def test_a_newer_format_is_not_misread():
    data = to_json(Manifest("csv", DAY, "tap-csv", "", "", ()))
    newer = data.replace(b'"version": 1', b'"version": 3')
    with pytest.raises(ConfigError, match="format version 3"):
        from_json(newer, WHERE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b"["),
        (b'"daybook"', b'"other"'),
        (b"2024-12-20", b"2024-13-20"),
        (b"table=public-t", b"../../../etc"),
        (b"sha256:0", b"sha256:x"),
        (b'"rows": 1', b'"rows": "many"'),
        (b'"resources": [', b'"resources": 7, "x": ['),
    ],
)
def test_a_malformed_manifest_is_refused_by_its_path(old, new):
    data = one_file(Table("public", "t", (Column("c", "text"),)))
    with pytest.raises(InputError, match=r"datapackage\.json"):
        from_json(data.replace(old, new, 1), WHERE)
