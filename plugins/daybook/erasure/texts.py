"""Erases people from text files of any kind: logs, reports, notebooks.

A log that somebody writes to cannot be replaced, for the writer would go
on in the file that is gone. So what stands in a log is written over in
its place, to the byte as long as it was: nothing moves, whatever is added
meanwhile. A file that is complete is written anew and put in its place in
one step. Either way rights and times stay.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, cast

from daybook.erasure.clear import Clear, Hit
from daybook.erasure.rewriting import rewriting
from daybook.errors import UnfinishedError
from daybook.lake import files

UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a file raises, packed ones too."""

_WINDOW_BYTES = 1 << 20
_CONTEXT_BYTES = 1 << 14
"""So much before and after a place is seen with it."""

_PACKED = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ": lzma}
_WIDE = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file is written.

    Attributes:
        encoding: Of its text.
        errors: What is done with bytes that are no text.
        width: Bytes that the smallest character takes.
        is_binary: Whether it is no text, so that nothing in it may move.
        is_packed: Whether it must be unpacked first.
    """

    encoding: str = "utf-8"
    errors: str = "surrogateescape"
    width: int = 1
    is_binary: bool = False
    is_packed: bool = False

    def changes(self, data: bytes, clear: Clear) -> Iterator[Hit]:
        """Yield what is to change in a part of the file, by its bytes."""
        whole = len(data) - len(data) % self.width
        text = data[:whole].decode(self.encoding, self.errors)
        done = place = 0
        for hit in clear.hits(text):
            start = place + self._size(text[done : hit.start])
            place = start + self._size(text[hit.start : hit.end])
            done = hit.end
            yield Hit(start, place, hit.new)

    def fitted(self, change: Hit) -> bytes:
        """Return the new value, as long as the old one was."""
        size = (change.end - change.start) // self.width
        return change.as_long_as(size).encode(self.encoding)

    def _size(self, text: str) -> int:
        if self.width == 1 and text.isascii():
            return len(text)
        return len(text.encode(self.encoding, self.errors))


def search(path: Path, clear: Clear) -> int:
    """Return how many values of theirs a file holds.

    Raises:
        One of `UNREADABLE`: It cannot be read, or not to its end.
    """
    form = _form(path)
    with _opened(path, form) as file:
        return sum(len(changes) for _, changes in _pieces(file, form, clear))


def erase(path: Path, clear: Clear, *, in_place: bool) -> int:
    """Erase them; return how many values there were.

    `in_place` is for files that somebody may be writing to.

    Raises:
        UnfinishedError: It changed meanwhile; it is as it was.
        One of `UNREADABLE`: It cannot be read to its end, or written; a
            file that is not erased in place is as it was.
    """
    form = _form(path)
    if (in_place or form.is_binary) and not form.is_packed:
        return _overwrite(path, form, clear)
    if not (found := search(path, clear)):
        return 0
    _rewrite(path, form, clear)
    return found


def _overwrite(path: Path, form: _Form, clear: Clear) -> int:
    found, place = [], 0
    with files.open_plain(path) as file:
        for piece, changes in _pieces(file, form, clear):
            found += [(place + one.start, form.fitted(one)) for one in changes]
            place += len(piece)
        if found:
            before = os.fstat(file.fileno())
            _write_over(path, before, found)
    return len(found)


def _write_over(
    path: Path, before: os.stat_result, found: list[tuple[int, bytes]]
) -> None:
    writer = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        if not os.path.samestat(os.fstat(writer), before):
            raise UnfinishedError(
                f"{path} was replaced while people were erased from it.",
                "Run the same command again.",
            )
        for place, new in found:
            os.pwrite(writer, new, place)
        os.fsync(writer)
        if os.fstat(writer).st_size == before.st_size:
            times = before.st_atime_ns, before.st_mtime_ns
            os.utime(writer, ns=times)
    finally:
        os.close(writer)


def _rewrite(path: Path, form: _Form, clear: Clear) -> None:
    with (
        rewriting(path) as out,
        _opened(path, form) as file,
        _packed(out, path, form) as write,
    ):
        for piece, changes in _pieces(file, form, clear):
            write(_with(piece, changes, form))


def _with(piece: bytes, changes: list[Hit], form: _Form) -> bytes:
    parts, done = [], 0
    for change in changes:
        parts += [piece[done : change.start], change.new.encode(form.encoding)]
        done = change.end
    return b"".join([*parts, piece[done:]])


def _pieces(
    file: BinaryIO, form: _Form, clear: Clear
) -> Iterator[tuple[bytes, list[Hit]]]:
    """Yield all of the file, piece by piece, with what is to change."""
    data, before = b"", 0
    while True:
        block = file.read(_WINDOW_BYTES)
        data += block
        stop = len(data)
        if block:
            stop = max(before, stop - _CONTEXT_BYTES)
            stop -= stop % form.width
        changes = []
        for one in form.changes(data, clear):
            if before <= one.start < stop:
                stop = max(stop, one.end)
                changes.append(
                    Hit(one.start - before, one.end - before, one.new)
                )
        yield data[before:stop], changes
        if not block:
            return
        kept = max(0, stop - _CONTEXT_BYTES)
        data, before = data[kept:], stop - kept


def _form(path: Path) -> _Form:
    with files.open_plain(path) as file:
        head = file.read(1 << 13)
    if any(head.startswith(mark) for mark in _PACKED):
        return _Form(is_packed=True)
    if encoding := _WIDE.get(head[:2]):
        return _Form(encoding, "surrogatepass", 2)
    return _Form(is_binary=b"\0" in head)


@contextmanager
def _opened(path: Path, form: _Form) -> Iterator[BinaryIO]:
    with files.open_plain(path) as file:
        if not form.is_packed:
            yield file
            return
        with _packer(path).open(file, "rb") as unpacked:
            yield cast("BinaryIO", unpacked)


@contextmanager
def _packed(
    out: BinaryIO, path: Path, form: _Form
) -> Iterator[Callable[[bytes], object]]:
    """Give what writes, packed as the file at `path` is."""
    if not form.is_packed:
        yield out.write
        return
    with _packer(path).open(out, "wb") as packed:
        yield packed.write


def _packer(path: Path) -> ModuleType:
    with path.open("rb") as file:
        head = file.read(8)
    return next(p for mark, p in _PACKED.items() if head.startswith(mark))
