"""A sign of life while the server works on one long statement."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from daybook.singer import log


@contextmanager
def still_at(what: str) -> Iterator[None]:
    """Say every 10 s that `what` goes on, as long as it does."""
    start = time.monotonic()
    done = threading.Event()

    def beat() -> None:
        while not done.wait(log.HEARTBEAT_SECONDS):
            spent = time.monotonic() - start
            log.logger.info("%s, for %.0f s so far", what, spent)

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        done.set()
