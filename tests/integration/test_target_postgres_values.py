"""Values survive: what is in the file is in the table, text for text."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_input import Source, Stream, load, source

from daybook.errors import InputError
from harness import sql

DAY, NEXT = "2024-12-20", "2024-12-21"
SESSION = (
    "?options=-cTimeZone%3DUTC%20-cDateStyle%3DISO%20"
    "-cIntervalStyle%3Dpostgres%20-cextra_float_digits%3D3%20-clc_monetary%3DC"
)

VALUES: dict[str, list[str]] = {
    "smallint": ["-32768", "32767"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "numeric(38,18)": ["12345678901234567890.123456789012345678"],
    "numeric": ["1.0", "1.00", "NaN", "Infinity", "-Infinity", "1" + "0" * 90],
    "real": ["0.1", "3.4028235e+38", "NaN", "-0"],
    "double precision": ["0.1", "5e-324", "Infinity", "1e+300"],
    "boolean": ["t", "f"],
    "date": ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01"],
    "timestamp without time zone": ["2024-02-29 23:59:59.999999", "infinity"],
    "timestamp with time zone": ["2024-12-20 00:00:00.5+00", "-infinity"],
    "timestamp(3) with time zone": ["2024-12-20 00:00:00.123+00"],
    "time without time zone": ["24:00:00", "00:00:00.000001"],
    "time with time zone": ["12:00:00+05:30"],
    "interval": ["1 mon", "30 days", "-1 years -2 mons +3 days 04:05:06.7"],
    "bytea": ["\\x", "\\x00ff5c"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ['{"a":  1, "a": 1.0}', "null", '"\\u00e9"'],
    "jsonb": ['{"a": 1.00}', "null"],
    "integer[]": ["{1,NULL,3}", "{}", "{{1,2},{3,4}}", "[0:1]={5,6}"],
    "text[]": ['{"a,b","c\\"d",NULL,"NULL","\\\\"}'],
    "int4range": ["[1,5)", "empty", "(,)"],
    "int4multirange": ["{[1,3),[5,7)}"],
    "inet": ["10.0.0.1/8", "::1"],
    "cidr": ["10.0.0.0/8"],
    "macaddr": ["08:00:2b:01:02:03"],
    "point": ["(1.5,-2)"],
    "polygon": ["((0,0),(1,1),(1,0))"],
    "circle": ["<(0,0),1>"],
    "tsvector": ["'a':1A 'fat':2B,4"],
    "tsquery": ["'a' & !'b'"],
    "jsonpath": ['$."a"[*]'],
    "bit(3)": ["101"],
    "bit varying": ["", "1010"],
    "money": ["$1,234.50", "-$92,233,720,368,547,758.08"],
    "character(5)": ["a    ", "     "],
    "character varying(5)": ["  é🙂 "],
    '"char"': ["x"],
    "name": ["pg_class"],
    "oid": ["4294967295"],
    "pg_lsn": ["16/B374D848"],
    "text": [
        "",
        " ",
        "NULL",
        "\\N",
        "\\.",
        "a\n\\.\nb",
        "a\r\nb\rc\nd",
        '"quoted", and, commas',
        "back\\slash",
        "tab\tand\x01\x7f",
        "é ü 漢字 🙂 \u202e \ufeff",
    ],
}


def texts(url: str, table: str = "t") -> list[tuple[int, str, bool]]:
    return sql(
        url + SESSION,
        f"SELECT id, format('%s', v), v IS NULL FROM \"{table}\" ORDER BY id",
    )


def every_type(folder: Path, day: str) -> Source:
    """Return a table per type, with all its values and NULL."""
    return source(
        folder,
        day,
        *(
            Stream(
                f"t{place}",
                {"id": "integer", "v": sql_type},
                [(str(i), v) for i, v in enumerate([*values, None])],
                ("id",),
            )
            for place, (sql_type, values) in enumerate(VALUES.items())
        ),
    )


def test_values_of_every_type_arrive(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, every_type(tmp_path, DAY))
    for place, (sql_type, values) in enumerate(VALUES.items()):
        expected = [
            (i, v or "", v is None) for i, v in enumerate([*values, None])
        ]
        assert texts(warehouse_url, f"t{place}") == expected, sql_type


def test_no_value_of_any_type_is_taken_for_changed(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, every_type(tmp_path, DAY))
    load(warehouse_url, every_type(tmp_path, NEXT), recheck=True)
    changed = (
        'SELECT "table" FROM daybook.loads'
        f" WHERE day = '{NEXT}' AND outcome <> 'unchanged'"
    )
    assert sql(warehouse_url, changed) == []


@pytest.mark.parametrize(
    ("sql_type", "before", "after"),
    [
        ("numeric", "1.0", "1.00"),
        ("numeric[]", "{1.0}", "{1.00}"),
        ("jsonb", '{"a": 1.0}', '{"a": 1.00}'),
        ("interval", "1 mon", "30 days"),
        ("json", '{"a":1}', '{"a": 1}'),
        ("double precision", "0", "-0"),
        ("point", "(0,0)", "(0,1)"),
        ("box", "(2,2),(0,0)", "(4,1),(0,0)"),
        ("text", "", None),
        ("text", None, ""),
        ("text", "NULL", None),
        ("character(3)", "a", "A"),
    ],
)
def test_a_change_that_equality_cannot_see_arrives(
    tmp_path: Path,
    warehouse_url: str,
    sql_type: str,
    before: str | None,
    after: str | None,
) -> None:
    for day, value in ((DAY, before), (NEXT, after)):
        types = {"id": "integer", "v": sql_type}
        stream = Stream("t", types, [("1", value)], ("id",))
        load(warehouse_url, source(tmp_path, day, stream))
    ((_, text, is_null),) = texts(warehouse_url)
    assert text.rstrip() == (after or "")
    assert is_null is (after is None)


def test_a_key_that_changes_only_its_scale_arrives(
    tmp_path: Path, warehouse_url: str
) -> None:
    for day, value in ((DAY, "1.0"), (NEXT, "1.00")):
        stream = Stream("t", {"v": "numeric"}, [(value,)], ("v",))
        load(warehouse_url, source(tmp_path, day, stream))
    assert sql(warehouse_url, "SELECT v::text FROM t") == [("1.00",)]


def test_the_type_is_the_one_of_the_source(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {f"c{number}": one for number, one in enumerate(VALUES)}
    load(warehouse_url, source(tmp_path, DAY, Stream("t", types, [])))
    found = sql(
        warehouse_url,
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attnum > 0",
    )
    assert dict(found) == types


@pytest.mark.parametrize(
    "unknown",
    [
        "hstore",
        "public.hstore",
        "no_such_type",
        "public.geometry(Point,4326)",
        "text); DROP TABLE t; --",
        "text /*",
        "integer, x text",
        "information_schema.sql_identifier",
        "",
    ],
)
def test_a_type_that_the_server_does_not_have_lands_as_text(
    tmp_path: Path, warehouse_url: str, unknown: str
) -> None:
    stream = Stream(
        "t", {"id": "integer", "v": unknown}, [("1", "x")], ("id",)
    )
    load(warehouse_url, source(tmp_path, DAY, stream))
    assert sql(warehouse_url, "SELECT pg_typeof(v)::text, v FROM t") == [
        ("text", "x")
    ]


def test_a_type_that_the_server_cannot_read_is_an_error_of_its_value(
    tmp_path: Path, warehouse_url: str
) -> None:
    stream = Stream("t", {"id": "integer", "v": "xml"}, [("1", "<a/>")])
    with pytest.raises(InputError, match="line 2, column v"):
        load(warehouse_url, source(tmp_path, DAY, stream))


NAMES = [
    'Mixed "Case".and dots, -dashes- %s {}',
    "select",
    "é" * 31,
    "x" * 63,
    " leading and trailing ",
    "a\nb",
    "oid_ctid",
]


@pytest.mark.parametrize("strategy", ["snapshot", "history", "upsert"])
def test_names_are_data(
    tmp_path: Path, warehouse_url: str, strategy: str
) -> None:
    for day, value in ((DAY, "a"), (NEXT, "b")):
        streams = [
            Stream(
                name,
                dict.fromkeys(NAMES, "text"),
                [(value,) * len(NAMES)],
                (name,),
            )
            for name in NAMES
        ]
        load(
            warehouse_url,
            source(tmp_path, day, *streams),
            strategy=strategy,
            schema='a "schema" %s',
        )
    found = sql(
        warehouse_url,
        f"SELECT DISTINCT \"table\" FROM daybook.loads WHERE day = '{NEXT}'",
    )
    assert {row[0] for row in found} == set(NAMES)


def test_a_value_of_20_mb_arrives(tmp_path: Path, warehouse_url: str) -> None:
    big = "x" * 20_000_000
    stream = Stream("t", {"id": "integer", "v": "text"}, [("1", big)], ("id",))
    load(warehouse_url, source(tmp_path, DAY, stream))
    load(warehouse_url, source(tmp_path, NEXT, stream), recheck=True)
    counts = "SELECT length(v), md5(v) = md5(repeat('x', 20000000)) FROM t"
    assert sql(warehouse_url, counts) == [(20_000_000, True)]


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=20,
)


@given(
    days=st.lists(
        st.dictionaries(
            TEXT, st.tuples(st.none() | TEXT, st.none() | TEXT), max_size=6
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_after_every_day_the_table_is_that_day(
    tmp_path: Path,
    warehouse_url: str,
    days: list[dict[str, tuple[str | None, str | None]]],
) -> None:
    types = {"key": "text", "a": "text", "b": "text"}
    for number, day in enumerate(days):
        rows = [(key, *values) for key, values in day.items()]
        stream = Stream("t", types, rows, ("key",))
        made = source(tmp_path, f"2024-12-{number + 10}", stream)
        load(warehouse_url, made, allow_older_day=True)
        assert set(sql(warehouse_url, "SELECT * FROM t")) == set(rows)
