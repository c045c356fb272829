"""People are erased from delivered files; nothing else changes."""

import gzip
import json
import random

import pytest

from daybook.duckdb.erase_files import Searched, erase, search
from daybook.duckdb.lines import lines
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects

OF = Pseudonyms(b"a key of the tests, and of nothing else")
JANE = Subjects(
    OF,
    frozenset({OF.digest("subject", "007"), OF.digest("email", "jane@b.c")}),
)
FIELDS = {"id": "subject", "email": "email", "first_name": "name"}
OTHERS = ['{"id": "7", "first_name":  "Jo"}', "", "half a li"]
LINES = [OTHERS[0], '{"id": "007", "first_name": "Jane"}', *OTHERS[1:]]
ERASED = [
    OTHERS[0],
    f'{{"id": "007", "first_name": "{OF.of("name", "Jane")}"}}',
    *OTHERS[1:],
]


def packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def as_it_is(text: bytes) -> bytes:
    return text


@pytest.mark.parametrize("pack", [packed, as_it_is])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_persons_lines_change(tmp_path, pack, end):
    path = tmp_path / "customers.json"
    path.write_bytes(pack(end.join(LINES).encode()))
    assert search(path, FIELDS, JANE) == Searched(1)
    assert erase(path, FIELDS, JANE) == Searched(1)
    data = path.read_bytes()
    text = gzip.decompress(data) if pack is packed else data
    assert text.decode() == end.join(ERASED)


@pytest.mark.timeout(20)
def test_millions_of_blank_lines_are_passed_over_and_stay(tmp_path):
    path = tmp_path / "customers.json.gz"
    blanks = b"\n" * 30_000_000
    path.write_bytes(packed(LINES[1].encode() + blanks + LINES[1].encode()))
    assert erase(path, FIELDS, JANE) == Searched(2)
    new = ERASED[1].encode()
    assert gzip.decompress(path.read_bytes()) == new + blanks + new


def test_a_file_without_the_person_is_not_touched(tmp_path):
    path = tmp_path / "customers.json"
    path.write_text("\n".join(OTHERS))
    before = path.stat()
    assert erase(path, FIELDS, JANE) == Searched(0)
    assert path.stat() == before


def test_the_second_time_nothing_is_done(tmp_path):
    path = tmp_path / "customers.json"
    path.write_text("\n".join(LINES))
    erase(path, FIELDS, JANE)
    before = path.stat()
    assert erase(path, FIELDS, JANE) == Searched(0)
    assert path.stat().st_ino == before.st_ino


def test_the_files_rights_and_time_stay(tmp_path):
    path = tmp_path / "customers.json"
    path.write_text("\n".join(LINES))
    path.chmod(0o600)
    before = path.stat()
    erase(path, FIELDS, JANE)
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns) == (
        before.st_mode,
        before.st_mtime_ns,
    )
    assert not list(tmp_path.glob(".*"))


def test_bytes_that_are_no_text_stay(tmp_path):
    path = tmp_path / "customers.json"
    other = b'{"id": "7", "first_name": "Ren\xe9\x00"}\n'
    path.write_bytes(other + b'{"id": "007", "first_name": "Ren\xe9"}')
    erase(path, FIELDS, JANE)
    first, second = path.read_bytes().splitlines(keepends=True)
    assert first == other
    assert b"Ren" not in second


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_stays_utf_16(tmp_path, encoding):
    path = tmp_path / "customers.json"
    path.write_bytes(("\ufeff" + "\n".join(LINES)).encode(encoding))
    erase(path, FIELDS, JANE)
    assert path.read_bytes().decode(encoding) == "\ufeff" + "\n".join(ERASED)


@pytest.mark.parametrize("pack", [packed, as_it_is])
def test_what_is_no_utf_16_stays(tmp_path, pack):
    path = tmp_path / "customers.json"
    text = f"\ufeff{LINES[1]}\n{{\ud800 lone\n\udfff\ud801".encode(
        "utf-16-le", "surrogatepass"
    )
    path.write_bytes(pack(text + b"x"))
    assert erase(path, FIELDS, JANE) == Searched(1)
    data = path.read_bytes()
    after = gzip.decompress(data) if pack is packed else data
    assert (
        after
        == text.replace(
            LINES[1].encode("utf-16-le"), ERASED[1].encode("utf-16-le")
        )
        + b"x"
    )


def test_a_gzip_file_that_broke_off_still_does(tmp_path):
    words = random.Random(1)
    many = [json.dumps({"id": f"{words.getrandbits(99)}"}) for _ in range(999)]
    whole = packed("\n".join([LINES[1], *many]).encode())
    path = tmp_path / "customers.json.gz"
    path.write_bytes(whole[: len(whole) // 2])
    before = [(some.number, some.texts, some.problem) for some in lines(path)]
    assert erase(path, FIELDS, JANE) == Searched(1)
    after = [(some.number, some.texts, some.problem) for some in lines(path)]
    assert after[0][1][0] == ERASED[1]
    assert after[0][1][1:] == before[0][1][1:]
    assert after[-1] == before[-1]


def test_a_line_of_any_length_is_read(tmp_path):
    path = tmp_path / "customers.json"
    long = json.dumps({"x": "y" * 5_000_000, "id": "007", "email": "q@r"})
    path.write_text(f"{LINES[0]}\n{long}\n")
    assert erase(path, FIELDS, JANE) == Searched(1)
    assert path.read_text() == (
        f"{LINES[0]}\n{long.replace('q@r', OF.of('email', 'q@r'))}\n"
    )


def test_a_file_that_is_not_read_to_its_end_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("daybook.duckdb.unpack._ALWAYS_BYTES", 1 << 22)
    path = tmp_path / "customers.json.gz"
    path.write_bytes(packed(bytes(50_000_000)))
    assert "not read on" in str(search(path, FIELDS, JANE).unread)


def test_a_file_of_a_database_is_told_and_left(tmp_path):
    path = tmp_path / "people.parquet"
    path.write_bytes(b"PAR1\x15\x04\n\x08\0\0\0jane@b.c\x15PAR1")
    before = path.read_bytes()
    found = erase(path, FIELDS, JANE)
    assert (found.lines, path.read_bytes()) == (1, before)
    assert "make it anew" in str(found.unread)
