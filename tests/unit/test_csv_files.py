"""The setting `files` and the descriptions beside the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daybook.csv.files import find_sources
from daybook.errors import ConfigError, InputError
from daybook.table import Column, ForeignKey

FIELDS = [
    {"name": "id", "type": "integer", "daybook": {"type": "smallint"}},
    {"name": "price", "daybook": {"type": "decimal(8, 2)"}},
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    folder = tmp_path / "in put"
    folder.mkdir()
    return folder


def write(place: Path, name: str, data: bytes = b"id,price\n") -> None:
    (place / name).write_bytes(data)


def package(place: Path, *resources: dict[str, Any]) -> None:
    body = json.dumps({"resources": resources})
    (place / "datapackage.json").write_text(body)


def resource(name: str = "items", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "schema": {"fields": FIELDS, "primaryKey": "id"},
    } | more


def names(*entries: dict[str, Any]) -> list[str]:
    return [source.table.name for source in find_sources(entries)]


def field_fault(place: Path, **field: Any) -> str:
    write(place, "items.csv")
    body = {"fields": [{"name": "id"} | field]}
    package(place, resource(schema=body))
    with pytest.raises(InputError) as raised:
        find_sources([{"path": "in put"}])
    return raised.value.reason


def test_an_undescribed_file_is_all_text_and_called_as_the_file(
    place: Path,
) -> None:
    write(place, "My-Items.csv", b'id,"a ""b"""\r\n1,2\r\n')

    (source,) = find_sources([{"path": "in put/My-Items.csv"}])

    assert source.table.name == "My-Items"
    assert source.table.columns == (
        Column("id", "text"),
        Column('a "b"', "text"),
    )


def test_keys_of_the_setting_become_the_primary_key(place: Path) -> None:
    write(place, "a.csv")

    (source,) = find_sources([{"path": "in put", "keys": ["id"]}])

    assert source.table.primary_key == ("id",)
    assert not source.table.column("id").nullable


def test_a_description_gives_types_and_keys(place: Path) -> None:
    write(place, "items.csv")
    package(place, resource())

    (source,) = find_sources([{"path": "in put/items.csv"}])

    assert source.table.primary_key == ("id",)
    assert source.table.columns == (
        Column("id", "smallint", nullable=False),
        Column("price", "numeric(8,2)"),
    )


def test_foreign_keys_reach_inside_the_package_and_across_sources(
    place: Path,
) -> None:
    write(place, "items.csv")
    write(place, "lines.csv")
    inside = {
        "fields": "id",
        "reference": {"resource": "items", "fields": "id"},
    }
    across = {
        "columns": ["id"],
        "source": "postgres",
        "schema": "public",
        "table": "orders",
        "references": ["order_id"],
    }
    schema = {"fields": FIELDS, "foreignKeys": [inside]}
    package(
        place,
        resource(),
        resource("lines", schema=schema, daybook={"foreignKeys": [across]}),
    )

    _, lines = find_sources([{"path": "in put"}])

    assert lines.table.foreign_keys == (
        ForeignKey("", ("id",), "public", "orders", ("order_id",), "postgres"),
        ForeignKey("", ("id",), "", "items", ("id",)),
    )


def test_a_folder_gives_its_resources_and_its_other_csv_files(
    place: Path,
) -> None:
    write(place, "items.csv")
    write(place, "b.CSV")
    write(place, "a.csv")
    write(place, "notes.txt")
    package(place, resource())

    assert names({"path": "in put"}) == ["items", "a", "b"]


def test_a_glob_gives_one_table_per_file(place: Path) -> None:
    for name in ("a1.csv", "a2.csv", "b.csv"):
        write(place, name)

    assert names({"path": "in put/a*.csv"}) == ["a1", "a2"]


def test_an_entity_makes_one_table_of_several_files(place: Path) -> None:
    write(place, "2.csv")
    write(place, "1.csv")

    (source,) = find_sources([{"path": "in put", "entity": "all"}])

    assert source.table.name == "all"
    assert [path.name for path in source.paths] == ["1.csv", "2.csv"]


def test_a_resource_of_several_paths_is_one_table(place: Path) -> None:
    write(place, "b.csv")
    write(place, "a.csv")
    package(place, resource(path=["b.csv", "a.csv"]))

    (source,) = find_sources([{"path": "in put"}])

    assert [path.name for path in source.paths] == ["b.csv", "a.csv"]


