"""tap-duckdb: tables with their keys, queries, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

import harness
from daybook.day import Day
from daybook.duckdb import queries
from daybook.duckdb.database import open_database
from daybook.duckdb.export import rows_of
from daybook.duckdb.failures import reading
from daybook.errors import DaybookError
from daybook.lake import partition
from daybook.singer.queries import parse_queries
from lake_days import litter

DAY = "2024-12-20"
TABLES = """
    CREATE TABLE movies (
        id INTEGER PRIMARY KEY, title VARCHAR NOT NULL, genres VARCHAR[]
    );
    INSERT INTO movies VALUES (3, 'c', []), (1, '"a", b', ['A', 'B c']),
        (2, '', NULL);
    CREATE TABLE ratings (
        user_id INTEGER, movie_id INTEGER REFERENCES movies (id),
        stars DOUBLE, PRIMARY KEY (user_id, movie_id)
    );
    INSERT INTO ratings VALUES (2, 1, 3.5), (1, 3, 1e15), (10, 1, NULL);
    CREATE TABLE empty (v VARCHAR);
    CREATE TABLE bag (v VARCHAR, n DOUBLE);
    INSERT INTO bag VALUES ('b', 1), (NULL, 2), ('', 2), ('b', 0.5),
        (E'x\\ny', NULL), ('b', 1);
    CREATE VIEW titles AS SELECT title FROM movies;
    CREATE SCHEMA other;
    CREATE TABLE other.things (id INTEGER);
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A DuckDB file with some tables."""
    path = tmp_path_factory.mktemp("duckdb") / "films.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


def extract(lake: Path, config, root: Path | None = None):
    """Extract into the lake's day; return how tap and target ended."""
    return harness.pipe(
        "tap-duckdb",
        {"spool": str(lake), "handover": "files", **config},
        "target-csv",
        {"lake": str(lake), "source": "duck", "day": DAY},
        {"MELTANO_PROJECT_ROOT": str(root or lake.parent)},
    )


def extracted(lake: Path, config, root: Path | None = None):
    """Return each stream's table and the text of its file."""
    tap, target = extract(lake, config, root)
    assert (tap.returncode, target.returncode) == (0, 0), tap.stderr
    manifest = partition.open_day(lake, "duck", Day.parse(DAY))
    folder = partition.folder(lake, "duck", Day.parse(DAY))
    return {
        file.table.stream: (
            file.table,
            (folder / file.path).read_bytes().decode(),
        )
        for file in manifest.files
    }


def refused(lake: Path, config, root: Path | None = None) -> str:
    """Return what the tap says when it refuses; it leaves nothing."""
    tap = harness.run_tap(
        "tap-duckdb",
        {"spool": str(lake), "handover": "files", **config},
        {"MELTANO_PROJECT_ROOT": str(root or lake.parent)},
    )
    assert tap.returncode == 2, tap.stderr
    assert "receipt" not in tap.stdout
    assert litter(lake) == []
    return tap.stderr


def test_tables_come_in_key_order_with_their_keys(database, lake):
    found = extracted(lake, {"database": str(database)})
    assert set(found) == {
        "main-bag",
        "main-empty",
        "main-movies",
        "main-ratings",
    }
    ratings, rows = found["main-ratings"]
    assert rows == "user_id,movie_id,stars\n1,3,1e+15\n2,1,3.5\n10,1,\n"
    assert ratings.primary_key == ("user_id", "movie_id")
    (key,) = ratings.foreign_keys
    assert (key.columns, key.table, key.references) == (
        ("movie_id",),
        "movies",
        ("id",),
    )
    movies, rows = found["main-movies"]
    assert rows == (
        'id,title,genres\n1,"""a"", b","{A,""B c""}"\n2,"",\n3,c,{}\n'
    )
    assert [column.nullable for column in movies.columns] == [
        False,
        False,
        True,
    ]
    assert found["main-empty"][1] == "v\n"


