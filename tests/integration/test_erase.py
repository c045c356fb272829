"""`daybook erase` over days and delivered files, as users run it."""

from __future__ import annotations

import dataclasses
import gzip
import json
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import harness
from daybook.day import Day
from daybook.lake import partition
from daybook.personal import Personal
from daybook.table import Column, Table
from lake_days import DAY, contents, litter, messages, publish_day

KEY = "a key of the tests, and of nothing else"
ENV = {
    "DAYBOOK_ERASURE_KEY": KEY,
    # Else the logs of all that this user ever ran are searched.
    "XDG_STATE_HOME": "/nonexistent",
}
LATER = Day.parse("2024-12-21")
FIELDS = (
    ("customer-id", "asked"),
    ("email", "email"),
    ("id", "subject"),
    ("name", "name"),
)
CUSTOMERS = Table(
    "",
    "customers",
    (
        Column("id", "text", nullable=False, personal=Personal("subject")),
        Column("name", "text", personal=Personal("name")),
        Column("email", "text", personal=Personal("email")),
        Column("likes", "text"),
    ),
    ("id",),
)
LINES = Table(
    "",
    "lines",
    (
        Column("line", "bigint", nullable=False),
        Column("text", "text", personal=Personal("", FIELDS)),
    ),
    ("line",),
)
ROWS = [
    ("007", "Jane", "jane@b.c", "Jane's tea"),
    ("7", "Jane", "joe@b.c", None),
    ("8", None, None, ""),
]
JANE = '{"id": "007", "name": "Jane", "email": "jane@old.c"}'
HALF = '{"id": "9", "name": "Joe", "mail": "<jane@b.c>, "na'
OTHER = '{"id":  "7", "name": "Jane"}'
CLEAR = (b"jane@b.c", b"jane@old.c")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two days, and a delivered file."""
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    lines = list(enumerate((JANE, OTHER, HALF), 1))
    texts = [(str(number), text) for number, text in lines]
    for day in (DAY, LATER):
        publish_day(lake, {CUSTOMERS: ROWS, LINES: texts}, day=day)
    delivered = tmp_path / "extract" / "shop" / "customers.json.gz"
    delivered.parent.mkdir(parents=True)
    delivered.write_bytes(gzip.compress(f"{OTHER}\n{JANE}\n".encode()))
    request = delivered.with_name("erasure-requests.json")
    request.write_text('{"email": "jane@b.c"}\n')
    return tmp_path


def publish_again(
    project: Path,
    said: str,
    env: Mapping[str, str] = ENV,
    source: str = "csv",
) -> harness.Result:
    """Let target-csv publish a day of what a tap says."""
    config = {"lake": str(project / "output"), "day": str(DAY)}
    return harness.run_target(
        "target-csv", config | {"source": source}, said, env
    )


def erase(project: Path, *words: str, stdin: str = "") -> harness.Result:
    """Run the command; requests come from standard input."""
    if stdin:
        words = ("--requests", "-", *words)
    return harness.run_daybook(
        "erase", *words, cwd=project, env=ENV, stdin=stdin
    )


def report(project: Path, *words: str, stdin: str = "") -> Any:
    """Return what the command prints as JSON."""
    done = erase(project, "--json", *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def everything(project: Path) -> bytes:
    """Return all bytes of the project, unpacked."""
    return b"\n".join(
        gzip.decompress(path.read_bytes())
        if path.suffix == ".gz"
        else path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    )


def rows_of(project: Path, table: Table, day: Day = DAY) -> list[str]:
    """Return a table's rows as they are written."""
    lake = project / "output"
    file = partition.open_day(lake, "csv", day).file(table.stream)
    assert file
    path = partition.folder(lake, "csv", day) / file.path
    return path.read_text().splitlines()[1:]


def test_a_person_is_erased_from_all_days_and_files(project):
    found = report(project, stdin='{"customer-id": "007"}\n')
    assert {one["where"]: one["rows"] for one in found["found"]} == {
        "csv on 2024-12-20: customers": 1,
        "csv on 2024-12-20: lines": 2,
        "csv on 2024-12-21: customers": 1,
        "csv on 2024-12-21: lines": 2,
        "extract/shop/customers.json.gz": 1,
        "extract/shop/erasure-requests.json": 1,
    }
    assert found["left"] == []
    assert not any(value in everything(project) for value in CLEAR)


