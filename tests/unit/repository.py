"""A Maven repository on loopback, for tests of downloads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from daybook.services.lockfile import Artifact, Lock


class Repository(ThreadingHTTPServer):
    """Serves files from memory.

    Attributes:
        files: Path to content.
        asked: The paths that were asked for, in order.
        held: Paths whose second half waits until `go` is set.
        broken: Paths that break off after their first half, once each.
        go: Lets held answers go on.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.held: set[str] = set()
        self.broken: set[str] = set()
        self.go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/maven"

    def add(self, path: str, content: bytes) -> Artifact:
        """Offer a file; return what a lock says of it."""
        self.files[path] = content
        digest = hashlib.sha256(content).hexdigest()
        return Artifact(path, len(content), digest)

    def lock(self, files: int) -> Lock:
        """Offer some files; return their lock."""
        artifacts = [
            self.add(f"org/x/{n}/x-{n}.jar", f"content {n} ".encode() * 2000)
            for n in range(files)
        ]
        return Lock("thing", "0123456789ab", tuple(artifacts))


class _Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        path = self.path.removeprefix("/maven/")
        self.server.asked.append(path)
        content = self.server.files.get(path)
        if content is None:
            self.send_error(404)
            return
        half = len(content) // 2
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:half])
        if path in self.server.broken:
            self.server.broken.remove(path)
            return
        if path in self.server.held:
            self.server.go.wait(60)
        self.wfile.write(content[half:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Repository]:
    """Give a repository that answers."""
    with Repository() as server:
        thread = threading.Thread(
            target=server.serve_forever, args=[0.01], daemon=True
        )
        thread.start()
        try:
            yield server
        finally:
            server.go.set()
            server.shutdown()
