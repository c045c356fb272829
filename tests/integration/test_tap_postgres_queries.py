"""tap-postgres: results of queries beside the tables."""

from __future__ import annotations

import itertools
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from extracts import extract
from snapshots import open_session

from daybook.errors import (
    BusyError,
    DaybookError,
    InputError,
    UnreachableError,
)
from daybook.postgres.extract import results, snapshot
from daybook.postgres.extract.crew import Crew
from daybook.singer.queries import parse_queries
from daybook.singer.selection import Wanted
from daybook.table import Table
from harness import sql

_number = itertools.count()

SOLD = {
    "name": "sold",
    "sql": "SELECT id, note FROM public.orders WHERE id >= %(least)s",
    "keys": ["id"],
    "parameters": {"least": "2"},
}


@pytest.fixture
def url(source_url: str) -> str:
    """A source with one table of three rows, not in their key's order."""
    sql(
        source_url,
        "CREATE TABLE orders (id int PRIMARY KEY, note text);"
        "INSERT INTO orders VALUES (3, ''), (1, 'a'), (2, NULL)",
    )
    return source_url


@dataclass(frozen=True)
class Result:
    """What a query gave."""

    table: Table
    text: str


def query(url: str, folder: Path, text: str, **more: object) -> Result:
    """Extract one query's result, without any table, in this process."""
    queries = parse_queries([{"name": "q", "sql": text, **more}])
    nothing = Wanted(["public"], exclude=["*"])
    path = folder / f"{next(_number)}.csv"
    with closing(open_session(url)) as session:
        moment = snapshot.take(session, nothing, queries)
        crew = Crew(moment, lambda: open_session(url), jobs=1)
        crew.start({"q": path})
        crew.file("q")
    with path.open(newline="") as file:
        return Result(moment.sources[0].table, file.read())


def test_a_result_is_a_stream_beside_the_tables(
    url: str, tmp_path: Path
) -> None:
    found = extract(url, tmp_path, queries=[SOLD])
    assert found.receipt
    assert found.receipt["streams"] == {
        "public-orders": {"rows": 3},
        "sold": {"rows": 2},
    }
    assert found.schemas["sold"]["key_properties"] == ["id"]
    assert found.schemas["sold"]["schema"]["x-table"] == {
        "schema": "",
        "name": "sold",
    }
    # In the key's order, so that the same rows are the same bytes.
    assert found.text("sold") == 'id,note\n2,\n3,""\n'


def test_without_keys_rows_come_as_the_query_gives_them(
    url: str, tmp_path: Path
) -> None:
    text = "SELECT id FROM public.orders ORDER BY -id -- the newest first"
    found = query(url, tmp_path, text)
    assert found.text == "id\n3\n2\n1\n"


def test_the_list_can_be_json_text(url: str, tmp_path: Path) -> None:
    text = '[{"name": "q", "sql": "SELECT 1 AS one"}]'
    found = extract(url, tmp_path, queries=text, exclude="*")
    assert found.text("q") == "one\n1\n"


@pytest.mark.parametrize(
    ("expression", "sql_type"),
    [
        ("1.50::numeric(8,2)", "numeric(8,2)"),
        ("'x'", "text"),
        ("'ab'::varchar(3)", "character varying(3)"),
        ("ARRAY[1,2]", "integer[]"),
        ("now()", "timestamp with time zone"),
        ("ROW(1,2)", "text"),
        ("NULL", "text"),
        ("count(*)", "bigint"),
        ("'{}'::jsonb", "jsonb"),
    ],
)
def test_types_are_those_of_the_result(
    url: str, tmp_path: Path, expression: str, sql_type: str
) -> None:
    found = query(url, tmp_path, f"SELECT {expression} AS c")
    assert found.table.columns[0].sql_type == sql_type


def test_an_enum_lands_as_text(url: str, tmp_path: Path) -> None:
    sql(url, "CREATE TYPE mood AS ENUM ('sad')")
    found = query(url, tmp_path, "SELECT 'sad'::public.mood AS c")
    (column,) = found.table.columns
    assert (column.sql_type, column.source_type) == ("text", "public.mood")


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE orders; --", "\\", "%s", "\n", "😀", "$1", "''"]
)
def test_a_value_is_bound_and_never_sql(
    url: str, tmp_path: Path, value: str
) -> None:
    text = "SELECT 'a' AS c WHERE %(v)s = %(v)s"
    found = query(url, tmp_path, text, parameters={"v": value})
    assert found.text == "c\na\n"
    text = "SELECT %s::text AS c, %s::int AS i, %s::text AS n, %s AS b"
    found = query(url, tmp_path, text, parameters=[value, 7, None, True])
    assert found.text.endswith(",7,,t\n")


