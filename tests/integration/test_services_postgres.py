"""The embedded PostgreSQL keeps its word through crashes and races."""

from __future__ import annotations

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

import harness
from daybook.services import account, cluster, postgres, service


def up(root: Path) -> service.Service:
    return postgres.up(root, durable=False)


def kill_server(pid: int) -> None:
    process = psutil.Process(pid)
    family = [process, *process.children()]
    process.kill()
    assert all(service.has_ended(one, 20) for one in family)


def test_a_fresh_database_is_empty_and_its_owner_no_superuser(
    source_url: str,
) -> None:
    rows = harness.sql(
        source_url,
        "SELECT rolsuper, (SELECT count(*) FROM pg_tables "
        "WHERE schemaname = 'public') FROM pg_roles "
        "WHERE rolname = current_user",
    )
    assert rows == [(False, 0)]


def test_data_outlives_down_and_up(root: Path) -> None:
    url = up(root).urls["WAREHOUSE_URL"]
    harness.sql(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert postgres.down(root)
    again = up(root)
    assert again.started
    assert again.urls["WAREHOUSE_URL"] == url
    assert harness.sql(url, "TABLE kept") == [(42,)]


def test_the_log_holds_no_rows_that_failed(root: Path) -> None:
    service_ = up(root)
    url = service_.urls["WAREHOUSE_URL"]
    harness.sql(url, "CREATE TABLE mails (mail text CHECK (mail = ''))")
    with pytest.raises(psycopg.errors.CheckViolation):
        harness.sql(url, "INSERT INTO mails SELECT 'a' || '@b.c'")
    log = (service_.data / "server.log").read_text()
    assert "violates check constraint" in log
    assert "a@b.c" not in log


def test_a_second_up_starts_nothing(root: Path) -> None:
    postgres.down(root)
    first, second = up(root), up(root)
    assert (first.started, second.started) == (True, False)
    assert first.pid == second.pid


def test_ups_at_once_start_one_server(root: Path) -> None:
    postgres.down(root)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(up, [root] * 4))
    assert len({one.pid for one in found}) == 1
    assert sorted(one.started for one in found) == [False] * 3 + [True]


def test_status_tells_the_truth_after_a_kill(root: Path) -> None:
    pid = up(root).pid
    assert pid
    kill_server(pid)
    found = postgres.status(root)
    assert found
    assert not found.is_running
    assert not postgres.down(root)


def test_after_a_kill_it_starts_again_with_its_data(root: Path) -> None:
    first = up(root)
    assert first.pid
    harness.sql(first.urls["WAREHOUSE_URL"], "CREATE TABLE written ()")
    kill_server(first.pid)
    again = up(root)
    assert again.is_running
    there = "SELECT to_regclass('written') IS NOT NULL"
    assert harness.sql(again.urls["WAREHOUSE_URL"], there) == [(True,)]


def test_another_program_with_the_old_process_id_is_left_alone(
    root: Path,
) -> None:
    first = up(root)
    postgres.down(root)
    pid_file = first.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{first.data}\n")
    found = postgres.status(root)
    assert found
    assert not found.is_running
    assert up(root).is_running


def test_a_port_taken_meanwhile_is_given_up(root: Path) -> None:
    first = up(root)
    postgres.down(root)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((service.LOOPBACK, first.port))
        other.listen()
        again = up(root)
    assert again.port != first.port
    assert harness.sql(again.urls["NORTHWIND_URL"], "SELECT 1") == [(1,)]


def test_nobody_gets_in_without_the_password(root: Path) -> None:
    url = up(root).urls["NORTHWIND_URL"]
    host = url.split("@")[1]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://northwind:wrong@{host}")


def test_it_listens_on_loopback_only(root: Path) -> None:
    pid = up(root).pid
    assert pid
    addresses = {
        connection.laddr.ip
        for connection in psutil.Process(pid).net_connections("all")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {service.LOOPBACK}


def test_a_broken_off_first_start_does_not_stand_in_the_way(
    root: Path,
) -> None:
    fresh = root / "fresh"
    litter = service.folder(fresh, "postgres") / "data"
    litter.mkdir(parents=True)
    (litter / "PG_VERSION").write_text("18\n")
    assert up(fresh).is_running
    postgres.delete(fresh)
    assert postgres.status(fresh) is None


def test_down_ends_open_sessions(root: Path) -> None:
    found = up(root)
    assert found.pid
    with psycopg.connect(found.urls["WAREHOUSE_URL"]) as session:
        session.execute("CREATE TABLE open_transaction ()")
        assert postgres.down(root)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    again = postgres.status(root)
    assert again
    assert not again.is_running


def test_a_hanging_server_is_stopped_all_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STOP_SECONDS", 1)
    pid = up(root).pid
    assert pid
    family = [psutil.Process(pid), *psutil.Process(pid).children()]
    os.kill(pid, signal.SIGSTOP)
    assert postgres.down(root)
    assert all(service.has_ended(one, 20) for one in family)
    found = postgres.status(root)
    assert found
    assert not found.is_running


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs as another")
def test_under_a_private_home_root_keeps_the_data_elsewhere(
    root: Path,
) -> None:
    private = root / "home"
    private.mkdir(mode=0o700)
    found = up(private)
    try:
        assert found.is_running
        assert not found.data.is_relative_to(root)
        assert psutil.Process(found.pid).uids().effective != 0
    finally:
        postgres.delete(private)
    assert not found.data.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs as another")
def test_programs_that_the_account_cannot_reach_are_copied(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account.Account, "can_reach", lambda *_: False)
    unreachable = root / "unreachable"
    found = up(unreachable)
    try:
        program = Path(psutil.Process(found.pid).exe())
        assert not program.is_relative_to(cluster.programs().parent)
    finally:
        postgres.delete(unreachable)
    assert not program.exists()
