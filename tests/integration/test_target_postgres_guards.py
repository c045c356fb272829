"""What a load refuses to touch, and what it needs."""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from singer_input import Source, Stream, load, source

from daybook.errors import (
    ConfigError,
    InputError,
    RefusedError,
    UnreachableError,
)
from harness import create_database, drop_database, sql

DAY, NEXT, LAST = "2024-12-20", "2024-12-21", "2024-12-22"
TABLES = (
    "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = relnamespace WHERE relkind IN ('r', 'p')"
    " AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
)


def orders(folder: Path, day: str, *ids: str, name: str = "shop") -> Source:
    rows = [(one,) for one in ids]
    stream = Stream("orders", {"id": "integer"}, rows, ("id",))
    return source(folder, day, stream, name=name)


def ids(url: str) -> list[int]:
    return [row[0] for row in sql(url, "SELECT id FROM orders ORDER BY 1")]


@pytest.mark.parametrize("strategy", ["snapshot", "replace", "upsert"])
def test_an_older_day_changes_nothing_and_says_so(
    tmp_path: Path,
    warehouse_url: str,
    strategy: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    load(warehouse_url, orders(tmp_path, NEXT, "1"), strategy=strategy)
    load(warehouse_url, orders(tmp_path, DAY, "2"), strategy=strategy)
    assert ids(warehouse_url) == [1]
    assert f"holds the newer day {NEXT}" in caplog.text
    assert "TARGET_POSTGRES_ALLOW_OLDER_DAY=true" in caplog.text
    outcome = (
        "SELECT outcome, day::text FROM daybook.loads ORDER BY id DESC LIMIT 1"
    )
    assert sql(warehouse_url, outcome) == [("superseded", DAY)]


def test_a_table_can_be_turned_back_and_goes_on_from_there(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, LAST, "3"))
    load(warehouse_url, orders(tmp_path, DAY, "1"), allow_older_day=True)
    assert ids(warehouse_url) == [1]
    load(warehouse_url, orders(tmp_path, NEXT, "2"))
    assert ids(warehouse_url) == [2]


@pytest.mark.parametrize(
    "strategy", ["snapshot", "replace", "upsert", "insert"]
)
def test_rows_that_others_loaded_are_not_touched(
    tmp_path: Path, warehouse_url: str, strategy: str
) -> None:
    sql(warehouse_url, "CREATE TABLE orders (id integer PRIMARY KEY)")
    sql(warehouse_url, "INSERT INTO orders VALUES (7)")
    with pytest.raises(RefusedError, match="Daybook did not load") as caught:
        load(warehouse_url, orders(tmp_path, DAY, "1"), strategy=strategy)
    assert "TARGET_POSTGRES_ADOPT=true" in caught.value.instruction
    assert ids(warehouse_url) == [7]
    assert sql(warehouse_url, TABLES) == [("public", "orders")]


def test_adopt_takes_over_a_table(tmp_path: Path, warehouse_url: str) -> None:
    sql(warehouse_url, "CREATE TABLE orders (id integer PRIMARY KEY)")
    sql(warehouse_url, "INSERT INTO orders VALUES (7), (1)")
    load(warehouse_url, orders(tmp_path, DAY, "1"), adopt=True)
    assert ids(warehouse_url) == [1]
    load(warehouse_url, orders(tmp_path, NEXT, "2"))
    assert ids(warehouse_url) == [2]


def test_adopt_takes_over_a_table_without_its_key(
    tmp_path: Path, warehouse_url: str
) -> None:
    sql(warehouse_url, "CREATE TABLE orders AS SELECT 7 AS id")
    sql(warehouse_url, "INSERT INTO orders VALUES (7)")
    load(warehouse_url, orders(tmp_path, DAY, "1"), adopt=True)
    keys = "SELECT conname FROM pg_constraint WHERE contype = 'p'"
    assert ids(warehouse_url) == [1]
    assert ("orders_pkey",) in sql(warehouse_url, keys)


def test_an_empty_table_of_others_is_filled(
    tmp_path: Path, warehouse_url: str
) -> None:
    sql(warehouse_url, "CREATE TABLE orders (id integer)")
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    assert ids(warehouse_url) == [1]


def test_a_table_made_anew_by_others_is_no_longer_ours(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    sql(warehouse_url, "DROP TABLE orders")
    sql(warehouse_url, "CREATE TABLE orders AS SELECT 7 AS id")
    with pytest.raises(RefusedError, match="Daybook did not load"):
        load(warehouse_url, orders(tmp_path, NEXT, "1"))


def test_a_table_of_another_source_is_refused(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    other = orders(tmp_path, DAY, "2", name="crm")
    with pytest.raises(RefusedError, match="from source shop, not from crm"):
        load(warehouse_url, other)
    load(warehouse_url, other, adopt=True)
    assert ids(warehouse_url) == [2]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("CREATE VIEW orders AS SELECT 1 AS id", "a view"),
        (
            "CREATE MATERIALIZED VIEW orders AS SELECT 1 AS id",
            "a materialized view",
        ),
        ("CREATE SEQUENCE orders", "a sequence"),
        (
            "CREATE TABLE orders (id int) PARTITION BY RANGE (id)",
            "partitioned by RANGE",
        ),
    ],
)
def test_what_is_no_table_is_refused(
    tmp_path: Path, warehouse_url: str, statement: str, kind: str
) -> None:
    sql(warehouse_url, statement)
    with pytest.raises(RefusedError, match=kind):
        load(warehouse_url, orders(tmp_path, DAY, "1"), adopt=True)