@pytest.mark.parametrize(
    "dialect",
    [
        {"delimiter": ";", "quoteChar": "'", "header": False},
        {"csv": {"delimiter": ";", "quoteChar": "'"}, "header": False},
    ],
)
def test_the_dialect_of_a_description_is_followed(
    place: Path, dialect: dict[str, Any]
) -> None:
    write(place, "items.csv")
    package(place, resource(dialect=dialect))

    (source,) = find_sources([{"path": "in put"}])

    found = (source.format.delimiter, source.format.quote)
    assert found == (";", "'")
    assert not source.format.header


def test_missing_values_are_those_of_the_field_else_of_the_schema(
    place: Path,
) -> None:
    write(place, "items.csv")
    fields = [FIELDS[0], FIELDS[1] | {"missingValues": []}]
    schema = {"fields": fields, "missingValues": ["", "NA"]}
    package(place, resource(schema=schema))

    (source,) = find_sources([{"path": "in put"}])

    assert [null.words for null in source.nulls] == [{b"", b"NA"}, set()]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (b"id,,b\n", "column 2, '', has no name"),
        (b'id,""\n', "column 2, '', has no name"),
        (b"id,b,id\n", "the columns 1, 3 are all called 'id'"),
        (b"id," + b"x" * 64 + b"\n", "longer than 63 bytes"),
        (b"id," + "ä".encode() * 32 + b"\n", "longer than 63 bytes"),
        (b'id,"a\tb"\n', "control character"),
        (b'id,"a\nb"\n', "control character"),
        (b",".join(b"c%d" % i for i in range(1601)), "1601 columns"),
        (b"", "header is missing"),
    ],
)
def test_a_header_that_cannot_be_columns_is_refused(
    place: Path, header: bytes, what: str
) -> None:
    write(place, "a.csv", header)

    with pytest.raises(InputError) as raised:
        find_sources([{"path": "in put/a.csv"}])

    assert what in raised.value.reason
    assert "a.csv" in raised.value.reason


@pytest.mark.parametrize(
    "name", ["Größe", " a ", "select", 'a"b', "a.b", "x" * 63, "ID"]
)
def test_odd_names_are_kept(place: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    write(place, "a.csv", f'id,"{quoted}"\n'.encode())

    (source,) = find_sources([{"path": "in put/a.csv"}])

    assert source.table.column_names == ("id", name)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"path": "nowhere"}, "there is no such file"),
        ({"path": "in put/*.dat"}, "there is no such file"),
        ({"path": "in put"}, "no CSV file is there"),
    ],
)
def test_files_that_are_not_there_are_named(
    place: Path, entry: dict[str, Any], what: str
) -> None:
    with pytest.raises(InputError, match=what):
        find_sources([entry])


def test_a_described_file_that_is_missing_is_named(place: Path) -> None:
    package(place, resource())

    with pytest.raises(InputError, match=r"items\.csv is not there"):
        find_sources([{"path": "in put"}])


def test_two_files_for_one_table_are_refused(place: Path) -> None:
    write(place, "a.csv")
    write(place, "b.csv")

    with pytest.raises(ConfigError, match="both the table 'a'"):
        find_sources(
            [{"path": "in put/a.csv"}, {"path": "in put/b.csv", "entity": "a"}]
        )


def test_keys_that_are_no_columns_are_refused(place: Path) -> None:
    write(place, "a.csv")

    with pytest.raises(ConfigError, match="it has no column 'no'"):
        find_sources([{"path": "in put", "keys": ["no"]}])


