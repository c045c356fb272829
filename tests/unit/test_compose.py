"""docker-compose.yaml keeps its promises, and `make env` fills `.env`."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from ruamel.yaml import YAML

from docker import make_env

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yaml"
ONE_SHOT = {"init", "shop"}
SECRET = re.compile("PASSWORD|SECRET|_KEY|TOKEN")
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)([^}]*)\}")


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = YAML(typ="safe").load(COMPOSE)[
        "services"
    ]
    return found


SERVICES = sorted(services())
LASTING = [name for name in SERVICES if name not in ONE_SHOT]


def variables() -> list[tuple[str, str]]:
    return VARIABLE.findall(COMPOSE.read_text())


def test_the_specifications_schema_accepts_it():
    checked = subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            "--builtin-schema",
            "vendor.compose-spec",
            COMPOSE,
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_it_has_what_a_cluster_needs():
    assert set(SERVICES) == {
        *("source", "warehouse", "neo4j", "metadata", "redis"),
        *("init", "api-server", "scheduler", "dag-processor", "worker"),
        *("flower", "shop"),
    }
    assert services()["worker"]["scale"] == 2
    assert services()["flower"]["profiles"] == ["flower"]


def test_no_secret_has_a_default():
    secrets = {name: rest for name, rest in variables() if SECRET.search(name)}
    assert len(secrets) == 11
    assert {rest[:2] for rest in secrets.values()} == {":?"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name):
    for variable, value in services()[name].get("environment", {}).items():
        if SECRET.search(variable):
            assert str(value).startswith("${"), variable
        for password in re.findall(r"://\w*:(.*)@", str(value)):
            assert password.startswith("${"), variable


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name):
    service = services()[name]
    for port in service.get("ports", []):
        assert str(port).startswith("127.0.0.1:")
    assert "network_mode" not in service


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_has_a_health_check_and_starts_again(name):
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_what_ends_is_never_started_again(name):
    service = services()[name]
    assert service["restart"] == "no"
    assert "healthcheck" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits(name):
    service = services()[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_one_waits_for_another_to_be_ready_not_just_started(name):
    for other, how in services()[name].get("depends_on", {}).items():
        ready = "completed_successfully" if other in ONE_SHOT else "healthy"
        assert how["condition"] == f"service_{ready}"


def test_images_are_variables_without_a_host():
    images = [service["image"] for service in services().values()]
    for image in images:
        name = re.fullmatch(
            r"\$\{[A-Z0-9]+_IMAGE:-([a-z0-9]+:[\w.-]+)\}", image
        )
        assert name, image
        assert name[1].startswith("daybook:") or not name[1].endswith("latest")


def test_airflows_processes_share_one_image_and_its_secrets():
    ours = [
        services()[name]
        for name in ("api-server", "scheduler", "dag-processor", "worker")
    ]
    assert all(one["environment"] == ours[0]["environment"] for one in ours)
    assert all(one["volumes"] == ours[0]["volumes"] for one in ours)
    assert all(one["cap_drop"] == ["ALL"] for one in ours)


def test_what_the_image_copies_is_in_its_context():
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    lines = (ROOT / "docker" / "Dockerfile").read_text().splitlines()
    copied = [
        source
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert "transform" in copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source.partition('/')[0]}" in allowed, source


def test_make_env_knows_every_required_variable():
    required = {name for name, rest in variables() if rest.startswith(":?")}
    assert set(make_env.required(COMPOSE.read_text())) == required


def test_the_example_names_every_variable_but_images():
    example = (ROOT / ".env-example").read_text()
    named = set(re.findall(r"^#?([A-Z0-9_]+)=", example, re.MULTILINE))
    images = {name for name, _ in variables() if name.endswith("_IMAGE")}
    assert {name for name, _ in variables()} - images <= named


def test_make_env_makes_a_private_file(tmp_path):
    file = tmp_path / ".env"
    wanted = make_env.required(COMPOSE.read_text())
    assert make_env.complete(file, wanted) == wanted
    assert file.stat().st_mode & 0o777 == 0o600
    values = dotenv_values(file)
    assert set(values) == set(wanted)
    assert len(set(values.values())) == len(wanted)
    key = values.pop("AIRFLOW_FERNET_KEY")
    assert len(base64.urlsafe_b64decode(str(key))) == 32
    assert all(len(str(value)) == 64 for value in values.values())


def test_make_env_changes_nothing_that_is_set(tmp_path):
    file = tmp_path / ".env"
    file.write_text("export REDIS_PASSWORD='mine'\n# A=\nNEO4J_PASSWORD=")
    file.chmod(0o644)
    wanted = ["NEO4J_PASSWORD", "REDIS_PASSWORD", "WAREHOUSE_PASSWORD"]
    assert make_env.complete(file, wanted) == [wanted[0], wanted[2]]
    assert file.stat().st_mode & 0o777 == 0o600
    values = dotenv_values(file)
    assert values["REDIS_PASSWORD"] == "mine"
    assert values["NEO4J_PASSWORD"]
    again = file.read_bytes()
    assert make_env.complete(file, wanted) == []
    assert file.read_bytes() == again


def test_services_up_may_add_to_what_make_env_wrote(tmp_path):
    from daybook.cli import env_file

    file = tmp_path / ".env"
    make_env.complete(file, ["REDIS_PASSWORD"])
    url = "postgresql://a:b@127.0.0.1:5432/c"
    assert env_file.complete(file, {"WAREHOUSE_URL": url})
    assert set(dotenv_values(file)) == {"REDIS_PASSWORD", "WAREHOUSE_URL"}


def test_make_env_shows_no_secret(tmp_path):
    for name in ("docker-compose.yaml", "docker/make_env.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        [sys.executable, tmp_path / "docker" / "make_env.py"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    values = list(dotenv_values(tmp_path / ".env").values())
    assert len(values) == 11
    assert not any(str(value) in done.stdout for value in values)