def test_rows_without_a_key_come_in_the_order_of_all_columns(database, lake):
    found = extracted(lake, {"database": str(database), "tables": "bag"})
    assert found["main-bag"][1] == (
        'v,n\n"",2\nb,0.5\nb,1\nb,1\n"x\ny",\n,2\n'
    )


def test_a_view_is_taken_if_it_is_named(database, lake):
    found = extracted(lake, {"database": str(database), "tables": "titles"})
    assert found["main-titles"][1] == 'title\n""\n"""a"", b"\nc\n'


def test_other_schemas_are_taken_if_asked_for(database, lake):
    found = extracted(lake, {"database": str(database), "schemas": "other"})
    assert list(found) == ["other-things"]


def test_a_line_that_ends_the_data_for_older_servers_is_quoted(tmp_path, lake):
    path = tmp_path / "marks.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (v VARCHAR)")
        connection.execute(r"INSERT INTO t VALUES ('\.'), (NULL)")
    found = extracted(lake, {"database": str(path)})
    assert found["main-t"][1] == '"v"\n"\\."\n\n'


def test_names_are_data(tmp_path, lake):
    path = tmp_path / "it's a 'name'.duckdb"
    column = 'a"b,c\n; DROP TABLE t'
    quoted = column.replace('"', '""')
    with duckdb.connect(str(path)) as connection:
        connection.execute(f'CREATE TABLE "x/../y.*z" ("{quoted}" INTEGER)')
        connection.execute('INSERT INTO "x/../y.*z" VALUES (1)')
    ((name, (table, rows)),) = extracted(lake, {"database": str(path)}).items()
    assert (name, table.column_names) == ("main-x/../y.*z", (column,))
    assert rows == f'"{quoted}"\n1\n'


def test_records_hold_the_same_values(database):
    config = {"database": str(database), "tables": "ratings"}
    result = harness.run_tap("tap-duckdb", config)
    messages = map(json.loads, result.stdout.splitlines())
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    assert records == [
        {"user_id": 1, "movie_id": 3, "stars": 1e15},
        {"user_id": 2, "movie_id": 1, "stars": 3.5},
        {"user_id": 10, "movie_id": 1, "stars": None},
    ]


@pytest.fixture
def project(tmp_path):
    """A project with files to query."""
    root = tmp_path / "project"
    (root / "extract").mkdir(parents=True)
    (root / "extract" / "seen.jsonl").write_text(
        '{"id": 2, "tags": ["x"]}\n{"id": 1, "tags": []}\n'
    )
    duckdb.sql("SELECT 7 AS id").write_parquet(
        str(root / "extract" / "seven.parquet")
    )
    return root


def query(sql: str, **more):
    """Return settings with one query."""
    return {"queries": [{"name": "q", "sql": sql, **more}]}


def test_queries_read_json_lines_and_parquet(project, lake):
    sql = "FROM 'extract/seen.jsonl' -- a comment at the end"
    found = extracted(lake, query(sql, keys=["id"]), project)
    table, rows = found["q"]
    assert rows == "id,tags\n1,{}\n2,{x}\n"
    assert table.primary_key == ("id",)
    sql = "FROM 'extract/seven.parquet'"
    assert extracted(lake, query(sql), project)["q"][1] == "id\n7\n"


