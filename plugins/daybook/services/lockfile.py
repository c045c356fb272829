"""Lock files: which files of a Maven repository make up a program. Pure.

One line per file, `sha256 size path`; lines with `#` are comments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a Maven repository.

    Attributes:
        path: Where it is, relative to the repository's address.
        size: In bytes.
        sha256: Of its content, in hex.
    """

    path: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Lock:
    """A program as a fixed set of files.

    Attributes:
        name: The program's short name, for example `neo4j`.
        digest: Stands for this very set.
        artifacts: Its files; no two have the same name.
    """

    name: str
    digest: str
    artifacts: tuple[Artifact, ...]


def parse(name: str, text: str) -> Lock:
    """Return the lock of the program `name` from its file's text."""
    lines = [line for line in text.splitlines() if line and line[0] != "#"]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    artifacts = tuple(_artifact(line) for line in lines)
    return Lock(name, digest[:_DIGEST_CHARS], artifacts)


def render(comment: str, artifacts: Iterable[Artifact]) -> str:
    """Return a lock file's text, with `comment` as its first lines."""
    head = [f"# {line}\n" for line in comment.splitlines()]
    return "".join([*head, *sorted(map(_line, artifacts), key=_path)])


def _artifact(line: str) -> Artifact:
    sha256, size, path = line.split(" ", 2)
    return Artifact(path, int(size), sha256)


def _line(artifact: Artifact) -> str:
    return f"{artifact.sha256} {artifact.size} {artifact.path}\n"


def _path(line: str) -> str:
    return line.split(" ", 2)[2]