def test_a_schema_that_is_missing_is_created(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"), schema='d w"h')
    assert sql(warehouse_url, TABLES) == [
        ('d w"h', "orders"),
        ("daybook", "loads"),
    ]


@pytest.fixture
def loader_url(server_url: str, warehouse_url: str) -> str:
    """A role that may connect and nothing else."""
    parts = urlsplit(warehouse_url)
    database = parts.path[1:]
    role = f"loader_{database}"
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(Identifier(role))
        )
    yield f"postgresql://{role}:x@127.0.0.1:{parts.port}/{database}"
    with psycopg.connect(
        server_url.rsplit("/", 1)[0] + f"/{database}", autocommit=True
    ) as session:
        session.execute(SQL("DROP OWNED BY {}").format(Identifier(role)))
        session.execute(SQL("DROP ROLE {}").format(Identifier(role)))


def granted(url: str, text: str) -> None:
    """Run what a refusal said, as the database's owner would."""
    for line in text.splitlines():
        if line.startswith("GRANT "):
            sql(url, line)


def test_missing_rights_are_named_all_at_once_as_grants(
    tmp_path: Path, warehouse_url: str, loader_url: str
) -> None:
    day = orders(tmp_path, DAY, "1")
    with pytest.raises(UnreachableError) as caught:
        load(loader_url, day)
    assert "GRANT CREATE ON DATABASE" in caught.value.instruction
    assert "GRANT CREATE ON SCHEMA public" in caught.value.instruction
    granted(warehouse_url, caught.value.instruction)
    load(loader_url, day)
    load(loader_url, orders(tmp_path, NEXT, "2"))
    assert ids(loader_url) == [2]


def test_a_role_that_finds_the_schemas_needs_no_right_on_the_database(
    tmp_path: Path, warehouse_url: str, loader_url: str
) -> None:
    sql(warehouse_url, "CREATE SCHEMA dwh")
    sql(warehouse_url, "CREATE SCHEMA daybook")
    day = orders(tmp_path, DAY, "1")
    with pytest.raises(UnreachableError) as caught:
        load(loader_url, day, schema="dwh")
    assert "ON DATABASE" not in caught.value.instruction
    granted(warehouse_url, caught.value.instruction)
    load(loader_url, day, schema="dwh")
    assert sql(loader_url, "SELECT id FROM dwh.orders") == [(1,)]


def test_missing_rights_on_a_table_are_named(
    tmp_path: Path, warehouse_url: str, loader_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    with pytest.raises(UnreachableError) as caught:
        load(loader_url, orders(tmp_path, NEXT, "2"))
    text = caught.value.instruction
    assert (
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.orders" in text
    )
    assert "GRANT SELECT, INSERT ON TABLE daybook.loads" in text
    granted(warehouse_url, text)
    load(loader_url, orders(tmp_path, NEXT, "2"))
    assert ids(warehouse_url) == [2]


def test_a_table_of_another_owner_cannot_be_altered(
    tmp_path: Path, warehouse_url: str, loader_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    types = {"id": "integer", "new": "text"}
    wider = source(tmp_path, NEXT, Stream("orders", types, [], ("id",)))
    with pytest.raises(UnreachableError) as caught:
        load(loader_url, wider)
    granted(warehouse_url, caught.value.instruction)
    with pytest.raises(UnreachableError, match="must be owner") as caught:
        load(loader_url, wider)
    assert "OWNER TO" in caught.value.instruction


def test_a_database_in_another_encoding_is_refused(
    tmp_path: Path, server_url: str
) -> None:
    url = create_database(server_url, "latin")
    name = urlsplit(url).path[1:]
    with psycopg.connect(server_url, autocommit=True) as session:
        database = Identifier(name)
        session.execute(SQL("DROP DATABASE {}").format(database))
        session.execute(
            SQL(
                "CREATE DATABASE {} OWNER {} ENCODING 'LATIN1' LOCALE 'C'"
                " TEMPLATE template0"
            ).format(database, database)
        )
    try:
        with pytest.raises(ConfigError, match="LATIN1"):
            load(url, orders(tmp_path, DAY, "1"))
    finally:
        drop_database(server_url, url)


def test_a_file_that_was_truncated_changes_nothing(
    tmp_path: Path, warehouse_url: str
) -> None:
    load(warehouse_url, orders(tmp_path, DAY, "1"))
    day = orders(tmp_path, NEXT, "1", "2", "3")
    path = day.streams[0][1].path
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(InputError, match="was edited or is damaged") as caught:
        load(warehouse_url, day)
    assert str(path) in caught.value.reason
    assert "DATESTAMP=2024-12-21" in caught.value.instruction
    assert ids(warehouse_url) == [1]


def test_a_file_that_is_gone_or_a_link_is_named(
    tmp_path: Path, warehouse_url: str
) -> None:
    day = orders(tmp_path, DAY, "1")
    path = day.streams[0][1].path
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be read"):
        load(warehouse_url, day)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="cannot be read"):
        load(warehouse_url, day)
    assert sql(warehouse_url, TABLES) == []


def test_a_header_that_names_other_columns_is_refused(
    tmp_path: Path, warehouse_url: str
) -> None:
    stream = Stream("orders", {"id": "integer", "n": "integer"}, [("1", "2")])
    day = source(tmp_path, DAY, stream)
    renamed = Stream("orders", {"n": "integer", "id": "integer"}, [])
    day.streams[0] = (renamed, day.streams[0][1])
    with pytest.raises(InputError, match="line 1"):
        load(warehouse_url, day)
