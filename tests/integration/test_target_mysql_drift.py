"""When a table's definition has changed at the source."""

from __future__ import annotations

from pathlib import Path

import pytest
from mysql_input import load, outcome
from singer_input import Stream, source

import harness
from daybook.errors import RefusedError

DAY, NEW = "2024-12-20", "2024-12-21"


def table(row: tuple[str | None, ...], **types: str) -> Stream:
    return Stream("t", {"id": "integer"} | types, [("1", *row)], ("id",))


def values(url: str) -> list[tuple[object, ...]]:
    return harness.mysql(url, "SELECT * FROM t")


TYPES = (
    "smallint", "integer", "bigint", "real", "double precision", "numeric",
    "numeric(5,0)", "numeric(20,0)", "numeric(65,30)", "numeric(3,-2)",
    "numeric(2,4)", "boolean", "date", "uuid", "bytea", "text", "json",
    "jsonb", "interval", "bit(9)", "integer[]", "character(3)",
    "character varying", "character varying(255)", "character varying(256)",
    "time(0) without time zone", "time(3) without time zone",
    "time without time zone", "time(0) with time zone",
    "timestamp(0) without time zone", "timestamp(3) without time zone",
    "timestamp without time zone", "timestamp(0) with time zone",
    "timestamp(3) with time zone", "timestamp with time zone",
)  # fmt: skip


def test_a_definition_that_stays_is_no_change(
    mariadb_url: str, tmp_path: Path
) -> None:
    types = {"id": "integer"} | {f"v{n}": t for n, t in enumerate(TYPES)}
    rows = [(key, *[None] * len(TYPES)) for key in ("1", "2")]
    for day, some in (DAY, rows[:1]), (NEW, rows):
        stream = Stream("t", types, some, ("id",))
        load(
            mariadb_url, source(tmp_path, day, stream), schema_change="freeze"
        )
    assert outcome(mariadb_url, "t") == ("loaded", 1, 0, 0)


def test_an_invisible_key_of_the_server_stays(
    mariadb_url: str, tmp_path: Path
) -> None:
    harness.mysql(
        mariadb_url,
        "CREATE TABLE t (v text CHARACTER SET utf8mb4, my_row_id bigint"
        " AUTO_INCREMENT INVISIBLE PRIMARY KEY)",
    )
    for day, row in (DAY, "a"), (NEW, "b"):
        keyless = Stream("t", {"v": "text"}, [(row,), (row,)])
        load(mariadb_url, source(tmp_path, day, keyless))
    assert values(mariadb_url) == [("b",), ("b",)]


def test_a_new_column_is_added(mariadb_url: str, tmp_path: Path) -> None:
    load(mariadb_url, source(tmp_path, DAY, table(("a",), v="text")))
    both = table(("a", "b"), v="text", w="text")
    load(mariadb_url, source(tmp_path, NEW, both))
    assert values(mariadb_url) == [(1, "a", "b")]
    assert outcome(mariadb_url, "t") == ("loaded", 0, 1, 0)


@pytest.mark.parametrize(
    "old, new, text",
    [
        ("smallint", "integer", "70000"),
        ("integer", "bigint", "3000000000"),
        ("numeric(5,2)", "numeric(9,2)", "1234567.89"),
        ("numeric(5,2)", "numeric(9,4)", "1.2345"),
        ("integer", "text", "7 apples"),
        ("character varying(3)", "character varying(9)", "123456789"),
        ("character varying(3)", "text", "123456789"),
        ("timestamp(0) without time zone", "timestamp without time zone",
         "2024-01-01 00:00:00.5"),
        ("date", "text", "infinity"),
        ("boolean", "text", "maybe"),
    ],
)  # fmt: skip
def test_a_type_widens(
    mariadb_url: str, tmp_path: Path, old: str, new: str, text: str
) -> None:
    load(mariadb_url, source(tmp_path, DAY, table((None,), v=old)))
    load(mariadb_url, source(tmp_path, NEW, table((text,), v=new)))
    [(found,)] = harness.mysql(mariadb_url, "SELECT v FROM t")
    assert str(found).startswith(text)