def test_a_query_has_parameters(database, project, lake):
    sql = "SELECT title FROM movies WHERE id < %(id)s AND title LIKE '%%a%%'"
    config = {
        **query(sql, parameters={"id": 3}),
        "database": str(database),
        "exclude": "bag,empty,ratings",
    }
    assert extracted(lake, config, project)["q"][1] == 'title\n"""a"", b"\n'


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 AS id; SELECT 2", "not one SELECT"),
        ("CREATE TABLE t AS SELECT 1", "not one SELECT"),
        ("COPY (SELECT 1) TO 'extract/x.csv'", "not one SELECT"),
        ("SELECT nope FROM 'extract/seen.jsonl'", "nope"),
        ("FROM read_text('/etc/passwd')", "/etc/passwd"),
        ("FROM read_text('extract/../../secret.txt')", "secret"),
        ("FROM read_text('../secret.txt')", "secret"),
        ("FROM read_text('extract/link.txt')", "link"),
        ("FROM 'http://localhost:1/x.parquet'", "http"),
        ("SELECT 'POINT (1 2)'::GEOMETRY AS place", "'place' (GEOMETRY)"),
        ("SELECT 'a' || chr(0) AS text", "column text: a NUL"),
    ],
)
def test_what_a_query_must_not_do_is_refused(
    project, lake, monkeypatch, sql, said
):
    secret = project.parent / "secret.txt"
    secret.write_text("hidden words")
    (project / "extract" / "link.txt").symlink_to(secret)
    monkeypatch.chdir(project)
    with (
        pytest.raises(DaybookError) as refusal,
        open_database(
            None,
            memory="100MB",
            spill=None,
            folders=[lake, project / "extract"],
            root=project,
        ) as connection,
    ):
        asked = parse_queries(query(sql)["queries"])
        (found,) = queries.describe(connection, asked)
        with reading("the query"):
            connection.execute(rows_of(found)).fetchall()
    assert said in str(refusal.value)
    assert "hidden words" not in str(refusal.value)


def test_a_link_to_a_folder_is_refused(project, lake):
    (project / "extract" / "up").symlink_to("..")
    sql = "FROM read_text('extract/up/../secret.txt')"
    assert "symbolic link" in refused(lake, query(sql), project)


def test_a_key_that_is_none_is_refused(project, lake):
    sql = "SELECT 1 AS id UNION ALL SELECT 1"
    assert "'1'" in refused(lake, query(sql, keys=["id"]), project)


def test_a_file_that_is_no_database_is_refused(tmp_path, lake):
    path = tmp_path / "no.duckdb"
    path.write_text("words " * 1000)
    assert "no.duckdb" in refused(lake, {"database": str(path)})
    assert "is not there" in refused(lake, {"database": str(path) + "x"})


def test_a_database_that_is_being_written_is_waited_for(tmp_path, lake):
    path = tmp_path / "busy.duckdb"
    with duckdb.connect(str(path)):
        tap, _ = extract(lake, {"database": str(path)})
    assert tap.returncode == 1
    assert "is being written to" in tap.stderr


def test_nothing_to_read_is_said_with_an_example(lake):
    said = refused(lake, {})
    assert "TAP_DUCKDB_DATABASE" in said
    assert "dbt:build tap-duckdb target-csv" in said


@pytest.mark.long
def test_memory_stays_small_however_many_rows_there_are(tmp_path, lake):
    path = tmp_path / "large.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT (i * 7919) % 10000019 AS id, "
            "md5(i::VARCHAR) AS text FROM range(5000000) AS r(i)"
        )
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "database": str(path),
                "spool": str(lake),
                "handover": "files",
                "memory": "128MB",
            }
        )
    )
    command = [str(harness.BIN / "tap-duckdb"), "--config", str(config)]
    output, peak = harness.peak_memory(command)
    assert '"rows":5000000' in output
    assert peak < 300_000_000


@pytest.mark.long
def test_rows_that_are_too_wide_to_be_sorted_at_once(tmp_path, lake):
    path = tmp_path / "wide.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE t (a TEXT, b INT, text TEXT, PRIMARY KEY (a, b))"
        )
        connection.execute(
            "INSERT INTO t SELECT CASE WHEN i % 3 = 0 THEN 'é\n' ELSE 'x' "
            "END, (i * 7919) % 100003, repeat(md5(i::VARCHAR), 50) "
            "FROM range(100000) AS r(i)"
        )
    settings = {"database": str(path)}
    tap, target = extract(lake, settings | {"memory": "90MB"})
    assert (tap.returncode, target.returncode) == (0, 0), tap.stderr
    assert "too wide to be sorted at once" in tap.stderr
    tap, target = extract(lake, settings | {"memory": "1GB"})
    assert "too wide" not in tap.stderr
    assert "100,000 rows" in tap.stderr
    assert "unchanged" in target.stderr
