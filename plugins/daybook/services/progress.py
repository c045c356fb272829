"""How far a download is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from daybook.singer.log import counted, human_bytes

Advance = Callable[[int], None]
"""Takes the number of bytes that just arrived, from any thread."""

LINE_SECONDS = 10.0


@contextmanager
def shown(name: str, files: int, size: int) -> Iterator[Advance]:
    """Show a download of `size` bytes on standard error while it runs."""
    what = f"{name}: {counted(files, 'file')}, {human_bytes(size)}"
    start = time.monotonic()
    if sys.stderr.isatty():
        with _bar(f"{name}: downloading", size) as advance:
            yield advance
    else:
        _say(f"{what} to download ...")
        yield _Lines(name, size)
    _say(f"{what}, downloaded in {time.monotonic() - start:.1f} s")


@contextmanager
def _bar(title: str, size: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=size)
        yield lambda count: progress.advance(task, count)


class _Lines:
    """Prints a line every so often."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._done = 0
        self._said = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, count: int) -> None:
        with self._lock:
            self._done += count
            if time.monotonic() - self._said < LINE_SECONDS:
                return
            self._said = time.monotonic()
            done, size = human_bytes(self._done), human_bytes(self._size)
            _say(f"{self._name}: {done} of {size}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