@pytest.mark.parametrize(
    "old, new",
    [
        ("date", "timestamp without time zone"),
        ("double precision", "numeric(10,2)"),
        ("bytea", "text"),
        ("uuid", "bytea"),
    ],
)
def test_what_could_lose_a_value_is_refused(
    mariadb_url: str, tmp_path: Path, old: str, new: str
) -> None:
    load(mariadb_url, source(tmp_path, DAY, table((None,), v=old)))
    with pytest.raises(RefusedError, match=r"column v was .* and is"):
        load(mariadb_url, source(tmp_path, NEW, table((None,), v=new)))


@pytest.mark.parametrize(
    "old, new", [("text", "integer"), ("bigint", "integer")]
)
def test_a_type_that_is_wider_than_need_be_stays(
    mariadb_url: str, tmp_path: Path, old: str, new: str
) -> None:
    load(mariadb_url, source(tmp_path, DAY, table(("1",), v=old)))
    load(mariadb_url, source(tmp_path, NEW, table(("2",), v=new)))
    assert [str(v) for (_, v) in values(mariadb_url)] == ["2"]


def test_a_column_that_is_gone_is_refused(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(mariadb_url, source(tmp_path, DAY, table(("a",), v="text")))
    with pytest.raises(RefusedError, match=r"column v \(longtext\) is gone"):
        load(mariadb_url, source(tmp_path, NEW, table(())))
    assert values(mariadb_url) == [(1, "a")]


def test_another_key_is_refused_by_name(
    mariadb_url: str, tmp_path: Path
) -> None:
    def keyed(key: str) -> Stream:
        return Stream(
            "t", {"a": "integer", "b": "integer"}, [("1", "2")], (key,)
        )

    load(mariadb_url, source(tmp_path, DAY, keyed("a")))
    with pytest.raises(
        RefusedError, match=r"primary key was \(a\) and is \(b\)"
    ):
        load(mariadb_url, source(tmp_path, NEW, keyed("b")))
    harness.mysql(mariadb_url, "DELETE FROM t")
    load(mariadb_url, source(tmp_path, NEW, keyed("b")))
    assert values(mariadb_url) == [(1, 2)]


def test_freeze_refuses_any_change(mariadb_url: str, tmp_path: Path) -> None:
    load(mariadb_url, source(tmp_path, DAY, table((None,), v="integer")))
    with pytest.raises(RefusedError, match="column v was int and is bigint"):
        load(
            mariadb_url,
            source(tmp_path, NEW, table((None,), v="bigint")),
            schema_change="freeze",
        )


def test_an_upsert_keeps_columns_that_a_day_lacks(
    mariadb_url: str, tmp_path: Path
) -> None:
    load(
        mariadb_url,
        source(tmp_path, DAY, table(("a",), v="text")),
        strategy="upsert",
    )
    load(
        mariadb_url,
        source(tmp_path, NEW, table(("b",), w="text")),
        strategy="upsert",
    )
    assert values(mariadb_url) == [(1, "a", "b")]


def test_an_adopted_table_compares_case_from_then_on(
    mariadb_url: str, tmp_path: Path
) -> None:
    harness.mysql(
        mariadb_url,
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(9)) "
        "CHARACTER SET latin1 COLLATE latin1_swedish_ci",
    )
    harness.mysql(mariadb_url, "INSERT INTO t VALUES (1, 'A'), (2, 'ä')")
    load(
        mariadb_url, source(tmp_path, DAY, table(("a",), v="text")), adopt=True
    )
    assert values(mariadb_url) == [(1, "a")]
    load(mariadb_url, source(tmp_path, NEW, table(("😀 A",), v="text")))
    assert values(mariadb_url) == [(1, "😀 A")]