def test_records_are_sent_too(url: str, tmp_path: Path) -> None:
    found = extract(url, tmp_path, queries=[SOLD], handover="records")
    assert found.records["sold"] == [
        {"id": 2, "note": None},
        {"id": 3, "note": ""},
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1\nFORM orders", "'q' cannot be run: syntax error"),
        ("SELECT 1,\n  nope", "line 2, character 13: 'nope'"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("SELECT 1) TO STDOUT; SELECT (2", "syntax error"),
        ("SELECT 1 /* open", "unterminated"),
        ("SELECT * FROM orders", "relation"),
        ("DELETE FROM public.orders", "returns no columns"),
        ("DELETE FROM public.orders RETURNING id", "read-only"),
        ("SELECT 1 AS a, 2 AS a", "two columns called 'a'"),
        ("SELECT 1/0 AS a", "division by zero"),
        ("SELECT pg_notify('a', 'b') FROM no.where", "no.where"),
    ],
)
def test_a_query_that_cannot_be_run_is_named(
    url: str, tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        query(url, tmp_path, text)
    assert words in caught.value.reason
    assert "query 'q'" in caught.value.reason
    assert sql(url, "SELECT count(*) FROM orders") == [(3,)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SELECT 1 AS k UNION ALL SELECT 1", "'1'"),
        ("SELECT NULL::int AS k", "'NULL'"),
    ],
)
def test_a_key_that_is_none_is_refused(
    url: str, tmp_path: Path, text: str, shown: str
) -> None:
    with pytest.raises(InputError) as caught:
        query(url, tmp_path, text, keys=["k"])
    words = f"whose key (k) is NULL or not theirs alone: {shown}"
    assert words in caught.value.reason


def test_a_right_that_is_missing_is_said(url: str, tmp_path: Path) -> None:
    text = "SELECT rolpassword FROM pg_catalog.pg_authid"
    with pytest.raises(UnreachableError, match="query 'q'") as caught:
        query(url, tmp_path, text)
    assert "GRANT SELECT" in caught.value.instruction


def test_a_result_is_of_the_same_moment_as_the_tables(url: str) -> None:
    queries = parse_queries([SOLD])
    with open_session(url) as session:
        moment = snapshot.take(session, Wanted(["public"]), queries)
        sql(url, "DELETE FROM orders")
        (_, source) = moment.sources
        assert len(session.execute(source.select).fetchall()) == 2


def test_tables_that_a_query_reads_are_locked(url: str) -> None:
    queries = parse_queries([SOLD])
    nothing = Wanted(["public"], exclude=["*"])
    with open_session(url) as session:
        snapshot.take(session, nothing, queries)
        with (
            psycopg.connect(url) as other,
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            other.execute("LOCK orders IN ACCESS EXCLUSIVE MODE NOWAIT")


@pytest.fixture
def hidden(url: str) -> str:
    """A function that reads a table which no query names."""
    sql(
        url,
        "CREATE FUNCTION ids() RETURNS SETOF int LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN QUERY SELECT id FROM public.orders; END $$",
    )
    return "SELECT i FROM public.ids() AS i"


def test_a_table_emptied_behind_a_function_is_noticed(
    url: str, hidden: str, tmp_path: Path
) -> None:
    queries = parse_queries([{"name": "q", "sql": hidden}])
    nothing = Wanted(["public"], exclude=["*"])
    with open_session(url) as session:
        moment = snapshot.take(session, nothing, queries)
        sql(url, "TRUNCATE orders")
        crew = Crew(moment, lambda: open_session(url), jobs=1)
        crew.start({"q": tmp_path / "q.csv"})
        with pytest.raises(BusyError, match="orders, which the query 'q'"):
            crew.file("q")


def test_only_names_of_users_relations_are_locked(url: str) -> None:
    text = "SELECT 1 AS a FROM pg_catalog.pg_class, public.orders"
    with open_session(url) as session:
        found = results.relations_read(
            session, parse_queries([{"name": "q", "sql": text}])
        )
    assert [one.full_name for one in found] == ["public.orders"]


def test_a_view_can_be_queried(url: str, tmp_path: Path) -> None:
    sql(url, "CREATE VIEW seen AS SELECT id FROM orders")
    found = query(url, tmp_path, "SELECT max(id) FROM public.seen")
    assert found.text == "max\n3\n"


def test_a_queued_truncate_does_not_hang_the_extract(
    url: str, tmp_path: Path
) -> None:
    queries = parse_queries([SOLD])
    with open_session(url) as session:
        moment = snapshot.take(session, Wanted(["public"]), queries)
        waiting = threading.Thread(
            target=sql, args=(url, "TRUNCATE orders"), daemon=True
        )
        waiting.start()
        crew = Crew(moment, lambda: open_session(url), jobs=2)
        names = ["public-orders", "sold"]
        crew.start({name: tmp_path / name for name in names})
        try:
            rows = [crew.file(name).rows for name in names]
        except DaybookError as error:
            pytest.fail(str(error))
    waiting.join(30)
    assert rows == [3, 2]
