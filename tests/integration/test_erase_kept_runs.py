"""People are erased from what Meltano, Airflow and servers have said."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from daybook.erasure import databases, logs
from daybook.erasure.clear import Clear
from daybook.erasure.found import Found
from daybook.erasure.kept import Database
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.rows import Value
from daybook.erasure.subjects import Subjects
from daybook.lake import staging

OF = Pseudonyms(b"k" * 32)
ID, MAIL, STREET = "00042", "anna.o'neil@example.org", "High Street 12a"
NEW = OF.of("email", MAIL)
PEOPLE = Clear(
    Subjects(
        OF, frozenset([OF.digest("subject", ID), OF.digest("email", MAIL)])
    ),
    [[Value("subject", ID), Value("email", MAIL), Value("address", STREET)]],
)
SAID = f"the row of {MAIL} at {STREET}"


@pytest.fixture
def project(tmp_path: Path) -> logs.Project:
    root, home = tmp_path / "project", tmp_path / "home"
    (root / "output").mkdir(parents=True)
    (root / ".meltano").mkdir()
    home.mkdir()
    return logs.Project(root, root / "output", {"HOME": str(home)})


def sqlite(path: Path, *statements: str) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as session:
        for statement in statements:
            session.execute(statement)
        session.commit()
    return Database("a database", f"sqlite:///{path}")


@pytest.fixture
def runs(tmp_path: Path) -> Database:
    body = json.dumps({"error": SAID}).replace("'", "''")
    return sqlite(
        tmp_path / "m.db",
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, payload VARCHAR, n INT)",
        f"INSERT INTO runs VALUES (7, '{body}', 1), (8, '{{}}', 2)",
        'CREATE TABLE "a ""b" (data BLOB, "c d" TEXT)',
        f"""INSERT INTO "a ""b" VALUES (CAST('{body}' AS BLOB), 'x')""",
    )


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    path = database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as session:
        return session.execute(query).fetchall()


def test_texts_in_sqlite_get_pseudonyms(runs: Database) -> None:
    found = databases.erase(runs, PEOPLE)
    assert [(one.where, one.rows) for one in found] == [
        ('a database: a "b', 1),
        ("a database: runs", 1),
    ]
    payload = rows(runs, "SELECT * FROM runs")
    assert payload[1] == (8, "{}", 2)
    said = json.loads(str(payload[0][1]))["error"]
    assert said == f"the row of {NEW} at {OF.of('address', STREET)}"


def test_nothing_moves_in_the_blobs_of_sqlite(runs: Database) -> None:
    before = rows(runs, """SELECT length(data) FROM "a ""b" """)
    databases.erase(runs, PEOPLE)
    assert rows(runs, """SELECT length(data) FROM "a ""b" """) == before


def test_the_file_of_sqlite_holds_nothing_any_more(runs: Database) -> None:
    databases.erase(runs, PEOPLE)
    assert databases.search(runs, PEOPLE) == []
    for path in Path(runs.url.removeprefix("sqlite:///")).parent.iterdir():
        assert b"High Street" not in path.read_bytes()


def test_searching_changes_nothing(runs: Database) -> None:
    path = Path(runs.url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    assert len(databases.search(runs, PEOPLE)) == 2
    assert path.read_bytes() == before


def test_searching_leaves_no_log_of_writes(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    database = sqlite(path, "PRAGMA journal_mode = wal", "CREATE TABLE t (a)")
    assert databases.search(database, PEOPLE) == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_locked_database_is_told(
    runs: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_PATIENCE_SECONDS", 0.1)
    path = runs.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        (found,) = databases.erase(runs, PEOPLE)
    assert "locked" in (found.problem or "")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text(SAID * 100)
    (found,) = databases.search(
        Database("it", f"sqlite:///{tmp_path}/x.db"), PEOPLE
    )
    assert "not a database" in (found.problem or "")


def test_a_database_that_is_not_there_holds_nobody(tmp_path: Path) -> None:
    database = Database("it", f"sqlite:///{tmp_path}/none.db")
    assert databases.search(database, PEOPLE) == []
    assert not (tmp_path / "none.db").exists()


def test_a_server_that_does_not_answer_is_told() -> None:
    url = "postgresql+psycopg://a:secret@127.0.0.1:1/airflow"
    (found,) = databases.search(Database("Airflow's database", url), PEOPLE)
    assert "cannot be read" in (found.problem or "")
    assert "secret" not in (found.problem or "")


@pytest.fixture
def airflow(warehouse_url: str) -> Iterator[tuple[Database, str]]:
    with psycopg.connect(warehouse_url, autocommit=True) as session:
        session.execute("CREATE SCHEMA af")
        session.execute(
            "CREATE TABLE af.xcom (id int PRIMARY KEY, value jsonb, "
            "conf json, raw bytea, note varchar(60), at timestamptz)"
        )
        body = json.dumps({"mail": MAIL, "phone": 1})
        for number, text in ((1, body), (2, '{"mail": "b@example.org"}')):
            session.execute(
                "INSERT INTO af.xcom VALUES (%s, %s, %s, %s, %s, now())",
                [
                    number,
                    text,
                    text,
                    text.encode(),
                    SAID if number < 2 else "",
                ],
            )
    scheme, _, rest = warehouse_url.partition("://")
    url = f"{scheme}+psycopg://{rest}"
    yield Database("Airflow's database", url), warehouse_url


def test_texts_in_postgresql_get_pseudonyms(
    airflow: tuple[Database, str],
) -> None:
    database, url = airflow
    assert databases.search(database, PEOPLE) == [
        Found("Airflow's database: xcom", 1)
    ]
    databases.erase(database, PEOPLE)
    assert databases.search(database, PEOPLE) == []
    with psycopg.connect(url) as session:
        one = session.execute(
            "SELECT value, conf, note, length(raw) FROM af.xcom WHERE id = 1"
        ).fetchone()
    assert one is not None
    assert one[0] == one[1] == {"mail": NEW, "phone": 1}
    assert len(one[2]) <= 60
    assert one[3] == len(json.dumps({"mail": MAIL, "phone": 1}))


def test_other_rows_in_postgresql_stay(airflow: tuple[Database, str]) -> None:
    database, url = airflow
    query = "SELECT ctid, xmin, * FROM af.xcom WHERE id = 2"
    with psycopg.connect(url, autocommit=True) as session:
        before = session.execute(query).fetchall()
        databases.erase(database, PEOPLE)
        assert session.execute(query).fetchall() == before


def test_what_postgresql_refuses_is_told_without_the_row(
    airflow: tuple[Database, str],
) -> None:
    database, url = airflow
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("ALTER TABLE af.xcom ADD CHECK (note ~ 'High|^$')")
    (found,) = databases.erase(database, PEOPLE)
    assert "check constraint" in (found.problem or "")
    assert "{" not in (found.problem or "")


PLACES = [
    ".meltano/logs/elt/x/run.log",
    ".meltano/run/elt/x.log",
    ".services/pipelines/retail.log",
    ".services/postgres/data/server.log",
    ".services/mariadb/server.log",
    ".services/neo4j/server/logs/query.log.1",
    ".services/airflow/logs/dag_id=retail/run_id=1/task_id=a/attempt=1.log",
    "notebook/executed.ipynb",
    "notebook/executed.html",
    "transform/target/run_results.json",
    "transform/target/logs/dbt.log",
    "logs/dbt.log",
    "result.csv",
    "output/evidence-2020-01-01.csv",
    "output/summary/retail/2020-01-01.json",
    "../home/.local/state/meltano/log/elt/x/elt.log",
]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_looked_at(project: logs.Project, place: str) -> None:
    path = project.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SAID)
    assert [one.rows for one in logs.search(project, PEOPLE)] == [2]
    assert [one.rows for one in logs.erase(project, PEOPLE)] == [2]
    assert logs.search(project, PEOPLE) == []
    assert "example.org" not in path.read_text()


@pytest.mark.parametrize(
    "place",
    [
        "output/source=a/extracted_at=2020-01-01/table=t/x.csv",
        "output/.erasure/reports/x.json",
        "extract/retail/x.json",
        ".services/postgres/data/base/1",
        ".services/neo4j/server/data/databases/x.log",
        ".venv/lib/x.py",
    ],
)
def test_places_that_others_erase_are_left_to_them(
    project: logs.Project, place: str
) -> None:
    path = project.root / place
    path.parent.mkdir(parents=True)
    path.write_text(SAID)
    assert logs.erase(project, PEOPLE) == []
    assert path.read_text() == SAID


def test_links_are_not_followed(project: logs.Project) -> None:
    other = project.root.parent / "other.txt"
    other.write_text(SAID)
    (project.root / "notebook").mkdir()
    (project.root / "notebook/link.txt").symlink_to(other)
    (project.root / "notebook/folder").symlink_to(project.root.parent)
    logs.erase(project, PEOPLE)
    assert other.read_text() == SAID


def test_the_databases_of_a_project_are_found(project: logs.Project) -> None:
    home = project.root / ".services/airflow"
    home.mkdir(parents=True)
    (home / "airflow.cfg").write_text(
        "[database]\nsql_alchemy_conn = postgresql+psycopg://a:%b@h/airflow\n"
        "[logging]\nsimple_log_format = %%(asctime)s\n"
    )
    urls = {one.url for one in logs.kept_runs(project)}
    assert urls == {
        f"sqlite:///{project.root}/.meltano/meltano.db",
        f"sqlite:///{home}/airflow.db",
        "postgresql+psycopg://a:%b@h/airflow",
    }


WITHHELD = "airflow-db-not-allowed:///"
NAMED = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@pytest.mark.parametrize(
    ("env", "configured", "wanted"),
    [
        ({NAMED: WITHHELD}, "postgresql://h/configured", True),
        ({NAMED: WITHHELD}, "sqlite:////nowhere/airflow.db", False),
        (
            {NAMED: WITHHELD, "DAYBOOK_AIRFLOW_DATABASE": "postgresql://h/b"},
            "postgresql://h/configured",
            False,
        ),
    ],
)
def test_a_task_finds_the_database_that_airflow_hides(
    project: logs.Project, env: dict[str, str], configured: str, wanted: bool
) -> None:
    home = project.root / ".services/airflow"
    home.mkdir(parents=True)
    (home / "airflow.cfg").write_text(
        f"[database]\nsql_alchemy_conn = {configured}\n"
    )
    found = logs.kept_runs(replace(project, env={**project.env, **env}))
    urls = {one.url for one in found}
    told = env.get("DAYBOOK_AIRFLOW_DATABASE", WITHHELD)
    assert (configured in urls, told in urls) == (wanted, not wanted)


def test_a_database_that_stays_hidden_is_told() -> None:
    (found,) = databases.search(Database("a database", WITHHELD), PEOPLE)
    assert "DAYBOOK_AIRFLOW_DATABASE" in (found.problem or "")


def test_runs_that_meltano_keeps_are_erased(project: logs.Project) -> None:
    said = SAID.replace("'", "''")
    sqlite(
        project.root / ".meltano/meltano.db",
        "CREATE TABLE runs (payload VARCHAR)",
        f"INSERT INTO runs VALUES ('{said}')",
    )
    assert logs.erase(project, PEOPLE) == [
        Found("Meltano's database: runs", 1)
    ]
    assert logs.search(project, PEOPLE) == []


def test_work_of_a_run_is_told_and_left(project: logs.Project) -> None:
    held = staging.hold(project.lake, "")
    (held.path / "a.csv").write_text(SAID)
    (found,) = logs.erase(project, PEOPLE)
    assert (held.path / "a.csv").read_text() == SAID
    assert "a run is at work" in (found.problem or "")
    held.discard()


def test_a_file_of_failures_is_looked_at(project: logs.Project) -> None:
    told = project.root.parent / "failures.jsonl"
    told.write_text(json.dumps({"reason": SAID}))
    env = {**project.env, "DAYBOOK_FAILURES": str(told)}
    logs.erase(replace(project, env=env), PEOPLE)
    assert json.loads(told.read_text())["reason"].startswith("the row of o")
    assert "High" not in told.read_text()


@pytest.mark.parametrize("is_idle", [True, False])
def test_temporary_folders_of_killed_runs_go(
    project: logs.Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_idle: bool,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder, other = tmp_path / "tap-csv-a1b2c3d4", tmp_path / "daybook-tests-1"
    for one in (folder, other):
        one.mkdir()
        path = one / "rows.csv"
        path.write_text(SAID)
        os.utime(path, (1, 1 if is_idle else time.time()))
        os.utime(one, (1, 1))
    logs.erase(project, PEOPLE)
    assert folder.exists() == (not is_idle)
    assert (other / "rows.csv").exists()


def test_new_files_of_an_erasure_that_was_killed_go(
    project: logs.Project,
) -> None:
    path = project.root / "notebook/.daybook-erasing-1"
    path.parent.mkdir()
    path.write_text(SAID)
    logs.erase(project, PEOPLE)
    assert not path.exists()