def test_keys_against_the_description_are_refused(place: Path) -> None:
    write(place, "items.csv")
    package(place, resource())

    with pytest.raises(ConfigError, match=r"the key \(id\) by its descript"):
        find_sources([{"path": "in put", "keys": ["price"]}])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"resources": 1}',
        '{"resources": [{"name": "a"}]}',
        '{"resources": [{"name": "a", "path": "a.csv", "schema": "s.json"}]}',
        '{"resources": [{"name": "a", "path": "a.csv", "schema": {"fields":'
        '[{"name": "x"}], "foreignKeys": [{"fields": "x", "reference":'
        '{"resource": "gone", "fields": "y"}}]}}]}',
        "\udcff",
    ],
)
def test_a_malformed_description_is_refused(place: Path, body: str) -> None:
    write(place, "a.csv")
    (place / "datapackage.json").write_bytes(
        body.encode(errors="surrogateescape")
    )

    with pytest.raises(InputError, match=r"datapackage\.json is not a Frict"):
        find_sources([{"path": "in put"}])


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"path": "../a.csv"}, "leads elsewhere"),
        ({"path": "/etc/passwd"}, "leads elsewhere"),
        ({"path": "https://example.org/a.csv"}, "leads elsewhere"),
        ({"path": []}, "it has no path"),
        ({"encoding": "latin-1"}, "the encoding 'latin-1'"),
        ({"format": "xlsx"}, "the format 'xlsx'"),
        ({"compression": "gz"}, "compression"),
        ({"dialect": {"delimiter": "||"}}, "the delimiter '||'"),
        ({"dialect": {"delimiter": "§"}}, "the delimiter '§'"),
        ({"dialect": {"delimiter": '"'}}, "being the same"),
        ({"dialect": {"quoteChar": ""}}, "the quoteChar ''"),
        ({"dialect": {"doubleQuote": False}}, "doubleQuote"),
        ({"dialect": {"escapeChar": "\\"}}, "escapeChar"),
        ({"dialect": {"skipInitialSpace": True}}, "skipInitialSpace"),
        ({"dialect": {"commentChar": "#"}}, "commentChar"),
        ({"dialect": {"headerRows": [1, 2]}}, "headerRows"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(
    place: Path, more: dict[str, Any], what: str
) -> None:
    write(place, "items.csv")
    package(place, resource(**more))

    with pytest.raises(InputError) as raised:
        find_sources([{"path": "in put"}])

    assert what in raised.value.reason
    assert "resource 'items'" in raised.value.reason


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ({"type": "money"}, "the type 'money' is not one of Table Schema"),
        ({"type": "date", "format": "%d/%m/%Y"}, "the format '%d/%m/%Y'"),
        ({"type": "number", "decimalChar": ","}, "decimalChar"),
        ({"type": "number", "groupChar": ","}, "groupChar"),
        ({"type": "integer", "bareNumber": False}, "bareNumber"),
        ({"type": "boolean", "trueValues": ["0"]}, "trueValues"),
        ({"type": "boolean", "falseValues": ["nein"]}, "falseValues"),
        ({"daybook": {"type": "text); DROP"}}, "not a PostgreSQL type"),
        ({"name": "a\nb"}, "control character"),
    ],
)
def test_a_field_that_cannot_be_followed_is_refused_by_name(
    place: Path, field: dict[str, Any], what: str
) -> None:
    assert what in field_fault(place, **field)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("VARCHAR(20)", "character varying(20)"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("timestamp", "timestamp without time zone"),
        ("double  precision", "double precision"),
        ("float8[]", "double precision[]"),
        ("numeric( 8 , 2 )", "numeric(8,2)"),
        ("bit varying(8)", "bit varying(8)"),
    ],
)
def test_types_are_spelled_as_postgresql_does(
    place: Path, written: str, meant: str
) -> None:
    write(place, "items.csv")
    fields = [{"name": "id", "daybook": {"type": written}}]
    package(place, resource(schema={"fields": fields}))

    (source,) = find_sources([{"path": "in put"}])

    assert source.table.column("id").sql_type == meant


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"a;b;c\n", '"dialect": {"delimiter": ";"}'),
        (b"a|b\n", '"dialect": {"delimiter": "|"}'),
    ],
)
def test_a_header_that_looks_like_another_delimiters_is_warned_of(
    place: Path, caplog: pytest.LogCaptureFixture, header: bytes, said: str
) -> None:
    write(place, "items.csv", header)
    assert find_sources([{"path": "in put"}])[0].table.columns
    assert said in caplog.text


@pytest.mark.parametrize("header", [b"a;b,c\n", b"a\n", b"a,b\n"])
def test_other_headers_are_not(
    place: Path, caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    write(place, "items.csv", header)
    find_sources([{"path": "in put"}])
    assert caplog.text == ""
