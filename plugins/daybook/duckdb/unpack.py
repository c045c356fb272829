"""Bytes of a delivered file, unpacked if it is gzip, damaged or not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 1 << 18

_ALWAYS_BYTES = 1 << 28
_MOST_TIMES = 200
"""A file that unpacks to more than both is a trap: real lines of JSON
pack 5 to 30 times, zeros a thousand times."""


class Damaged(Exception):  # noqa: N818  no error of the user's command
    """The file cannot be read on from here; says why."""


class Trap(Damaged):
    """The file could be read on, but for too long."""


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the file's bytes; gzip is told by its content, not its name.

    Raises:
        Damaged: It is broken off or damaged; what was readable was
            yielded before.
        Trap: It is not worth reading on.
        OSError: The file system refused.
    """
    packed = is_gzip(path)
    with path.open("rb") as file:
        if packed:
            yield from _unpacked(file, path.stat().st_size)
        else:
            while block := file.read(_BLOCK_BYTES):
                yield block


def is_gzip(path: Path) -> bool:
    """Return whether a file is packed, by its content.

    Only an empty file is told by its name: it may have broken off, too.

    Raises:
        OSError: The file system refused.
    """
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    return _MAGIC.startswith(head) if head else path.suffix == ".gz"


def _unpacked(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield what the members of a gzip file hold, one after the other."""
    most, given = max(_ALWAYS_BYTES, size * _MOST_TIMES), 0
    packed = file.read(_BLOCK_BYTES)
    if not packed:
        raise Damaged("the gzip file is empty")
    while packed:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            if not packed:
                raise Damaged("the gzip file breaks off here")
            before = member.copy()
            try:
                block = member.decompress(packed, _BLOCK_BYTES)
            except zlib.error:
                yield from _salvaged(before, packed)
            given += len(block)
            if given > most:
                raise Trap(
                    f"the file's {size:,} bytes unpack to more than "
                    f"{most:,}: it is not read on"
                )
            yield block
            packed = member.unconsumed_tail or member.unused_data
            packed = packed or file.read(_BLOCK_BYTES)
        packed = _without_padding(packed, file)


def _without_padding(packed: bytes, file: BinaryIO) -> bytes:
    """Return what follows the zeros between members, b"" at the end."""
    rest = packed.lstrip(b"\0")
    while not rest and (packed := file.read(_BLOCK_BYTES)):
        rest = packed.lstrip(b"\0")
    return rest


def _salvaged(member: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """Yield what can be had before the damage, byte by byte."""
    for place in range(len(packed)):
        try:
            yield member.decompress(packed[place : place + 1])
        except zlib.error as error:
            raise Damaged(
                f"the gzip file is damaged here ({error})"
            ) from error
