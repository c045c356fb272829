"""Downloads of a Maven repository's files: many at a time, each checked."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from daybook.errors import ConfigError, InputError, UnreachableError, cut
from daybook.services.lockfile import Artifact
from daybook.services.progress import Advance

BASE_VARIABLE = "DAYBOOK_MAVEN_URL"
"""Names another Maven repository, for example a mirror."""

PART = ".part"
"""What the names of unfinished files end with."""

_AT_ONCE = 16
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
_TIMEOUT_SECONDS = (10, 30)  # to connect, and between two packets
_CHUNK_BYTES = 1 << 17
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


def base_url() -> str:
    """Return the repository's address, without a slash at its end.

    Raises:
        ConfigError: The variable holds something else.
    """
    from jgo.constants import MAVEN_CENTRAL_URL

    url = str(os.environ.get(BASE_VARIABLE) or MAVEN_CENTRAL_URL)
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and parts.hostname
    except ValueError:
        fine = False
    if not fine:
        raise ConfigError(
            f"{BASE_VARIABLE} is not a web address.",
            "Give the URL of a mirror, as Maven's settings name it, with "
            "https:// before it; or unset the variable.",
        )
    return url.rstrip("/")


def fetch(
    artifacts: Sequence[Artifact], place: Path, advance: Advance
) -> None:
    """Download files into `place`; each gets its name when it is right.

    The first that fails stops the others; what has arrived stays.

    Raises:
        ConfigError: The repository's address is malformed.
        InputError: A file that came is not the one it must be.
        OSError: `place` cannot be written.
        UnreachableError: The repository does not answer, or lacks a file.
    """
    with requests.Session() as session:
        adapter = HTTPAdapter(pool_maxsize=_AT_ONCE)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        work = _Work(session, base_url(), place, advance)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = [pool.submit(work.fetch, one) for one in artifacts]
            try:
                for job in as_completed(jobs):
                    job.result()
            finally:
                work.stop.set()
                pool.shutdown(cancel_futures=True)


class _Work:
    """What all downloads share."""

    def __init__(
        self,
        session: requests.Session,
        base: str,
        place: Path,
        advance: Advance,
    ) -> None:
        self.stop = threading.Event()
        self._session = session
        self._base = base
        self._place = place
        self._advance = advance

    def fetch(self, artifact: Artifact) -> None:
        """Download one file, several times if the network fails."""
        part = self._place / f"{artifact.name}{PART}"
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._receive(artifact, part)
                break
            except requests.RequestException as error:
                if attempt == _ATTEMPTS or not _may_pass(error):
                    raise self._unreachable(artifact, error) from error
                self.stop.wait(attempt * _PAUSE_SECONDS)
            if self.stop.is_set():
                return
        part.replace(self._place / artifact.name)

    def _receive(self, artifact: Artifact, part: Path) -> None:
        """Write what the server sends to `part`, and check it."""
        url = f"{self._base}/{artifact.path}"
        digest, size = hashlib.sha256(), 0
        with (
            self._session.get(
                url, stream=True, timeout=_TIMEOUT_SECONDS
            ) as response,
            part.open("wb") as file,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(_CHUNK_BYTES):
                size += len(chunk)
                if size > artifact.size or self.stop.is_set():
                    break
                digest.update(chunk)
                file.write(chunk)
                self._advance(len(chunk))
            file.flush()
            os.fsync(file.fileno())
        if size != artifact.size or digest.hexdigest() != artifact.sha256:
            part.unlink()
            raise self._wrong(artifact)

    def _wrong(self, artifact: Artifact) -> InputError:
        return InputError(
            f"{self._shown(artifact)} is not the file that the lock names: "
            "its size or sha256 differs. It was thrown away.",
            "Something between here and the repository hands out another "
            f"file: set {BASE_VARIABLE} to one that has the right ones.",
        )

    def _unreachable(
        self, artifact: Artifact, error: requests.RequestException
    ) -> UnreachableError:
        return UnreachableError(
            f"{self._shown(artifact)} cannot be downloaded: {_cause(error)}.",
            "Check the network; behind a proxy set HTTPS_PROXY, for a mirror "
            f"set {BASE_VARIABLE}. Then run the same command again: what has "
            "arrived is kept.",
        )

    def _shown(self, artifact: Artifact) -> str:
        """Return an address without the credentials it may hold."""
        parts = urlsplit(f"{self._base}/{artifact.path}")
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host).geturl()


def _may_pass(error: requests.RequestException) -> bool:
    """Whether another try may help."""
    if error.response is not None:
        return error.response.status_code in _BUSY
    return isinstance(
        error,
        requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError,
    )


def _cause(error: requests.RequestException) -> str:
    """Return the innermost reason in few words."""
    if error.response is not None:
        return f"{error.response.status_code} {error.response.reason}"
    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return cut(cause)
