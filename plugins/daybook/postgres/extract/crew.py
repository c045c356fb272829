"""Several tables at once: the leader and its workers copy to files."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.errors import BusyError, DaybookError
from daybook.lake.files import storage_errors
from daybook.postgres.extract import refusals, results
from daybook.postgres.extract.export import export
from daybook.postgres.extract.snapshot import Snapshot, has_changed_parts
from daybook.singer import log

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.source import Source
    from daybook.singer.handover import HandedFile

Connect = Callable[[], "Session"]


class Crew:
    """Copies the tables of a snapshot, largest first.

    Every session takes the next table when it is done with one. What a
    worker cannot lock at once, what LOCK TABLE does not take, and the
    queries are left to the leader, which holds all locks already.
    """

    def __init__(
        self, snapshot: Snapshot, connect: Connect, *, jobs: int
    ) -> None:
        """Nothing starts yet; `jobs` sessions in all, the leader's too."""
        self._snapshot = snapshot
        self._connect = connect
        self._jobs = jobs
        self._shared: deque[Source] = deque()
        self._left_over: deque[Source] = deque()
        self._paths: Mapping[str, Path] = {}
        self._files: dict[str, HandedFile] = {}
        self._failure: Exception | None = None
        self._news = threading.Condition()

    def start(self, paths: Mapping[str, Path]) -> None:
        """Begin to write the streams that `paths` names, to their files."""
        sources = sorted(
            (s for s in self._snapshot.sources if s.table.stream in paths),
            key=lambda source: source.size,
            reverse=True,
        )
        self._paths = paths
        for source in sources:
            queue = self._shared if source.can_be_shared else self._left_over
            queue.append(source)
        workers = [
            self._thread(self._work)
            for _ in range(min(self._jobs, len(self._shared)) - 1)
        ]
        self._thread(lambda: self._lead(workers))

    def file(self, stream: str) -> HandedFile:
        """Wait for a stream's file.

        Raises:
            DaybookError: What broke the copying, of any table.
        """
        with self._news:
            self._news.wait_for(lambda: self._failure or stream in self._files)
            if self._failure:
                raise self._failure
            return self._files[stream]

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - raised by `file`
                self._fail(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _fail(self, error: Exception) -> None:
        self._shared.clear()
        with self._news:
            self._failure = self._failure or error
            self._news.notify_all()

    def _lead(self, workers: list[threading.Thread]) -> None:
        with closing(self._snapshot.leader) as session:
            self._drain(self._shared, session)
            for worker in workers:
                worker.join()
            self._drain(self._left_over, session)

    def _drain(self, sources: deque[Source], session: Session) -> None:
        while source := _next(sources):
            self._copy(session, source)

    def _work(self) -> None:
        opened = self._open()
        if opened is None:
            return
        with closing(opened) as session:
            while source := _next(self._shared):
                with refusals.reading(str(source)):
                    joined = self._snapshot.join(session, source)
                if joined:
                    self._copy(session, source)
                    session.execute("ROLLBACK")
                else:
                    self._left_over.append(source)

    def _open(self) -> Session | None:
        try:
            return self._connect()
        except DaybookError as error:
            log.logger.warning(
                "No further session for the extract, it goes on with fewer: "
                "%s",
                error.reason,
            )
            return None

    def _copy(self, session: Session, source: Source) -> None:
        stream = source.table.stream
        with (
            storage_errors(f"Writing {stream} to {self._paths[stream]}"),
            results.reading(source),
            log.progress(stream) as so,
        ):
            file = export(session, source, self._paths[stream], so)
            changed = has_changed_parts(session, source)
            results.check(session, source)
        if changed:
            raise BusyError(
                f"{source} got a new partition while it was read.",
                "Run the same command again.",
            )
        with self._news:
            self._files[stream] = file
            self._news.notify_all()


def _next(sources: deque[Source]) -> Source | None:
    """Take the next one; threads may do so side by side."""
    try:
        return sources.popleft()
    except IndexError:
        return None
