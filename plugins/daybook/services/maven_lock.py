"""For developers: writes the lock file of a program from Maven.

`python -m daybook.services.maven_lock neo4j` takes the newest patch of
the version below. It needs Maven's `mvn`; who only installs does not.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.sax.saxutils import escape

import requests

from daybook.errors import ConfigError, UnreachableError
from daybook.services import lockfile
from daybook.services.download import base_url
from daybook.services.lockfile import Artifact

PROGRAMS = {"neo4j": ("org.neo4j", "neo4j", "5.26.")}
"""Lock to group, artifact and what its version starts with."""

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
        group, artifact, prefix = PROGRAMS[name]
        version = _newest(group, artifact, prefix)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(_seen, _paths(group, artifact, version)))
        comment = f"{group}:{artifact}:{version} and what it runs with"
        target = Path(__file__).with_name(f"{name}.lock")
        target.write_text(lockfile.render(comment, found), encoding="utf-8")
        size = sum(one.size for one in found)
        print(f"{target}: {version}, {len(found)} files, {size:,} bytes")


def _newest(group: str, artifact: str, prefix: str) -> str:
    """Return the newest version that starts with `prefix`."""
    folder = f"{group.replace('.', '/')}/{artifact}"
    text = _get(f"{folder}/maven-metadata.xml").decode()
    versions = re.findall(r"<version>([\d.]+)</version>", text)
    patches = [v for v in versions if v.startswith(prefix)]
    if not patches:
        raise UnreachableError(
            f"The repository has no {group}:{artifact}:{prefix}*.",
            "Change the version in maven_lock.py.",
        )
    return str(max(patches, key=lambda v: [int(n) for n in v.split(".")]))


def _paths(group: str, artifact: str, version: str) -> Iterator[str]:
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
