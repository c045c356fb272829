"""The container engine of this machine: Docker, or else podman."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import harness
from meltano import ROOT

PROJECT = "daybook-test"
PACKAGES = "podman buildah runc catatonit netavark aardvark-dns debootstrap"

_NEEDED = ("podman", "buildah", "runc", "debootstrap")
_CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
"""


@dataclass(frozen=True)
class Engine:
    """How containers are run here.

    Attributes:
        program: `docker` or `podman`.
        compose: The command that understands compose files.
        variables: What its commands get, beside `PATH` and the like.
    """

    program: str
    compose: Sequence[str]
    variables: Mapping[str, str]

    @property
    def pulls(self) -> bool:
        """Whether images come from a registry."""
        return self.program == "docker"

    def run(self, *words: str | Path, seconds: float = 120) -> str:
        """Run the engine's own command; return what it printed.

        For `logs` that is what a container printed, errors too.
        """
        return self._run([self.program, *map(str, words)], seconds)

    def stack(self, *words: str, seconds: float = 300) -> str:
        """Run a compose command on the test's own project."""
        file = str(ROOT / "docker-compose.yaml")
        options = ["--project-name", PROJECT, "--file", file]
        return self._run([*self.compose, *options, *words], seconds)

    def succeeds(self, *words: str) -> bool:
        """Whether the engine's own command ends well."""
        return self._start([self.program, *words], 120).returncode == 0

    def with_variables(self, variables: Mapping[str, str]) -> Engine:
        """Return the same engine with more variables."""
        more = {**self.variables, **variables}
        return Engine(self.program, self.compose, more)

    def _run(self, command: Sequence[str], seconds: float) -> str:
        done = self._start(command, seconds)
        assert done.returncode == 0, (
            f"{' '.join(command)}\n{done.stdout[-8000:]}{done.stderr[-8000:]}"
        )
        return done.stdout + (done.stderr if "logs" in command else "")

    def _start(
        self, command: Sequence[str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=harness.environment(dict(self.variables)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )


def find(scratch: Path) -> Engine:
    """Return this machine's engine; skip where there is none."""
    docker = Engine("docker", ["docker", "compose"], {})
    if shutil.which("docker") and docker.succeeds("info"):
        return docker
    lacking = [name for name in _NEEDED if shutil.which(name) is None]
    if lacking or os.geteuid() != 0:
        pytest.skip(
            "no Docker engine here; podman takes its place for root, with "
            f"`apt-get install {PACKAGES}` (lacking: {', '.join(lacking)})"
        )
    conf = scratch / "containers.conf"
    conf.write_text(_CONTAINERS_CONF)
    return Engine(
        "podman",
        [str(harness.BIN / "podman-compose")],
        {"CONTAINERS_CONF": str(conf), "BUILDAH_ISOLATION": "chroot"},
    )
