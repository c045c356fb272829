"""What plugins say while they run: plain lines on standard error."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from daybook.singer.settings import run_label

logger = logging.getLogger("daybook")

HEARTBEAT_SECONDS = 10.0
"""A step that takes longer says every so often how far it is."""

_hidden: set[str] = set()


class _Formatter(logging.Formatter):
    """Prefixes DAYBOOK_RUN_ID, masks secrets, keeps control codes out."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        label = run_label()
        if label:
            prefix = f"[{label.encode('unicode_escape').decode()}] "
            text = "\n".join(prefix + line for line in text.splitlines())
        return mask(text)


def hide(secret: str | None) -> None:
    """Keep `secret` out of everything logged from now on."""
    if secret:
        _hidden.add(secret)


def mask(text: str) -> str:
    """Return `text` with every hidden secret as `***`."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def printable(text: str) -> str:
    """Return a name with its control characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def set_up(plugin: str) -> None:
    """Send the log to standard error; `LOGLEVEL` sets its level.

    The SDK would read SINGER_SDK_LOG_CONFIG, a file that parallel runs
    of Meltano rewrite under each other's eyes; it is ignored, and what
    the SDK says of its own is shown at level DEBUG only.
    """
    os.environ.pop("SINGER_SDK_LOG_CONFIG", None)
    prefix = plugin.upper().replace("-", "_")
    level = os.environ.get(f"{prefix}_LOGLEVEL") or os.environ.get("LOGLEVEL")
    level = (level or "INFO").upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(levelname)-7s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("DEBUG" if level == "DEBUG" else "WARNING")
    logger.setLevel(level)
    if level != "DEBUG":
        logging.getLogger(plugin).setLevel(logging.CRITICAL)
        # The SDK sets this one's level itself.
        logging.getLogger("singer_sdk.metrics").disabled = True


class Progress:
    """Rows and bytes of one stream, counted while it moves."""

    def __init__(self, stream: str) -> None:
        """Start at nothing, now."""
        self.stream = stream
        self.rows = 0
        self.bytes = 0
        self._start = time.monotonic()

    def __str__(self) -> str:
        """Return rows, bytes, seconds and rows per second."""
        seconds = time.monotonic() - self._start
        rate = self.rows / seconds if seconds > 0 else 0.0
        return (
            f"{printable(self.stream)}: {self.rows:,} rows, "
            f"{human_bytes(self.bytes)}, {seconds:.1f} s, {rate:,.0f} rows/s"
        )


@contextmanager
def progress(stream: str) -> Iterator[Progress]:
    """Give a `Progress`; log it every 10 s, and once when done."""
    state = Progress(stream)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            logger.info("%s so far", state)

    threading.Thread(target=beat, daemon=True).start()
    try:
        yield state
        logger.info("%s", state)
    finally:
        done.set()


def human_bytes(count: float) -> str:
    """Return a size as people read it: `133 MB` (powers of ten)."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return (
                f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
            )
        count /= 1000
    return f"{count:.1f} GB"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 table`, `1,000 tables`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def log_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Log rows under a header, in aligned columns."""
    cells = [list(header), *([printable(str(c)) for c in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        pairs = zip(row, widths, strict=True)
        logger.info("%s", "  ".join(c.ljust(w) for c, w in pairs).rstrip())