def test_others_rows_stay_byte_for_byte(project):
    before = rows_of(project, CUSTOMERS)
    erase(project, stdin='{"customer-id": "007"}\n')
    after = rows_of(project, CUSTOMERS)
    assert after[1:] == before[1:]
    assert after[0].startswith("007,")
    assert after[0].endswith(",Jane's tea")
    data = project / "extract" / "shop" / "customers.json.gz"
    assert gzip.decompress(data.read_bytes()).startswith(OTHER.encode())


def test_days_are_whole_and_say_that_people_were_erased(project):
    erase(project, stdin='{"customer-id": "007"}\n')
    verified = harness.run_daybook("verify", cwd=project)
    assert verified.returncode == 0, verified.stdout
    manifest = partition.open_day(project / "output", "csv", DAY)
    assert manifest.erased
    assert manifest.erased.rows == 3
    assert litter(project / "output") == []


def test_what_was_said_of_a_person_is_erased(project):
    log = project / "logs" / "run.log"
    log.parent.mkdir()
    log.write_text(
        "row 1: 007, Jane, wrote to JANE\\u0040b.c\n"
        "row 2: 7, Jane, wrote to joe@b.c\n"
    )
    found = report(project, stdin='{"customer-id": "007"}\n')
    assert {one["where"]: one["rows"] for one in found["found"]}[
        "logs/run.log"
    ] == 2
    first, second = log.read_text().splitlines()
    assert "Jane" not in first
    assert "b.c" not in first
    assert second == "row 2: 7, Jane, wrote to joe@b.c"


def test_tables_keep_the_values_by_which_the_rest_is_found(project):
    log = project / "logs" / "old.log.gz"
    log.parent.mkdir()
    whole = gzip.compress(b"row 1: Jane <jane@b.c>")
    log.write_bytes(whole[:-9])
    before = contents(project / "output" / "source=csv")
    done = erase(project, stdin='{"customer-id": "007"}\n')
    assert done.returncode == 1
    assert "logs/old.log.gz (it cannot be read" in done.stderr
    assert contents(project / "output" / "source=csv") == before
    log.write_bytes(whole)
    assert erase(project).returncode == 0
    assert b"Jane" not in gzip.decompress(log.read_bytes())


def test_files_of_runs_that_were_killed_go(project):
    place = partition.folder(project / "output", "csv", DAY)
    other = partition.folder(project / "output", "new", DAY)
    for folder in (place, other):
        older = folder / "table=customers" / f"{'0' * 32}.csv"
        older.parent.mkdir(parents=True, exist_ok=True)
        older.write_text("id,name\n007,Jane\n")
    assert erase(project, stdin='{"customer-id": "007"}\n').returncode == 0
    assert not list((project / "output").glob(f"**/{'0' * 32}.csv"))
    assert not other.exists()


def test_the_second_time_nothing_changes(project):
    erase(project, stdin='{"customer-id": "007"}\n')
    before = contents(project / "output")
    again = report(project, stdin='{"email": "Jane@B.C"}\n')
    assert again["found"] == []
    assert again["resolved"]["unknown"] == 0
    assert again["resolved"]["again"] == 1
    assert contents(project / "output") == before


def test_a_dry_run_says_where_and_changes_nothing(project):
    before = everything(project)
    found = report(project, "--dry-run", stdin='{"email": "jane@old.c"}\n')
    assert sum(one["rows"] for one in found["found"]) == 8
    assert everything(project) == before


def test_the_unknown_are_erased_when_they_come(project):
    found = report(project, stdin='{"email": "new@b.c"}\n')
    assert found["resolved"]["unknown"] == 1
    rows = [*ROWS, ("10", "Neo", "New@b.c ", None)]
    said = messages(project / "tap", {CUSTOMERS: rows})
    target = publish_again(project, said, source="other")
    assert target.returncode == 0, target.stderr
    assert "1 row of people who were erased came again" in target.stderr
    written = (project / "output").glob("source=other/*/*/*.csv")
    text = "".join(path.read_text() for path in written)
    assert "New@b.c" not in text
    assert "Neo" not in text
    assert "10," in text
    assert "jane@b.c" in text


