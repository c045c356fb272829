"""Servers that vanish, disks that are full, files that are in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import harness
from days import publish_day, table
from meltano import Meltano, files_of, litter_of

DAY = "2024-12-20"
SLOW = (
    "CREATE VIEW slow AS SELECT i, repeat('x', 2000) AS s,"
    " pg_sleep(0.01)::text FROM generate_series(1, 3000) AS i"
)
COPYING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND query LIKE 'COPY%' AND state = 'active'"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def source_config(url: str, lake: Path, **more: object) -> dict[str, object]:
    return {"url": url, "spool": str(lake), "handover": "files", **more}


def lake_config(lake: Path, source: str = "postgres") -> dict[str, object]:
    return {"lake": str(lake), "source": source, "day": DAY}


def extract(
    url: str, lake: Path, **more: object
) -> tuple[harness.Result, harness.Result]:
    tap = source_config(url, lake, **more)
    return harness.pipe("tap-postgres", tap, "target-csv", lake_config(lake))


def load(url: str, lake: Path, **more: object) -> harness.Result:
    tap = {"lake": str(lake), "sources": "postgres", "day": DAY}
    target = {"url": url, **more}
    handed = tap | {"handover": "files", "spool": str(lake)}
    return harness.pipe("tap-csv", handed, "target-postgres", target)[1]


def check_said(result: harness.Result, code: int, *words: str) -> None:
    """Check exit code, reason and instruction; no traceback, no noise."""
    assert result.returncode == code, result.stderr
    for word in words:
        assert word in result.stderr
    assert "ERROR   -> " in result.stderr
    assert "Traceback" not in result.stderr
    assert "ResourceWarning" not in result.stderr


@pytest.fixture
def published(lake: Path, source_url: str) -> dict[str, bytes]:
    """The files of a day of a small table."""
    harness.sql(source_url, "CREATE TABLE small (id int PRIMARY KEY)")
    harness.sql(source_url, "INSERT INTO small VALUES (1)")
    ends = extract(source_url, lake)
    assert [end.returncode for end in ends] == [0, 0], ends
    return files_of(lake)


def test_a_source_that_vanishes_mid_copy_leaves_the_old_day(
    lake: Path, source_url: str, published: dict[str, bytes]
) -> None:
    harness.sql(source_url, SLOW)
    harness.sql(source_url, "INSERT INTO small VALUES (2)")
    tap = source_config(source_url, lake, tables="small,slow")
    target = lake_config(lake)
    with harness.start_pipe("tap-postgres", tap, "target-csv", target) as both:
        while not (copying := harness.sql(source_url, COPYING)):
            time.sleep(0.02)
        for (pid,) in copying:
            harness.sql(source_url, f"SELECT pg_terminate_backend({pid})")
        one, other = both.wait()
    check_said(one, 1, "public.slow", "Run the same command again")
    check_said(other, 1, "receipt is missing", "Nothing was changed")
    assert files_of(lake) == published
    assert litter_of(lake) == []


def test_a_warehouse_that_vanishes_mid_load_changes_nothing(
    lake: Path,
    server_url: str,
    warehouse_url: str,
    published: dict[str, bytes],
) -> None:
    assert published
    result = load(warehouse_url, lake)
    assert result.returncode == 0, result.stderr
    name = warehouse_url.rsplit("/", 1)[1]
    harness.sql(
        warehouse_url,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid());"
        " RETURN NULL; END';"
        "DELETE FROM small;"
        "CREATE TRIGGER die AFTER INSERT ON small EXECUTE FUNCTION die()",
    )
    check_said(load(warehouse_url, lake), 1, "Nothing was changed")
    assert harness.sql(warehouse_url, "SELECT * FROM small") == []
    sessions = (
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE datname = '{name}' AND application_name LIKE 'daybook%'"
    )
    assert harness.sql(server_url, sessions) == [(0,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ["-o", "size=1m", "tmpfs", str(folder)]
    mount = shutil.which("mount") or "mount"
    made = os.geteuid() == 0 and subprocess.run(
        [mount, "-t", "tmpfs", *options], check=False
    )
    if not made or made.returncode:
        pytest.skip("mounting a tmpfs takes root and its rights")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.long
@pytest.mark.parametrize("handover", ["files", "records"])
def test_a_full_disk_leaves_the_old_day(
    small_disk: Path, source_url: str, handover: str
) -> None:
    harness.sql(source_url, "CREATE TABLE big (id int PRIMARY KEY, s text)")
    harness.sql(source_url, "INSERT INTO big VALUES (1, 'a')")
    ends = extract(source_url, small_disk)
    assert [end.returncode for end in ends] == [0, 0], ends
    before = files_of(small_disk)
    harness.sql(
        source_url,
        "INSERT INTO big SELECT i, repeat('x', 1000)"
        " FROM generate_series(2, 3000) AS i",
    )
    tap, target = extract(source_url, small_disk, handover=handover)
    fails = tap if handover == "files" else target
    check_said(fails, 1, "Writing ", "public-big", "No space left")
    assert target.returncode == 1
    assert files_of(small_disk) == before
    assert litter_of(small_disk) == []


def test_a_read_only_lake_can_be_loaded_but_not_written(
    small_disk: Path, source_url: str, warehouse_url: str
) -> None:
    harness.sql(source_url, "CREATE TABLE t (id int PRIMARY KEY)")
    extract(source_url, small_disk)
    before = files_of(small_disk)
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    for end in extract(source_url, small_disk):
        check_said(end, 1, "Read-only file system")
    assert load(warehouse_url, small_disk).returncode == 0
    assert harness.sql(warehouse_url, TABLES) == [(1,)]
    assert files_of(small_disk) == before


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def edited(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1", b"2"))


FILE, MANIFEST = "table=*/*.csv", "datapackage.json"


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        (a_folder, FILE),
        (a_link, FILE),
        (edited, FILE),
        (a_folder, MANIFEST),
        (a_link, MANIFEST),
        (halved, MANIFEST),
    ],
)
def test_a_damaged_day_is_not_loaded_and_the_mend_is_named(
    lake: Path,
    warehouse_url: str,
    published: dict[str, bytes],
    fault: Callable[[Path], None],
    pattern: str,
) -> None:
    assert published
    (path,) = lake.glob(f"source=postgres/extracted_at={DAY}/{pattern}")
    fault(path)
    tap = {"lake": str(lake), "sources": "postgres", "day": DAY}
    handed = tap | {"handover": "files", "spool": str(lake)}
    target = {"url": warehouse_url}
    ends = harness.pipe("tap-csv", handed, "target-postgres", target)
    assert ends[1].returncode != 0
    said = "".join(end.stderr for end in ends)
    if pattern == FILE:
        assert path.name in said
    assert (
        "MELTANO_ENVIRONMENT=extract SOURCE=postgres "
        f"DATESTAMP={DAY} meltano run extract_postgres"
    ) in said
    assert "Traceback" not in said
    assert harness.sql(warehouse_url, TABLES) == [(0,)]


@pytest.mark.long
@pytest.mark.parametrize("pattern", [FILE, MANIFEST])
def test_a_folder_in_a_files_place_is_named_and_kept(
    lake: Path, source_url: str, published: dict[str, bytes], pattern: str
) -> None:
    (path,) = lake.glob(f"source=postgres/extracted_at={DAY}/{pattern}")
    path.unlink()
    path.mkdir()
    (path / "precious").touch()
    _, target = extract(source_url, lake)
    check_said(target, 2, f"{path} is a folder", "Move it away")
    (path / "precious").unlink()
    path.rmdir()
    assert [end.returncode for end in extract(source_url, lake)] == [0, 0]
    assert files_of(lake).keys() == published.keys()
    assert litter_of(lake) == []


def test_a_warehouse_that_is_the_source_is_refused(
    lake: Path, source_url: str, published: dict[str, bytes]
) -> None:
    assert published
    check_said(load(source_url, lake), 2, "public.small", "WAREHOUSE_URL")
    assert harness.sql(source_url, "SELECT * FROM small") == [(1,)]
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'daybook'"
    assert harness.sql(source_url, schemas) == [(0,)]


@pytest.mark.parametrize(
    "schema",
    ["pg_catalog", "daybook", "x" * 64],
)
def test_a_schema_that_is_none_of_the_users_is_refused(
    lake: Path, warehouse_url: str, schema: str
) -> None:
    rows = [("1",)]
    of_one = table("t", [("id", "integer")], ["id"])
    publish_day(lake, "postgres", DAY, [(of_one, rows)])
    result = load(warehouse_url, lake, schema=schema)
    check_said(result, 2, f"SCHEMA is '{schema}'", "SCHEMA=public")
    tables = "SELECT count(*) FROM pg_tables WHERE tablename = 't'"
    assert harness.sql(warehouse_url, tables) == [(0,)]


@pytest.mark.parametrize("source", ["../x", "..", "😀/it's $HOME", "x" * 300])
def test_a_hostile_source_stays_inside_the_lake(
    tmp_path: Path, lake: Path, source_url: str, source: str
) -> None:
    harness.sql(source_url, "CREATE TABLE t (id int)")
    tap = source_config(source_url, lake)
    target = lake_config(lake, source)
    ends = harness.pipe("tap-postgres", tap, "target-csv", target)
    assert [end.returncode for end in ends] == [0, 0], ends
    assert len(files_of(lake)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


@pytest.mark.parametrize("source", ["", " ", "\x1b[31m\n"])
def test_a_source_without_a_printable_name_is_refused(
    lake: Path, source: str
) -> None:
    result = harness.run_target("target-csv", lake_config(lake, source), "")
    check_said(result, 2, "SOURCE", "MELTANO_ENVIRONMENT=extract")
    assert list(lake.iterdir()) == []


@pytest.mark.long
def test_two_runs_of_one_day_the_second_names_the_first(
    lake: Path, source_url: str
) -> None:
    harness.sql(source_url, SLOW)
    shell = Meltano(
        {
            "LAKE_ROOT": str(lake),
            "NORTHWIND_URL": source_url,
            "TAP_POSTGRES_TABLES": "slow",
            "SOURCE": "postgres",
            "DATESTAMP": DAY,
        }
    )
    first = shell.start("extract_postgres", MELTANO_ENVIRONMENT="extract")
    with first:
        while not harness.sql(source_url, COPYING):
            time.sleep(0.05)
        second = shell.extract("extract_postgres")
        first.terminate()
        first.communicate(timeout=harness.TIMEOUT_SECONDS)
    assert second.returncode == 1
    assert "is being written by target-csv (process " in second.stderr
    assert "Traceback" not in second.stderr
    assert files_of(lake) == {}


def test_an_error_that_nobody_thought_of_is_said(tmp_path: Path) -> None:
    program = tmp_path / "tap.py"
    program.write_text(
        "from daybook.csv.tap import TapCsv\n"
        "from daybook.singer import run\n"
        "class Broken(TapCsv):\n"
        "    def discover_streams(self):\n"
        "        return [1 // 0]\n"
        "run.run(Broken)\n"
    )
    result = subprocess.run(
        [harness.BIN / "python", program, "--discover"],
        env=harness.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    check_said(result, 1, "ZeroDivisionError", "LOGLEVEL=DEBUG")
