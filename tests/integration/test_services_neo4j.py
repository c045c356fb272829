"""The embedded Neo4j keeps its word through crashes and races."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from neo4j.exceptions import AuthError, TransientError

import harness
from daybook.cli.project import read_env
from daybook.errors import UnreachableError
from daybook.services import neo4j, neo4j_server, service

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("neo4j_programs")]


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A project's folder for a Neo4j of its own.

    One for all tests of a module, in order: a start takes seconds.
    """
    folder = Path(tempfile.mkdtemp(prefix="daybook's tests: "))
    (folder / "meltano.yml").write_text("plugins: {}\n")
    try:
        yield folder
    finally:
        neo4j.delete(folder)
        shutil.rmtree(folder)


def url(root: Path) -> str:
    return neo4j.up(root).urls["NEO4J_URL"]


def process(root: Path) -> psutil.Process:
    return psutil.Process(neo4j.up(root).pid)


def run(root: Path, *words: str, **env: str) -> harness.Result:
    return harness.run_daybook(*words, cwd=root, env=env)


def is_running(root: Path) -> bool:
    found = neo4j.status(root)
    assert found
    return found.is_running


def test_ups_at_once_start_one_server(root: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(neo4j.up, [root] * 3))
    assert len({one.pid for one in found}) == 1
    assert sorted(one.started for one in found) == [False, False, True]


def test_nobody_gets_in_without_the_password(root: Path) -> None:
    wrong = f"bolt://neo4j:wrong@127.0.0.1:{neo4j.up(root).port}/neo4j"
    with pytest.raises(AuthError):
        harness.cypher(wrong, "RETURN 1")


def test_it_listens_on_loopback_only(root: Path) -> None:
    addresses = {
        connection.laddr.ip.removeprefix("::ffff:")
        for connection in process(root).net_connections("all")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {service.LOOPBACK}


def test_it_is_alone_in_its_process_group(root: Path) -> None:
    pid = process(root).pid
    assert os.getpgid(pid) == os.getsid(pid) == pid


def test_its_files_are_for_its_user_only(root: Path) -> None:
    home = service.folder(root, "neo4j")
    modes = {(home / name).stat().st_mode for name in ("server", "state.json")}
    assert not any(mode & 0o077 for mode in modes)


def test_a_transaction_that_is_too_large_leaves_the_server_alive(
    root: Path,
) -> None:
    with pytest.raises(TransientError, match="MemoryPoolOutOfMemory"):
        harness.cypher(
            url(root), "UNWIND range(1, 400000) AS i CREATE (:Many {id: i})"
        )
    assert harness.cypher(url(root), "MATCH (n:Many) RETURN n") == []


def test_an_env_made_before_gets_its_url(root: Path) -> None:
    file = root / ".env"
    file.unlink(missing_ok=True)
    run(root, "services", "up", "neo4j")
    file.write_text(file.read_text().replace("NEO4J_URL", "OTHER"))
    result = run(root, "services", "up", "neo4j")
    assert ".env: NEO4J_URL added" in result.stdout
    assert harness.cypher(read_env(file)["NEO4J_URL"], "RETURN 1 AS one")


def test_no_password_is_printed(root: Path) -> None:
    state = service.read_state(service.folder(root, "neo4j"))
    assert state
    said = " ".join(process(root).cmdline())
    for words in (
        ("services", "up", "neo4j"),
        ("services", "status", "--json"),
        ("doctor",),
    ):
        result = run(root, *words, NEO4J_URL=url(root))
        said += result.stdout + result.stderr
    assert "Neo4j 5.26." in said
    assert state["password"] not in said


def test_doctor_names_a_neo4j_that_does_not_let_us_in(root: Path) -> None:
    port = neo4j.up(root).port
    wrong = f"bolt://neo4j:s3cr3t@127.0.0.1:{port}/neo4j"
    result = run(root, "doctor", NEO4J_URL=wrong)
    assert "WRONG NEO4J_URL" in result.stdout
    assert "s3cr3t" not in result.stdout + result.stderr


def test_status_tells_the_truth_after_a_kill(root: Path) -> None:
    harness.cypher(url(root), "CREATE (:Kept {answer: 42})")
    server = process(root)
    server.kill()
    assert service.has_ended(server, 20)
    assert not is_running(root)
    assert not neo4j.down(root)


def test_after_a_kill_it_starts_on_another_port_with_its_data(
    root: Path,
) -> None:
    before = neo4j.status(root)
    assert before
    with harness.occupied(before.port):
        again = neo4j.up(root)
    assert again.started
    assert again.port != before.port
    rows = harness.cypher(
        again.urls["NEO4J_URL"], "MATCH (n:Kept) RETURN n.answer AS answer"
    )
    assert rows == [{"answer": 42}]


def test_a_hanging_server_is_stopped_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j, "STOP_SECONDS", 1)
    server = process(root)
    server.send_signal(signal.SIGSTOP)
    assert neo4j.down(root)
    assert service.has_ended(server, 20)
    assert not is_running(root)


def test_a_server_that_cannot_start_names_its_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        neo4j_server._SETTINGS, "server.memory.pagecache.size", "nonsense"
    )
    with pytest.raises(UnreachableError) as caught:
        neo4j.up(root)
    assert "nonsense" in caught.value.reason
    assert "console.log" in caught.value.instruction
    assert not is_running(root)


def test_a_broken_off_first_start_does_not_stand_in_the_way(
    root: Path,
) -> None:
    home = service.folder(root, "neo4j")
    (home / "state.json").unlink()
    assert neo4j.status(root) is None
    assert harness.cypher(url(root), "MATCH (n) RETURN n") == []
    assert neo4j.down(root)
