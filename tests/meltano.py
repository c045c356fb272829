"""Runs the real `meltano run` of this project, as a user's shell does."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import harness

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Meltano:
    """The project, seen from one shell.

    Attributes:
        variables: What that shell has exported.
        cwd: The folder the user stands in.
        bin: The folder of the `meltano` to use.
        install: Whether Meltano may install plugins. Through a link the
            project's path is another, and it would install all anew.
    """

    variables: dict[str, str] = field(default_factory=dict)
    cwd: Path = ROOT
    bin: Path = harness.BIN
    install: bool = True

    def extract(self, job: str, **variables: str) -> harness.Result:
        """Run a job in the environment `extract`."""
        return self.run(job, MELTANO_ENVIRONMENT="extract", **variables)

    def load(self, *blocks: str, day: str, **variables: str) -> harness.Result:
        """Load a day, by default into PostgreSQL."""
        return self.run(
            *(blocks or ("tap-csv", "target-postgres")),
            MELTANO_ENVIRONMENT="load",
            EXTRACTED_AT=day,
            **variables,
        )

    def run(self, *blocks: str, **variables: str) -> harness.Result:
        """Run blocks; what Meltano and the plugins say is in `stderr`."""
        with self.start(*blocks, **variables) as process:
            said, _ = process.communicate(timeout=harness.TIMEOUT_SECONDS)
        return subprocess.CompletedProcess(
            process.args, process.returncode, "", said
        )

    def start(self, *blocks: str, **variables: str) -> subprocess.Popen[str]:
        """Start blocks in a process group of their own."""
        options = [] if self.install else ["--no-install"]
        return subprocess.Popen(
            [str(self.bin / "meltano"), "run", *options, *blocks],
            cwd=self.cwd,
            env=harness.environment(
                {
                    "MELTANO_RUN_FORCE": "1",
                    "NO_COLOR": "1",
                    "COLUMNS": "200",
                }
                | self.variables
                | variables
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )


def link_plugins(project: Path) -> None:
    """Give another project the plugins of this one, installed."""
    (project / ".meltano").mkdir()
    for name in ("extractors", "loaders", "utilities"):
        (project / ".meltano" / name).symlink_to(ROOT / ".meltano" / name)


def link_programs(project: Path) -> None:
    """Give the project its programs; Meltano must not install plugins.

    It would do so over those that are linked, as others use them.
    """
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "daybook").symlink_to(harness.BIN / "daybook")
    meltano = programs / "meltano"
    meltano.write_text(
        "#!/bin/sh\nshift\n"
        f'exec "{harness.BIN}/meltano" run --no-install "$@"\n'
    )
    meltano.chmod(0o755)


def files_of(lake: Path) -> dict[str, bytes]:
    """Return every file of the lake's days, by its path in the lake."""
    return {
        str(file.relative_to(lake)): file.read_bytes()
        for file in sorted(lake.glob("source=*/**/*"))
        if file.is_file()
    }


def litter_of(lake: Path) -> list[str]:
    """Return what a crash left in the lake's staging area."""
    return [
        str(path.relative_to(lake)) for path in (lake / ".staging").glob("*")
    ]
