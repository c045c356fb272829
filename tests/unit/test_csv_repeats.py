"""Of a key that a tap sends more than once the last row is kept."""

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from daybook import dialect
from daybook.csv import repeats
from daybook.singer.handover import HandedFile
from daybook.table import Column, Table

TABLE = Table(
    "", "t", (Column("n", "bigint"), Column("s", "text")), ("n", "s")
)
TEXTS = st.sampled_from(["", "a", "A", 'q"', "line\nbreak", "é", ",", "\\."])


def written(folder: Path, rows: list[tuple[str, str]]) -> HandedFile:
    path = folder / "sent.csv"
    lines = [dialect.encode_row(row) for row in [("n", "s"), *rows]]
    data = b"".join(lines)
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return HandedFile(path, len(rows), sha256, max(map(len, lines)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["1", "2", "-3"]), TEXTS)))
def test_the_last_row_of_each_key_stays_in_its_place(rows):
    last = {row: place for place, row in enumerate(rows)}
    wanted = [row for place, row in enumerate(rows) if last[row] == place]
    with TemporaryDirectory() as folder, TemporaryDirectory() as other:
        sent = written(Path(folder), rows)
        kept = repeats.keep_last(sent, TABLE, Path(folder, "kept.csv"))
        expected = written(Path(other), wanted)
        assert kept.path.read_bytes() == expected.path.read_bytes()
        assert replace(kept, path=expected.path) == expected


def test_a_file_without_repeated_keys_is_left_as_it_is(tmp_path):
    file = written(tmp_path, [("2", "a"), ("1", "a")])
    assert repeats.keep_last(file, TABLE, tmp_path / "kept.csv") is file


def test_integers_are_one_key_however_they_are_written(tmp_path):
    file = written(tmp_path, [("01", "a"), ("1", "a")])
    kept = repeats.keep_last(file, TABLE, tmp_path / "kept.csv")
    assert kept.path.read_bytes() == b"n,s\n1,a\n"
