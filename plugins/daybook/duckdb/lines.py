"""Text files as rows, one per line; what cannot be read is a row too.

A line is never guessed at: it stands as it came, with its number, and
where it is none (broken off, too long, not UTF-8) the row says why.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from daybook.duckdb.unpack import Damaged, blocks

MAX_LINE_BYTES = 4_000_000
"""A longer line is named, but left in its file."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_IN_UTF_16 = "the file is written in UTF-16, not in UTF-8"


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of a file, or what is wrong in the place of one.

    Attributes:
        number: That of the first, from 1; 0 stands for the whole file.
        texts: The lines without their ends, blank ones too; None for
            one that is not readable. What is no character of a text is
            written as an escape.
        problem: What is wrong with them, None if nothing.
    """

    number: int
    texts: Sequence[str | None]
    problem: str | None = None


def lines(path: Path) -> Iterator[Lines]:
    """Yield all lines of a file, in order.

    Raises:
        OSError: The file system refused.
    """
    try:
        what = _is_no_file(path)
        head = b"" if what else _head(path)
    except PermissionError:
        what = "not readable: the permission is missing"
    if what:
        yield Lines(0, [None], f"{path.name} is {what}")
        return
    found, problem = blocks(path), None
    if head.startswith(_UTF_16):
        found, problem = _from_utf_16(found), _IN_UTF_16
    yield from _Reader(problem).read(found)


class _Reader:
    """One pass over a file."""

    def __init__(self, problem: str | None) -> None:
        self._problem = problem
        self._number = 1
        self._rest = b""
        self._dropped = 0

    def read(self, found: Iterable[bytes]) -> Iterator[Lines]:
        """Yield the lines; the last one with what it breaks off by."""
        damage = None
        try:
            for block in found:
                ended, newline, rest = block.rpartition(b"\n")
                if newline:
                    yield from self._ended(ended)
                self._add(rest)
        except Damaged as error:
            damage = str(error)
        if self._rest or self._dropped or damage:
            yield self._line(b"", damage)

    def _ended(self, data: bytes) -> Iterator[Lines]:
        """Yield the lines that `data` ends, or holds whole."""
        if self._dropped:
            first, newline, data = data.partition(b"\n")
            yield self._line(first)
            if not newline:
                return
        data = self._rest + data
        self._rest = b""
        if not data.strip():
            # A gzip file of a few bytes holds millions of blank lines.
            self._number += data.count(b"\n") + 1
            return
        if self._number == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text or len(data) > MAX_LINE_BYTES:
            yield from map(self._line, data.split(b"\n"))
            return
        texts = text.replace("\r\n", "\n").removesuffix("\r").split("\n")
        yield Lines(self._number, texts, self._problem)
        self._number += len(texts)

    def _add(self, data: bytes) -> None:
        """Keep the beginning of a line, or only how long it is."""
        self._rest += data
        if self._dropped or len(self._rest) > MAX_LINE_BYTES:
            self._dropped += len(self._rest)
            self._rest = b""

    def _line(self, data: bytes, damage: str | None = None) -> Lines:
        """Return one line, whatever is wrong with it."""
        data, length = self._rest + data, self._dropped
        length += len(data)
        self._rest, self._dropped = b"", 0
        number = self._number
        self._number += 1
        if length > MAX_LINE_BYTES:
            long = (
                f"the line has {length:,} bytes, more than "
                f"{MAX_LINE_BYTES:,}: only the file holds it"
            )
            return Lines(
                number, [None], "; ".join(filter(None, (long, damage)))
            )
        if number == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        text, fault = _text(data.removesuffix(b"\r"))
        problem = damage or self._problem or fault
        return Lines(number, [text or None if damage else text], problem)


def _text(data: bytes) -> tuple[str, str | None]:
    """Return the text of a line, and what is wrong with it."""
    try:
        text, fault = data.decode(), None
    except UnicodeDecodeError as error:
        text = data.decode(errors="backslashreplace")
        byte = data[error.start]
        fault = f"the byte 0x{byte:02X} at {error.start + 1} is not UTF-8"
    if "\0" in text:
        fault = fault or f"a NUL character stands at {text.index(chr(0)) + 1}"
    return text.replace("\0", r"\x00"), fault


def _is_no_file(path: Path) -> str | None:
    """Return what stands in a file's place, None if it is a file."""
    if path.is_file():
        return None
    if path.is_dir():
        return "a folder"
    return "a link to no file" if path.is_symlink() else "no file"


def _head(path: Path) -> bytes:
    try:
        return next(blocks(path), b"")
    except Damaged:
        return b""


def _from_utf_16(found: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("backslashreplace")
    for block in found:
        yield decoder.decode(block).encode()
