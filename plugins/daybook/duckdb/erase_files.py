"""Erases people from delivered files of lines; others' lines stay as is."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from daybook.duckdb.unpack import Damaged, Trap, blocks, is_gzip
from daybook.erasure.documents import identities as line_ids
from daybook.erasure.rewriting import rewriting
from daybook.erasure.rows import erased_line, is_about_them, text_values

if TYPE_CHECKING:
    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects

_UTF_16 = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# A gzip file of a few bytes holds millions of blank lines: these are one.
_LINES = re.compile(r"\s*\n|[^\n]+\n?")
_TABLE = re.compile(
    rb"PAR1|ORC|ARROW1|PK\x03\x04|SQLite format 3\0|(?s:.{8})DUCK"
)
"""Begins files of tables and archives, in which nothing may move."""

_NOT_TEXT = (
    "its lines are no text, so that nothing in it can be replaced: make it "
    "anew without these people, or remove it"
)


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found in a file.

    Attributes:
        lines: How many of the people's lines were erased.
        unread: Why the file was not read to its end, or cannot be
            written anew; None if it was or can.
    """

    lines: int
    unread: str | None = None


def identities(path: Path, fields: Mapping[str, str]) -> Iterator[list[Value]]:
    """Yield the ids and addresses of each line that has some.

    Raises:
        OSError: The file system refused.
    """
    lines = _Text(path).lines()
    yield from filter(None, (line_ids(line, fields) for line in lines))


def values(
    path: Path, fields: Mapping[str, str], people: Subjects
) -> Iterator[list[Value]]:
    """Yield all personal values of each line of theirs.

    Raises:
        OSError: The file system refused.
    """
    for line in _Text(path).lines():
        if is_about_them(line, fields, people):
            yield text_values(line, fields)


def search(
    path: Path, fields: Mapping[str, str], people: Subjects
) -> Searched:
    """Return what `erase` would do.

    Raises:
        OSError: The file system refused.
    """
    found, text = 0, _Text(path)
    for line in text.lines():
        new = erased_line(line, fields, people)
        found += new != line
    return Searched(
        found, _NOT_TEXT if found and text.is_table else text.unread
    )


def erase(path: Path, fields: Mapping[str, str], people: Subjects) -> Searched:
    """Write the file anew without the people, in one atomic step.

    A file without any line of theirs is not touched. gzip stays gzip, and
    a file that broke off still does.

    Raises:
        UnfinishedError: The file changed meanwhile; it is as it was.
        OSError: The file system refused; the file is as it was.
    """
    found, text = search(path, fields, people), _Text(path)
    if not found.lines or text.is_table:
        return found
    with rewriting(path) as out, _packed(out, path, text) as write:
        for line in text.lines():
            write(erased_line(line, fields, people))
    return found


class _Text:
    """The lines of a file as texts, and back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_damaged = False
        self.unread: str | None = None
        self._rest = b""
        head = b""
        # What damages the file is met again, and told, in `lines`.
        with suppress(Damaged):
            head = next(blocks(path), b"")
        mark = head[:2]
        self.is_table = _TABLE.match(head) is not None
        self._mark = mark if mark in _UTF_16 else b""
        self._encoding = _UTF_16.get(mark, "utf-8")

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends; then the rest is known.

        Many blank lines may be one.
        """
        rest: list[str] = []
        for text in self._texts():
            for line in _LINES.findall(text):
                rest.append(line)
                if line.endswith("\n"):
                    yield "".join(rest)
                    rest.clear()
        if rest:
            yield "".join(rest)

    def encode(self, line: str) -> bytes:
        """Return a line as it is written."""
        return line.encode(self._encoding, self._errors)

    @property
    def rest(self) -> bytes:
        """What stands after the last line: half a character."""
        return self._rest

    @property
    def start(self) -> bytes:
        """What stands before the first line."""
        return self._mark

    def _texts(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)(self._errors)
        skip = len(self._mark)
        try:
            for block in blocks(self._path):
                yield decoder.decode(block[skip:])
                skip = 0
        except Damaged as error:
            self.is_damaged = True
            self.unread = str(error) if isinstance(error, Trap) else None
        if self._mark:
            self._rest, _ = decoder.getstate()
        else:
            yield decoder.decode(b"", final=True)

    @property
    def _errors(self) -> str:
        return "surrogatepass" if self._mark else "surrogateescape"


@contextmanager
def _packed(
    out: BinaryIO, path: Path, text: _Text
) -> Iterator[Callable[[str], object]]:
    """Give what writes lines, packed as those of `path` are."""
    if not is_gzip(path):
        out.write(text.start)
        yield lambda line: out.write(text.encode(line))
        out.write(text.rest)
        return
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    out.write(packer.compress(text.start))
    yield lambda line: out.write(packer.compress(text.encode(line)))
    out.write(packer.compress(text.rest))
    ended = zlib.Z_SYNC_FLUSH if text.is_damaged else zlib.Z_FINISH
    out.write(packer.flush(ended))