@pytest.mark.parametrize("env", [{}, {"DAYBOOK_ERASURE_KEY": "x" * 32}])
def test_nothing_is_published_without_the_lists_key(project, env):
    erase(project, stdin='{"email": "new@b.c"}\n')
    before = contents(project / "output")
    said = messages(project / "tap", {CUSTOMERS: ROWS})
    target = publish_again(project, said, env)
    assert target.returncode == 2
    assert "DAYBOOK_ERASURE_KEY" in target.stderr
    assert contents(project / "output") == before


def test_an_erased_day_that_comes_again_is_unchanged(project):
    erase(project, stdin='{"customer-id": "007"}\n')
    before = contents(project / "output")
    lines = list(enumerate((JANE, OTHER, HALF), 1))
    texts = [(str(number), text) for number, text in lines]
    said = messages(project / "tap", {CUSTOMERS: ROWS, LINES: texts})
    target = publish_again(project, said)
    assert "unchanged" in target.stderr
    assert contents(project / "output") == before


def test_an_erased_day_is_not_made_anew_without_the_list(project):
    erase(project, stdin='{"customer-id": "007"}\n')
    shutil.rmtree(project / "output" / ".erasure")
    before = contents(project / "output")
    said = messages(project / "tap", {CUSTOMERS: ROWS})
    target = publish_again(project, said)
    assert target.returncode == 2
    assert "suppressed.json is not there" in target.stderr
    assert "from a backup" in target.stderr
    assert contents(project / "output") == before


def test_without_requests_the_list_is_erased_again(project):
    erase(project, stdin='{"customer-id": "007"}\n')
    late = project / "extract" / "shop" / "late.json"
    late.write_text(JANE)
    assert [one["where"] for one in report(project)["found"]] == [
        "extract/shop/late.json"
    ]
    assert "Jane" not in late.read_text()


def test_the_report_names_nobody(project):
    erase(project, stdin='{"customer-id": "007", "email": "joe@b.c"}\n')
    (path,) = (project / "output" / ".erasure" / "reports").iterdir()
    text = path.read_text()
    assert json.loads(text)["resolved"]["disagreeing"] == 1
    assert not any(value in text for value in ("007", "@b.c", "Jane"))


def test_requests_may_stand_in_a_day_of_the_lake(project):
    asked = Table(
        "",
        "requests",
        (
            Column("who", "text", personal=Personal("asked")),
            Column("mail", "text", personal=Personal("email")),
        ),
    )
    rows = [(None, "jane@old.c"), ("99", None), (None, "")]
    publish_day(project / "output", {asked: rows}, source="shop")
    words = ("--day", str(DAY), "--from", "shop.requests")
    resolved = report(project, *words)["resolved"]
    assert (resolved["people"], resolved["unknown"]) == (1, 1)
    assert resolved["empty"] == 1
    again = report(project, *words)
    assert (again["resolved"]["again"], again["found"]) == (2, [])
    assert not any(value in everything(project) for value in CLEAR)


def test_files_that_links_lead_to_are_erased(project):
    disk = project / "disk"
    (project / "extract" / "shop").rename(disk)
    (project / "extract" / "shop").symlink_to(disk)
    report(project, stdin='{"customer-id": "007"}\n')
    assert not any(value in everything(project) for value in CLEAR)
    assert (project / "extract" / "shop").is_symlink()


def test_addresses_go_from_files_that_declare_nothing(tmp_path):
    (tmp_path / "meltano.yml").touch()
    path = tmp_path / "extract" / "list.csv"
    path.parent.mkdir()
    path.write_text("number,mail\n1,joe@b.c\n2,Jane@b.c\n")
    report(tmp_path, stdin='{"email": "jane@b.c"}\n')
    head, joe, jane = path.read_text().splitlines()
    assert (head, joe) == ("number,mail", "1,joe@b.c")
    assert jane.startswith("2,")
    assert jane.endswith("@erased.invalid")


def test_requests_may_come_packed(project):
    path = project / "requests.gz"
    path.write_bytes(gzip.compress(b'{"customer-id": "007"}\n'))
    found = report(project, "--requests", str(path))
    assert found["resolved"]["people"] == 1


def test_standard_input_may_begin_with_a_mark(project):
    found = report(project, stdin='\ufeff{"customer-id": "007"}\n')
    assert found["resolved"]["people"] == 1


