"""People are erased from files of any kind, also while they are written."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import stat
from pathlib import Path

import pytest

from daybook.erasure import texts
from daybook.erasure.clear import Clear
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.rows import Value
from daybook.erasure.subjects import Subjects

OF = Pseudonyms(b"k" * 32)
MAIL, STREET = "anna.müller@example.org", "Hauptstraße 12a"
NEW = OF.of("email", MAIL)
CLEAR = Clear(
    Subjects(OF, frozenset([OF.digest("email", MAIL)])),
    [[Value("email", MAIL), Value("address", STREET)]],
)
LINE = f"2020-01-01 INFO the row of {MAIL} at {STREET} is odd\n"


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("in_place", [False, True])
def test_values_go_and_all_else_stays(tmp_path: Path, in_place: bool) -> None:
    other = "other lines\tstay, ü \x1b[0m\r\n".encode() + b"\xff\xfe\x00\n"
    path = write(tmp_path / "a.log", other + LINE.encode() + other)
    assert texts.erase(path, CLEAR, in_place=in_place) == 2
    data = path.read_bytes()
    assert data.startswith(other)
    assert data.endswith(other)
    assert texts.search(path, CLEAR) == 0
    assert b"anna" not in data


def test_a_complete_file_gets_the_pseudonym(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps({"to": MAIL}).encode())
    texts.erase(path, CLEAR, in_place=False)
    assert json.loads(path.read_text()) == {"to": NEW}


def test_in_place_nothing_moves(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", LINE.encode())
    before = path.stat()
    texts.erase(path, CLEAR, in_place=True)
    after = path.stat()
    assert after.st_size == before.st_size
    assert after.st_ino == before.st_ino


def test_who_writes_a_log_goes_on_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with path.open("wb", buffering=0) as writer:
        writer.write(LINE.encode())
        texts.erase(path, CLEAR, in_place=True)
        writer.write(b"next\n")
    assert path.read_bytes().endswith(b" is odd\nnext\n")
    assert texts.search(path, CLEAR) == 0


@pytest.mark.parametrize("in_place", [False, True])
def test_rights_and_times_stay(tmp_path: Path, in_place: bool) -> None:
    path = write(tmp_path / "a.log", LINE.encode())
    path.chmod(0o640)
    os.utime(path, (1, 2))
    texts.erase(path, CLEAR, in_place=in_place)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_mtime == 2


def test_a_file_without_them_is_not_touched(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", b"nobody@example.org\n")
    before = path.stat()
    assert texts.erase(path, CLEAR, in_place=False) == 0
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("packer", [gzip, bz2, lzma])
def test_packed_files_stay_packed(tmp_path: Path, packer: object) -> None:
    path = tmp_path / "a.log.1"
    with packer.open(path, "wb") as file:  # type: ignore[attr-defined]
        file.write(LINE.encode() * 3)
    assert texts.erase(path, CLEAR, in_place=True) == 6
    with packer.open(path, "rt") as file:  # type: ignore[attr-defined]
        assert file.read().count(NEW) == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = f"Grüße an {MAIL}, {STREET}"
    path = write(tmp_path / "a.txt", text.encode(encoding))
    assert texts.erase(path, CLEAR, in_place=False) == 2
    new = path.read_bytes().decode(encoding)
    assert new == f"Grüße an {NEW}, {OF.of('address', STREET)}"


def test_nothing_moves_in_a_binary_file(tmp_path: Path) -> None:
    data = b"\0\x17" + MAIL.encode() + b"\0\x02ab"
    path = write(tmp_path / "a.bin", data)
    assert texts.erase(path, CLEAR, in_place=False) == 1
    new = path.read_bytes()
    assert len(new) == len(data)
    assert new.endswith(b"\0\x02ab")


def test_values_are_found_wherever_they_stand_in_a_large_file(
    tmp_path: Path,
) -> None:
    line = b"ordinary words of no interest\n" * 100
    parts = [line * n + LINE.encode() for n in range(0, 120, 13)]
    path = write(tmp_path / "a.log", b"".join(parts))
    assert texts.search(path, CLEAR) == 2 * len(parts)
    assert texts.erase(path, CLEAR, in_place=True) == 2 * len(parts)
    assert texts.search(path, CLEAR) == 0


@pytest.mark.parametrize("shift", [0, 7, 1 << 14])
def test_a_value_on_the_border_of_two_reads_is_found(
    tmp_path: Path, shift: int
) -> None:
    data = b"x" * ((1 << 20) - shift - 10) + b" " + LINE.encode()
    path = write(tmp_path / "a.log", data + b"y" * (1 << 20))
    assert texts.erase(path, CLEAR, in_place=True) == 2
    assert path.read_bytes().startswith(b"x" * 1000)


def test_a_packed_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    data = gzip.compress(LINE.encode() * 9)[:-9]
    path = write(tmp_path / "a.log.gz", data)
    with pytest.raises(texts.UNREADABLE):
        texts.erase(path, CLEAR, in_place=True)
    assert path.read_bytes() == data
