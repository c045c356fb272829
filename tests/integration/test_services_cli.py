"""`daybook services` and `daybook doctor`, as a user calls them."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

import harness
from daybook.cli.project import read_env
from daybook.services import postgres, service

VARIABLES = ["NORTHWIND_URL", "WAREHOUSE_URL"]


@pytest.fixture
def project(root: Path) -> Path:
    """A project without plugins, whose server may already run."""
    (root / "meltano.yml").write_text("plugins: {}\n")
    (root / ".env").unlink(missing_ok=True)
    return root


def run(project: Path, *words: str, **env: str) -> harness.Result:
    return harness.run_daybook(*words, cwd=project, env=env)


def passwords(project: Path) -> list[str]:
    state = service.read_state(service.folder(project, "postgres"))
    assert state
    return list(state["passwords"].values())


def test_up_writes_a_private_env_whose_urls_answer(project: Path) -> None:
    result = run(project, "services", "up", "postgres")
    assert result.returncode == 0, result.stderr
    file = project / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    urls = read_env(file)
    assert list(urls) == VARIABLES
    for url in urls.values():
        assert harness.sql(url, "SELECT 1") == [(1,)]


def test_up_leaves_an_existing_env_and_names_what_differs(
    project: Path,
) -> None:
    mine = "NORTHWIND_URL=postgresql://me@example.org/db\n"
    (project / ".env").write_text(mine)
    result = run(project, "services", "up", "postgres")
    assert (project / ".env").read_text() == mine
    assert "its NORTHWIND_URL, WAREHOUSE_URL lead elsewhere" in result.stdout
    lines = read_env(project / ".services" / "env")
    assert list(lines) == VARIABLES


def test_an_env_that_holds_no_url_gets_them(project: Path) -> None:
    (project / ".env").write_text("DAYBOOK_ERASURE_KEY=secret")
    result = run(project, "services", "up", "postgres")
    assert ".env: NORTHWIND_URL, WAREHOUSE_URL added" in result.stdout
    assert list(read_env(project / ".env")) == [
        "DAYBOOK_ERASURE_KEY",
        *VARIABLES,
    ]


def test_an_env_of_ours_gets_what_it_lacks(project: Path) -> None:
    run(project, "services", "up", "postgres")
    file = project / ".env"
    whole = file.read_text()
    file.write_text("".join(whole.splitlines(keepends=True)[:-1]) + "# my own")
    result = run(project, "services", "up", "postgres")
    assert ".env: WAREHOUSE_URL added" in result.stdout
    assert read_env(file) == read_env(project / ".services" / "env")
    assert "# my own\n" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_password_is_printed(project: Path) -> None:
    said = ""
    for words in (
        ("up", "postgres"),
        ("up", "postgres", "--json"),
        ("status",),
        ("status", "--json"),
    ):
        result = run(project, "services", *words)
        said += result.stdout + result.stderr
    said += run(project, "doctor").stdout
    assert not any(password in said for password in passwords(project))


def test_an_env_of_ours_follows_the_server_to_another_port(
    project: Path,
) -> None:
    run(project, "services", "up", "postgres")
    run(project, "services", "down")
    state = postgres.status(project)
    assert state
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((service.LOOPBACK, state.port))
        other.listen()
        result = run(project, "services", "up", "postgres")
    assert "NORTHWIND_URL now has the server's new port" in result.stdout
    url = read_env(project / ".env")["WAREHOUSE_URL"]
    assert harness.sql(url, "SELECT 1") == [(1,)]


def test_status_and_down_say_what_is(project: Path) -> None:
    run(project, "services", "up", "postgres")
    up = json.loads(run(project, "services", "status", "--json").stdout)
    assert up["postgres"]["running"]
    assert run(project, "services", "down").stdout == (
        "postgres: stopped\nneo4j: did not run\nmariadb: did not run\n"
    )
    down = json.loads(run(project, "services", "status", "--json").stdout)
    assert not down["postgres"]["running"]
    assert "postgres: did not run" in run(project, "services", "down").stdout


def test_it_works_from_a_folder_inside_the_project(project: Path) -> None:
    inside = project / "a b" / "c"
    inside.mkdir(parents=True, exist_ok=True)
    result = run(inside, "services", "status")
    assert result.returncode == 0
    assert not (inside / ".services").exists()


def test_outside_of_a_project_the_error_says_so(tmp_path: Path) -> None:
    result = run(tmp_path, "services", "up", "postgres")
    assert result.returncode == 2
    assert "no meltano.yml" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_server_is_refused_with_the_known_ones(
    project: Path,
) -> None:
    result = run(project, "services", "up", "oracle")
    assert result.returncode == 2
    assert "'oracle'" in result.stderr
    assert "postgres" in result.stderr


def test_doctor_finds_nothing_wrong_but_what_is_missing(
    project: Path,
) -> None:
    run(project, "services", "up", "postgres")
    result = run(project, "doctor", "--json")
    checks = json.loads(result.stdout)
    wrong = [check["name"] for check in checks if not check["ok"]]
    # This scratch project has no environment of its own.
    assert wrong == [".meltano"]
    assert result.returncode == 1


def test_doctor_says_what_to_do(project: Path) -> None:
    run(project, "services", "up", "postgres")
    (project / ".env").chmod(0o644)
    url = read_env(project / ".env")["NORTHWIND_URL"]
    result = run(project, "doctor", WAREHOUSE_URL=url)
    assert result.returncode == 1
    assert "chmod 600" in result.stdout
    assert "the same database as NORTHWIND_URL" in result.stdout


def test_doctor_names_a_server_that_does_not_answer(project: Path) -> None:
    url = "postgresql://me:s3cr3t@127.0.0.1:1/db"
    result = run(project, "doctor", WAREHOUSE_URL=url)
    assert result.returncode == 1
    assert "daybook services up" in result.stdout
    assert "s3cr3t" not in result.stdout + result.stderr


def test_doctor_finds_a_lake_that_cannot_be_written(project: Path) -> None:
    blocked = project / "file"
    blocked.write_text("not a folder")
    result = run(project, "doctor", LAKE_ROOT=str(blocked))
    assert result.returncode == 1
    assert f"{blocked} cannot be written" in result.stdout