@pytest.mark.parametrize("key", [None, "short"])
def test_without_a_key_nobody_is_erased(project, key):
    before = everything(project)
    done = harness.run_daybook(
        "erase",
        "--requests",
        "-",
        cwd=project,
        env=ENV | {"DAYBOOK_ERASURE_KEY": key},
        stdin='{"customer-id": "007"}\n',
    )
    assert done.returncode == 2
    assert "DAYBOOK_ERASURE_KEY" in done.stderr
    assert everything(project) == before


def test_a_malformed_request_erases_nobody(project):
    before = everything(project)
    done = erase(project, stdin='{"customer-id": "007"}\njane@b.c\n')
    assert done.returncode == 2
    assert "standard input, line 2" in done.stderr
    assert "jane" not in done.stderr
    (project / "output" / ".erasure" / "lock").unlink(missing_ok=True)
    assert everything(project).replace(b"\n", b"") == before.replace(
        b"\n", b""
    )


def test_the_day_of_another_run_is_waited_for(project):
    from daybook.lake.lock import day_lock

    with day_lock(project / "output", "csv", DAY, "another run"):
        done = erase(project, stdin='{"customer-id": "007"}\n')
    assert done.returncode == 1
    assert "another run" in done.stderr
    assert report(project)["left"] == []
    assert not any(value in everything(project) for value in CLEAR)


@pytest.mark.long
@pytest.mark.parametrize("round_", range(10))
def test_whenever_it_is_killed_the_next_run_ends_it(project, round_):
    many = dataclasses.replace(CUSTOMERS, name="many")
    rows = [(f"x{n}", "Jane", f"x{n}@b.c", None) for n in range(20_000)]
    for day in range(1, 6):
        publish_day(
            project / "output",
            {many: [*rows, ("007", "Jane", "jane@b.c", None)]},
            source="more",
            day=Day.parse(f"2024-11-0{day}"),
        )
    command = [str(harness.BIN / "daybook"), "erase", "--requests", "-"]
    started = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=project,
        env=harness.environment(ENV),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        assert running.stdin
        running.stdin.write(b'{"customer-id": "007"}\n')
        running.stdin.close()
        # What is asked for is on the list before anything is changed.
        listed = project / "output" / ".erasure" / "suppressed.json"
        while not listed.exists() and running.poll() is None:
            time.sleep(0.002)
        time.sleep(0.12 * round_)
        running.send_signal(signal.SIGKILL)
    assert time.monotonic() - started < harness.TIMEOUT_SECONDS
    verified = harness.run_daybook("verify", cwd=project)
    assert verified.returncode == 0, verified.stdout
    assert report(project)["left"] == []
    assert not any(value in everything(project) for value in CLEAR)
    assert not (project / "output" / ".erasure" / "journal.json").exists()


def test_who_was_asked_for_is_noted_before_anything_is_read(project):
    bad = project / "extract" / "bad" / "datapackage.json"
    bad.parent.mkdir()
    bad.write_text("{")
    assert erase(project, stdin='{"email": "jane@b.c"}\n').returncode == 2
    bad.unlink()
    assert report(project)["left"] == []
    assert not any(value in everything(project) for value in CLEAR)


def test_unfinished_work_is_removed(project):
    folder = project / "output" / ".staging" / "a-killed-run"
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text("jane@b.c")
    erase(project, stdin='{"customer-id": "007"}\n')
    assert not folder.exists()


def test_what_waits_to_be_published_is_told(project):
    config = {"lake": str(project / "output"), "source": "hub"}
    text = {"type": ["string", "null"]}
    schema = {
        "type": "SCHEMA",
        "stream": "customers",
        "schema": {"properties": {"id": text, "email": text}},
        "key_properties": ["id"],
    }
    row = {
        "type": "RECORD",
        "stream": "customers",
        "record": {"id": "007", "email": "jane@b.c"},
    }
    lines = [json.dumps(schema), json.dumps(row), ""]
    run = {"MELTANO_PARENT_CONTEXT_UUID": str(uuid.uuid4())}
    harness.run_target(
        "target-csv", config | {"day": str(DAY)}, "\n".join(lines), run
    )
    done = erase(project, stdin='{"customer-id": "007"}\n')
    assert done.returncode == 1
    assert "waits for `daybook publish`" in done.stderr
    assert not any(
        value in path.read_bytes()
        for path in (project / "output").glob("source=*/**/*.csv")
        for value in CLEAR
    )
