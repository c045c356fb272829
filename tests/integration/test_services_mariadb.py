"""The embedded MariaDB keeps its word through crashes and races."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pymysql
import pytest

import harness
from daybook.cli import project
from daybook.cli import services as cli
from daybook.cli.project import read_env
from daybook.errors import ConfigError, UnreachableError
from daybook.services import mariadb, mariadb_server, service

pytestmark = pytest.mark.usefixtures("mariadb_programs")


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A project's folder for a MariaDB of its own.

    One for all tests of a module, in order: a start takes seconds. Its
    path is longer than that of a socket may be.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"daybook's tests: {'x' * 100}"))
    (folder / "meltano.yml").write_text("plugins: {}\n")
    try:
        yield folder
    finally:
        mariadb.delete(folder)
        shutil.rmtree(folder)


def urls(root: Path) -> dict[str, str]:
    return dict(mariadb.up(root).urls)


def process(root: Path) -> psutil.Process:
    return psutil.Process(mariadb.up(root).pid)


def run(root: Path, *words: str, **env: str) -> harness.Result:
    return harness.run_daybook(*words, cwd=root, env=env)


def is_running(root: Path) -> bool:
    found = mariadb.status(root)
    assert found
    return found.is_running


def test_ups_at_once_start_one_server(root: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(mariadb.up, [root] * 3))
    assert len({one.pid for one in found}) == 1
    assert sorted(one.started for one in found) == [False, False, True]


def test_each_user_has_its_own_database_and_no_other(root: Path) -> None:
    movielens, people = urls(root).values()
    for url in (movielens, people):
        harness.mysql(url, "CREATE TABLE mine (id int)")
    with pytest.raises(pymysql.MySQLError, match="denied"):
        harness.mysql(movielens, "SELECT * FROM people.mine")
    seen = harness.mysql(people, "SHOW DATABASES")
    assert set(seen) == {("information_schema",), ("people",)}


@pytest.mark.parametrize("user", ["root", "movielens", "mariadb.sys", ""])
def test_nobody_gets_in_without_a_password(root: Path, user: str) -> None:
    port = mariadb.up(root).port
    with pytest.raises(pymysql.OperationalError, match="denied"):
        pymysql.connect(host="127.0.0.1", port=port, user=user)


def test_it_listens_on_loopback_only(root: Path) -> None:
    addresses = {
        (connection.family, connection.laddr.ip)
        for connection in process(root).net_connections("all")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {(socket.AF_INET, service.LOOPBACK)}
    assert process(root).net_connections("unix") == []


def test_it_is_alone_in_its_process_group(root: Path) -> None:
    pid = process(root).pid
    assert os.getpgid(pid) == os.getsid(pid) == pid


def test_its_files_are_for_its_user_only(root: Path) -> None:
    home = service.folder(root, "mariadb")
    modes = {(home / name).stat().st_mode for name in ("data", "state.json")}
    assert not any(mode & 0o077 for mode in modes)
    assert not (home / "rights.sql").exists()


def test_no_other_server_removes_its_temporary_tables(root: Path) -> None:
    server = mariadb.up(root)
    [(folder,)] = harness.mysql(server.urls["PEOPLE_URL"], "SELECT @@tmpdir")
    works_in = Path(psutil.Process(server.pid).cwd())
    assert works_in.is_relative_to(root.resolve())
    assert (works_in / folder).resolve() == works_in.parent / "tmp"
    with harness.mysql_session(server.urls["PEOPLE_URL"]) as session:
        session.cursor().execute(
            "CREATE TEMPORARY TABLE t (a int) ENGINE = Aria"
        )
        assert list((works_in.parent / "tmp").glob("#sql*"))


def test_it_takes_files_and_its_clock_is_utc(root: Path) -> None:
    url = mariadb.superuser_url(root)
    names = "@@local_infile, @@time_zone, @@character_set_server"
    [row] = harness.mysql(url, f"SELECT {names}")
    assert row == (1, "+00:00", "utf8mb4")


def test_up_by_name_adds_its_urls_to_the_env(root: Path) -> None:
    file = root / ".env"
    file.unlink(missing_ok=True)
    result = run(root, "services", "up", "mariadb")
    assert result.returncode == 0, result.stderr
    found = read_env(file)
    assert list(found) == ["MOVIELENS_URL", "PEOPLE_URL"]
    for url in found.values():
        assert harness.mysql(url, "SELECT 1") == [(1,)]


def test_no_password_is_printed(root: Path) -> None:
    state = service.read_state(service.folder(root, "mariadb"))
    assert state
    said = " ".join(process(root).cmdline())
    for words in (("up", "mariadb"), ("status", "--json")):
        result = run(root, "services", *words)
        said += result.stdout + result.stderr
    assert not any(word in said for word in state["passwords"].values())


def test_doctor_knows_its_databases(root: Path) -> None:
    found = run(root, "doctor", **urls(root)).stdout
    for user in ("movielens", "people"):
        assert f"ok    {user.upper()}_URL: {user} at 127.0.0.1:" in found


def test_doctor_says_if_it_takes_no_files(root: Path) -> None:
    server = mariadb.superuser_url(root)
    harness.mysql(server, "SET GLOBAL local_infile = OFF")
    found = run(root, "doctor", **urls(root)).stdout
    harness.mysql(server, "SET GLOBAL local_infile = ON")
    assert "WRONG PEOPLE_URL" in found
    assert "ok    MOVIELENS_URL" in found


def test_doctor_names_a_mariadb_that_does_not_let_us_in(root: Path) -> None:
    wrong = f"mysql://people:s3cr3t@127.0.0.1:{mariadb.up(root).port}/people"
    result = run(root, "doctor", PEOPLE_URL=wrong)
    assert "WRONG PEOPLE_URL" in result.stdout
    assert "s3cr3t" not in result.stdout + result.stderr


def test_status_tells_the_truth_after_a_kill(root: Path) -> None:
    url = urls(root)["PEOPLE_URL"]
    harness.mysql(url, "CREATE TABLE kept (answer int)")
    harness.mysql(url, "INSERT INTO kept VALUES (42)")
    server = process(root)
    server.kill()
    assert service.has_ended(server, 20)
    assert not is_running(root)
    assert not mariadb.down(root)


def test_after_a_kill_it_starts_on_another_port_with_its_data(
    root: Path,
) -> None:
    before = mariadb.status(root)
    assert before
    with harness.occupied(before.port):
        again = mariadb.up(root)
    assert again.started
    assert again.port != before.port
    rows = harness.mysql(again.urls["PEOPLE_URL"], "SELECT answer FROM kept")
    assert rows == [(42,)]


def test_a_hanging_server_is_stopped_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb, "STOP_SECONDS", 1)
    server = process(root)
    server.send_signal(signal.SIGSTOP)
    assert mariadb.down(root)
    assert service.has_ended(server, 20)
    assert not is_running(root)


def test_up_after_a_killed_up_finds_the_server(root: Path) -> None:
    """The state that a kill leaves while the server starts."""
    url = urls(root)["PEOPLE_URL"]
    left = service.folder(root, "mariadb") / "rights.sql"
    left.write_text("SELECT 'a secret';\n")
    again = mariadb.up(root)
    assert not again.started
    assert again.urls["PEOPLE_URL"] == url
    assert not left.exists()


def test_a_server_that_cannot_start_names_its_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.down(root)
    settings = (*mariadb_server._SETTINGS, "--no-such-option")
    monkeypatch.setattr(mariadb_server, "_SETTINGS", settings)
    start = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        mariadb.up(root)
    assert "no-such-option" in caught.value.reason
    assert "server.log" in caught.value.instruction
    assert not is_running(root)
    assert time.monotonic() - start < 30


def test_a_broken_off_first_start_does_not_stand_in_the_way(
    root: Path,
) -> None:
    home = service.folder(root, "mariadb")
    (home / "state.json").unlink()
    assert mariadb.status(root) is None
    assert harness.mysql(urls(root)["PEOPLE_URL"], "SHOW TABLES") == []


@pytest.mark.parametrize(
    "machine", [("Darwin", "arm64"), ("Linux", "aarch64")]
)
def test_elsewhere_the_error_names_the_variables_to_set(
    root: Path, monkeypatch: pytest.MonkeyPatch, machine: tuple[str, str]
) -> None:
    monkeypatch.setattr("platform.system", lambda: machine[0])
    monkeypatch.setattr("platform.machine", lambda: machine[1])
    with pytest.raises(ConfigError) as caught:
        mariadb_server.programs()
    assert " on ".join(machine) in caught.value.reason
    assert "PEOPLE_URL" in caught.value.instruction


def test_up_without_names_starts_it_only_if_it_was_there_before(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meltano.yml").write_text("plugins: {}\n")
    found = {}
    for folder in (root, tmp_path):
        monkeypatch.chdir(folder)
        chosen = cli._to_start(project.find(), None)
        found[folder] = [name for name, _ in chosen]
    assert found[root] == ["postgres", "neo4j", "mariadb"]
    assert found[tmp_path] == ["postgres", "neo4j"]
