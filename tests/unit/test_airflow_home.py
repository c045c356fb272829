"""What Airflow on one machine keeps in its folder, and its port."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from daybook.errors import BusyError, ConfigError
from orchestrate.airflow.local import database, home
from orchestrate.airflow.local.home import Settings

URL = "postgresql+psycopg://airflow:secret@127.0.0.1:5433/airflow"


def settings(folder: Path, port: object = 8080) -> Settings:
    core = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_"
    return Settings(
        {
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__API__PORT": str(port),
            f"{core}USERS": "admin:admin,guest:viewer",
            f"{core}PASSWORDS_FILE": str(folder / "passwords.json"),
        }
    )


def test_every_user_gets_a_password_of_their_own(tmp_path: Path) -> None:
    home.write_passwords(settings(tmp_path))
    passwords = json.loads((tmp_path / "passwords.json").read_text())
    assert set(passwords) == {"admin", "guest"}
    assert passwords["admin"] != passwords["guest"]
    assert (tmp_path / "password").read_text() == passwords["admin"]


def test_passwords_are_for_the_eyes_of_this_user_only(tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text("{}")
    home.write_passwords(settings(tmp_path))
    for name in ("passwords.json", "password"):
        mode = stat.S_IMODE((tmp_path / name).stat().st_mode)
        assert mode == 0o600


def test_a_password_that_there_is_stays(tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text('{"admin": "mine"}')
    home.write_passwords(settings(tmp_path))
    assert (tmp_path / "password").read_text() == "mine"


@pytest.mark.parametrize("text", ["{", "[]", "null", '"admin"'])
def test_a_damaged_file_of_passwords_is_named(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "passwords.json").write_text(text)
    with pytest.raises(ConfigError, match=r"passwords\.json"):
        home.write_passwords(settings(tmp_path))


def test_a_free_port_is_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    found = settings(Path(), port).on_free_port()
    assert found.url == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_left_to_whoever_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = settings(Path(), port).on_free_port()
    assert found.url.startswith("http://127.0.0.1:")
    assert found.url != f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", ["http", "-1", "65536", ""])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match="AIRFLOW_PORT"):
        settings(Path(), port).on_free_port()


def test_airflow_listens_on_loopback_whatever_is_set(tmp_path: Path) -> None:
    every = {"AIRFLOW__API__HOST": "0.0.0.0"}  # noqa: S104 (must not win)
    env = Settings({**settings(tmp_path).variables, **every}).environment()
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_the_second_who_claims_the_folder_is_told_of_the_first(
    tmp_path: Path,
) -> None:
    one = settings(tmp_path / "home")
    with home.claimed(one) as note:
        home.announce(note, one.url)
        with (
            pytest.raises(BusyError, match=r"http://127\.0\.0\.1:8080"),
            home.claimed(one),
        ):
            pass
    assert stat.S_IMODE(one.home.stat().st_mode) == 0o700


def test_a_short_secret_is_replaced_once(tmp_path: Path) -> None:
    file = tmp_path / "airflow.cfg"
    file.write_text("[api_auth]\njwt_secret = c2hvcnQ=\nother = 1\n")
    home.lengthen_secret(settings(tmp_path))
    first = file.read_text()
    assert len(first.splitlines()[1]) > len("jwt_secret = ") + 64
    home.lengthen_secret(settings(tmp_path))
    assert file.read_text() == first


@pytest.mark.parametrize(
    "before",
    [
        "sqlite:////home/me/airflow.db",
        "postgresql+psycopg://airflow:old@127.0.0.1:1/airflow",
    ],
)
def test_the_embedded_database_is_named_in_the_configuration(
    tmp_path: Path, before: str
) -> None:
    file = tmp_path / "airflow.cfg"
    file.write_text(f"[database]\nsql_alchemy_conn = {before}\n")
    database.write_to(file, URL)
    assert file.read_text() == f"[database]\nsql_alchemy_conn = {URL}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_database_that_the_user_has_named_stays(tmp_path: Path) -> None:
    text = "sql_alchemy_conn = postgresql://me@db/runs\n"
    file = tmp_path / "airflow.cfg"
    file.write_text(text)
    database.write_to(file, URL)
    assert file.read_text() == text
