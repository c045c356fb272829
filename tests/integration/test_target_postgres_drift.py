"""What happens when a table's definition has changed at the source."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from singer_input import Source, Stream, load, source

from daybook.errors import RefusedError
from harness import sql

DAY, NEXT, LAST = "2024-12-20", "2024-12-21", "2024-12-22"
TYPES = (
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
    " WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped"
    " ORDER BY attnum"
)


def day(
    folder: Path,
    date: str,
    types: Mapping[str, str],
    *rows: tuple[str | None, ...],
) -> Source:
    return source(folder, date, Stream("t", types, rows, ("id",)))


@pytest.fixture
def loaded(tmp_path: Path, warehouse_url: str) -> str:
    types = {"id": "integer", "a": "character varying(3)"}
    load(warehouse_url, day(tmp_path, DAY, types, ("1", "x")))
    return warehouse_url


def test_what_evolves_is_said(
    tmp_path: Path, loaded: str, caplog: pytest.LogCaptureFixture
) -> None:
    types = {"id": "bigint", "a": "character varying(3)", "b": "date"}
    with caplog.at_level("INFO", "daybook"):
        load(loaded, day(tmp_path, NEXT, types, ("1", "x", None)))
    assert "public.t: column b (date) is new" in caplog.text
    assert "public.t: column id was integer and is bigint" in caplog.text


def test_evolve_adds_columns(tmp_path: Path, loaded: str) -> None:
    types = {
        "new": "numeric(8,2)",
        "id": "integer",
        "a": "character varying(3)",
    }
    load(loaded, day(tmp_path, NEXT, types, ("1.50", "1", "x")))
    assert ("new", "numeric(8,2)") in sql(loaded, TYPES)
    assert sql(loaded, "SELECT id, a, new::text FROM t") == [(1, "x", "1.50")]


@pytest.mark.parametrize(
    ("types", "row"),
    [
        ({"id": "bigint", "a": "text"}, (2**40, "long text")),
        ({"id": "integer", "a": "character varying(9)"}, (1, "123456789")),
        ({"id": "text", "a": "character varying"}, ("one", "x")),
    ],
)
def test_evolve_widens_types(
    tmp_path: Path,
    loaded: str,
    types: dict[str, str],
    row: tuple[object, str],
) -> None:
    load(loaded, day(tmp_path, NEXT, types, (str(row[0]), row[1])))
    assert dict(sql(loaded, TYPES)) == types
    assert sql(loaded, "SELECT id, a FROM t") == [row]


def test_evolve_keeps_the_text_of_what_other_days_hold(
    tmp_path: Path, warehouse_url: str
) -> None:
    types = {"id": "integer", "b": "boolean", "r": "real", "c": "character(3)"}
    first = day(
        tmp_path, DAY, types, ("1", "t", "0.1", "x  "), ("2",) + (None,) * 3
    )
    load(warehouse_url, first, strategy="upsert")
    wide = {"id": "integer", "b": "text", "r": "double precision", "c": "text"}
    second = day(tmp_path, NEXT, wide, ("3", "no", "0.2", "y"))
    load(warehouse_url, second, strategy="upsert")
    assert sql(warehouse_url, "SELECT b, r::text, c FROM t ORDER BY id") == [
        ("t", "0.1", "x  "),
        (None, None, None),
        ("no", "0.2", "y"),
    ]


def test_a_type_that_narrows_at_the_source_stays(
    tmp_path: Path, loaded: str
) -> None:
    types = {"id": "smallint", "a": "character varying(2)"}
    load(loaded, day(tmp_path, NEXT, types, ("2", "y")))
    assert dict(sql(loaded, TYPES))["id"] == "integer"
    assert sql(loaded, "SELECT * FROM t") == [(2, "y")]


@pytest.mark.parametrize(
    ("types", "named"),
    [
        ({"id": "integer"}, "column a (character varying(3)) is gone"),
        (
            {"id": "integer", "a": "date"},
            "column a was character varying(3) and is date",
        ),
    ],
)
def test_evolve_refuses_what_could_lose_a_value(
    tmp_path: Path, loaded: str, types: dict[str, str], named: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        load(loaded, day(tmp_path, NEXT, types))
    assert named in caught.value.reason
    assert "rebuild" in caught.value.instruction
    assert sql(loaded, "SELECT * FROM t") == [(1, "x")]


def test_freeze_refuses_even_a_new_column(tmp_path: Path, loaded: str) -> None:
    types = {"id": "integer", "a": "character varying(3)", "b": "date"}
    with pytest.raises(RefusedError, match=r"column b \(date\) is new"):
        load(loaded, day(tmp_path, NEXT, types), schema_change="freeze")


def test_freeze_loads_what_has_not_changed(
    tmp_path: Path, loaded: str
) -> None:
    types = {"a": "character varying(3)", "id": "integer"}
    load(
        loaded, day(tmp_path, NEXT, types, ("y", "1")), schema_change="freeze"
    )
    assert sql(loaded, "SELECT * FROM t") == [(1, "y")]


def test_rebuild_makes_the_table_anew_and_keeps_its_grants(
    tmp_path: Path, loaded: str
) -> None:
    sql(loaded, "GRANT SELECT ON t TO PUBLIC")
    types = {"id": "integer", "a": "date"}
    load(
        loaded,
        day(tmp_path, NEXT, types, ("1", "infinity"), ("2", None)),
        schema_change="rebuild",
    )
    assert dict(sql(loaded, TYPES)) == types
    assert sql(loaded, "SELECT id, a::text FROM t ORDER BY 1") == [
        (1, "infinity"),
        (2, None),
    ]
    grants = "SELECT has_table_privilege('public', 't', 'SELECT')"
    assert sql(loaded, grants) == [(True,)]


def test_rebuild_does_not_drop_the_rows_of_other_days(
    tmp_path: Path, warehouse_url: str
) -> None:
    first = day(tmp_path, DAY, {"id": "integer", "a": "integer"}, ("1", "1"))
    load(warehouse_url, first, strategy="upsert")
    second = day(tmp_path, NEXT, {"id": "integer", "a": "date"})
    with pytest.raises(RefusedError, match="column a was integer and is date"):
        load(warehouse_url, second, strategy="upsert", schema_change="rebuild")


def test_a_view_in_the_way_of_a_wider_type_is_named(
    tmp_path: Path, loaded: str
) -> None:
    sql(loaded, "CREATE VIEW report AS SELECT a FROM t")
    types = {"id": "integer", "a": "text"}
    with pytest.raises(RefusedError, match=r"view public\.report"):
        load(loaded, day(tmp_path, NEXT, types))


def test_a_view_in_the_way_of_a_rebuild_is_named(
    tmp_path: Path, loaded: str
) -> None:
    sql(loaded, "CREATE VIEW report AS SELECT a FROM t")
    with pytest.raises(RefusedError, match=r"view public\.report"):
        load(
            loaded,
            day(tmp_path, NEXT, {"id": "integer", "a": "date"}),
            schema_change="rebuild",
        )


def test_a_view_does_not_hinder_new_rows_or_columns(
    tmp_path: Path, loaded: str
) -> None:
    sql(loaded, "CREATE VIEW report AS SELECT a FROM t")
    types = {"id": "integer", "a": "character varying(3)", "b": "date"}
    load(loaded, day(tmp_path, NEXT, types, ("7", "z", None)))
    assert sql(loaded, "SELECT * FROM report") == [("z",)]


def test_a_history_grows_with_its_days(
    tmp_path: Path, warehouse_url: str
) -> None:
    narrow = {"id": "integer", "a": "integer"}
    wide = {"id": "integer", "a": "bigint", "b": "text"}
    one = day(tmp_path, DAY, narrow, ("1", "1"))
    two = day(tmp_path, NEXT, wide, ("1", str(2**40), "b"))
    three = day(tmp_path, LAST, narrow, ("1", "3"))
    for each in (one, two, three, one):
        load(warehouse_url, each, strategy="history")
    rows = "SELECT extracted_at::text, a, b FROM t ORDER BY 1"
    assert sql(warehouse_url, rows) == [
        (DAY, 1, None),
        (NEXT, 2**40, "b"),
        (LAST, 3, None),
    ]


def test_a_table_of_a_thousand_columns_loads_and_follows(
    tmp_path: Path, warehouse_url: str
) -> None:
    names = ["id", *(f"column {number}" for number in range(999))]
    types = dict.fromkeys(names, "text")
    rows = [(str(one), *("x" * 999)) for one in range(3)]
    load(warehouse_url, day(tmp_path, DAY, types, *rows))
    rows[1] = (*rows[1][:-1], None)
    load(warehouse_url, day(tmp_path, NEXT, types, *rows))
    counts = "SELECT updated FROM daybook.loads ORDER BY id DESC LIMIT 1"
    assert sql(warehouse_url, counts) == [(1,)]
