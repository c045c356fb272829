"""Lines of delivered files: each a row, also what cannot be read."""

import gzip
import os
import random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.duckdb import lines as lines_module
from daybook.duckdb.line_files import parse_lines
from daybook.duckdb.line_files import read as read_files
from daybook.duckdb.lines import lines
from daybook.errors import AbsentError, ConfigError
from daybook.personal import Personal


class Line(NamedTuple):
    number: int
    text: str | None
    problem: str | None = None


def rows(path) -> list[Line]:
    return [
        Line(number, text, some.problem)
        for some in lines(path)
        for number, text in enumerate(some.texts, some.number)
        if text is None or text.strip()
    ]


def read(folder, data: bytes, name="customers.json") -> list[Line]:
    path = folder / name
    path.write_bytes(data)
    return rows(path)


def test_each_line_is_a_row_with_its_number(tmp_path):
    assert read(tmp_path, b'{"a": 1}\n{"a": 2}\n') == [
        Line(1, '{"a": 1}'),
        Line(2, '{"a": 2}'),
    ]


def test_the_last_line_needs_no_end(tmp_path):
    assert read(tmp_path, b"a\nb") == [Line(1, "a"), Line(2, "b")]


def test_blank_lines_are_none_but_count(tmp_path):
    assert read(tmp_path, b"\na\r\n \t\nb\n\n") == [
        Line(2, "a"),
        Line(4, "b"),
    ]


def test_an_empty_file_that_should_be_gzip_is_told(tmp_path):
    assert read(tmp_path, b"", "customers.json.gz") == [
        Line(1, None, "the gzip file is empty")
    ]


def test_only_blanks_are_a_blank_line(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (tmp_path / "a.json").write_bytes(b" \t\r\n\x1c\n\xc2\xa0\n\v\f\n")
    (files,) = parse_lines([{"name": "n", "path": "a.json"}])
    told = [(row["line"], row["text"]) for row in read_files(files)]
    assert told == [(2, "\x1c"), (3, "\xa0")]


def test_an_empty_file_has_no_lines(tmp_path):
    assert read(tmp_path, b"") == []
    assert read(tmp_path, gzip.compress(b"")) == []


@pytest.mark.parametrize("name", ["customers.json", "customers.json.gz"])
def test_gzip_is_told_by_the_content_not_the_name(tmp_path, name):
    assert read(tmp_path, gzip.compress(b"a\nb\n"), name) == [
        Line(1, "a"),
        Line(2, "b"),
    ]
    assert read(tmp_path, b"a\nb\n", name) == [Line(1, "a"), Line(2, "b")]


def test_gzip_files_one_after_the_other_are_one(tmp_path):
    data = gzip.compress(b"a\nb") + gzip.compress(b"c\n") + b"\0" * 100
    assert read(tmp_path, data) == [Line(1, "a"), Line(2, "bc")]


def test_a_gzip_file_after_much_padding_is_read(tmp_path):
    data = gzip.compress(b"a\n") + bytes(1_000_000) + gzip.compress(b"b\n")
    assert read(tmp_path, data) == [Line(1, "a"), Line(2, "b")]
    assert read(tmp_path, data[:1_000_000]) == [Line(1, "a")]


def test_a_gzip_file_that_breaks_off_gives_what_is_there(tmp_path):
    words = random.Random(1)
    text = b"".join(b"%x\n" % words.getrandbits(64) for _ in range(50_000))
    whole = gzip.compress(text)
    found = read(tmp_path, whole[: len(whole) // 2])
    *good, last = found
    assert [line.text for line in good] == (
        text.decode().splitlines()[: len(good)]
    )
    assert 20_000 < len(good) < 30_000
    assert last.number == len(good) + 1
    assert last.problem == "the gzip file breaks off here"
    assert text.decode().splitlines()[len(good)].startswith(last.text or "")


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_gzip_file_may_break_off_anywhere(tmp_path, cut):
    whole = gzip.compress(b"abc\n")
    assert read(tmp_path, whole[:-cut])[-1].problem


def test_a_damaged_gzip_file_gives_what_is_there(tmp_path):
    whole = bytearray(gzip.compress(b"abc\n" * 10))
    whole[-6] ^= 1  # the checksum
    found = read(tmp_path, bytes(whole))
    assert [line.text for line in found] == ["abc"] * 10 + [None]
    assert "damaged" in str(found[-1].problem)


def test_what_follows_a_gzip_file_is_told(tmp_path):
    found = read(tmp_path, gzip.compress(b"a\n") + b"what is this?")
    assert [line.text for line in found] == ["a", None]
    assert "damaged" in str(found[-1].problem)


def test_a_gzip_bomb_is_not_read_on(tmp_path, monkeypatch):
    monkeypatch.setattr("daybook.duckdb.unpack._ALWAYS_BYTES", 1 << 22)
    found = read(tmp_path, gzip.compress(b"a\n" + bytes(50_000_000)))
    assert found[0] == Line(1, "a")
    assert "unpack to more than" in str(found[1].problem)
    assert len(found) == 2


def test_a_line_that_is_too_long_is_told_and_the_next_is_read(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(lines_module, "MAX_LINE_BYTES", 1000)
    found = read(tmp_path, b"a\n" + b"x" * 2_000_000 + b"\nb\n")
    assert [(line.number, line.text) for line in found] == [
        (1, "a"),
        (2, None),
        (3, "b"),
    ]
    assert "2,000,000 bytes" in str(found[1].problem)


def test_what_is_not_utf_8_is_escaped_and_told(tmp_path):
    assert read(tmp_path, b"Ren\xe9\nb") == [
        Line(1, r"Ren\xe9", "the byte 0xE9 at 4 is not UTF-8"),
        Line(2, "b"),
    ]


def test_a_nul_character_is_escaped_and_told(tmp_path):
    assert read(tmp_path, b"a\0b") == [
        Line(1, r"a\x00b", "a NUL character stands at 2")
    ]


def test_a_byte_order_mark_is_no_part_of_a_line(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbfa\n") == [Line(1, "a")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_and_told(tmp_path, encoding):
    data = "\ufeffañ\n😀\n".encode(encoding)
    problem = "the file is written in UTF-16, not in UTF-8"
    assert read(tmp_path, data) == [
        Line(1, "añ", problem),
        Line(2, "😀", problem),
    ]


def test_a_folder_in_a_files_place_is_told(tmp_path):
    (tmp_path / "customers.json").mkdir()
    assert rows(tmp_path / "customers.json") == [
        Line(0, None, "customers.json is a folder")
    ]


def test_a_link_that_leads_nowhere_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (tmp_path / "a.json").symlink_to("away")
    (tmp_path / "b.json").symlink_to("b.json")
    (tmp_path / "c.json").write_text("{}\n")
    (files,) = parse_lines([{"name": "n", "path": "*.json"}])
    assert [(row["file"], row["problem"]) for row in read_files(files)] == [
        ("a.json", "a.json is a link to no file"),
        ("b.json", "b.json is a link to no file"),
        ("c.json", None),
    ]


def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = tmp_path / "customers.json"
    path.touch(0o000)
    if os.access(path, os.R_OK):
        pytest.skip("root may read all")
    assert rows(path) == [
        Line(
            0,
            None,
            "customers.json is not readable: the permission is missing",
        )
    ]


def test_a_folder_that_may_not_be_read_is_not_passed_over(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    for hour in ("in/hour=1", "in/hour=2"):
        (tmp_path / hour).mkdir(parents=True)
        (tmp_path / hour / "a.json").touch()
    (tmp_path / "in" / "hour=2").chmod(0o000)
    if os.access(tmp_path / "in" / "hour=2", os.R_OK):
        pytest.skip("root may read all")
    (files,) = parse_lines([{"name": "n", "path": "in/hour=*/*.json"}])
    with pytest.raises(PermissionError, match="hour=2"):
        list(read_files(files))


def test_the_first_line_that_is_none_is_told(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (tmp_path / "a.json").write_bytes(b"good\n\xff\n\0\n")
    (files,) = parse_lines([{"name": "n", "path": "a.json"}])
    list(read_files(files))
    assert caplog.messages == [
        f"{tmp_path}/a.json, line 2: the byte 0xFF at 1 is not UTF-8, "
        "and 1 line more"
    ]


def test_names_that_are_not_utf_8_are_escaped(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    folder = tmp_path / os.fsdecode(b"hour=\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system has names in UTF-8 only")
    (folder / "a.json").write_text("{}\n")
    (files,) = parse_lines([{"name": "n", "path": "hour={hour}/a.json"}])
    (row,) = read_files(files)
    assert (row["hour"], row["file"]) == (r"\xff", r"hour=\xff/a.json")


@given(
    st.lists(
        st.text(
            st.characters(
                exclude_characters="\n\r\0", exclude_categories=("Cs",)
            )
        )
    )
)
def test_any_text_comes_as_it_is(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("lines")
    data = "".join(f"{text}\n" for text in texts).encode()
    expected = [
        (number, text) for number, text in enumerate(texts, 1) if text.strip()
    ]
    for written in (data, gzip.compress(data)):
        if not written.startswith((b"\xff\xfe", b"\xef\xbb\xbf")):
            found = read(folder, written)
            assert [(line.number, line.text) for line in found] == expected


def test_names_in_the_path_are_columns(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (files,) = parse_lines(
        [
            {
                "name": "lines",
                "path": "in/hour={hour}/{dataset}.json*",
                "personal": {"email": "email", "id": "subject"},
            }
        ]
    )
    for name in ("hour=00/a.json", "hour=1/b-c.json.gz", "hour=1/x.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [files.values(file) for file in files.files()] == [
        ["00", "a", "in/hour=00/a.json"],
        ["1", "b-c", "in/hour=1/b-c.json.gz"],
    ]
    assert files.table.column_names == (
        "hour", "dataset", "file", "line", "text", "problem",
    )  # fmt: skip
    assert files.table.primary_key == ("file", "line")
    assert files.table.column("text").personal == Personal(
        "", (("email", "email"), ("id", "subject"))
    )


def test_only_stars_and_names_are_wild(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (tmp_path / "a[1]?.json").touch()
    (tmp_path / "a1x.json").touch()
    (files,) = parse_lines([{"name": "n", "path": "a[1]?.json"}])
    assert [file.name for file in files.files()] == ["a[1]?.json"]


def test_files_that_the_path_does_not_lead_to_are_told(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    folder = tmp_path / "in" / "hour=1"
    (folder / "b.json").mkdir(parents=True)
    for name in ("a.json", "b.json/part", "customers.csv", ".hidden"):
        (folder / name).touch()
    (tmp_path / "in" / "late.json").touch()
    (files,) = parse_lines([{"name": "n", "path": "in/hour=*/*.json"}])
    assert [row["problem"] for row in read_files(files)] == [
        "b.json is a folder"
    ]
    assert "does not lead to 2 files" in caplog.text
    assert "customers.csv" in caplog.text
    assert "late.json" in caplog.text


def test_that_there_is_no_file_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    (files,) = parse_lines([{"name": "n", "path": "in/*.json"}])
    with pytest.raises(AbsentError, match="no such file"):
        files.files()


@pytest.mark.parametrize(
    "setting",
    [
        "{", "{}", "[1]", '[{"name": "n"}]', '[{"path": "p"}]',
        '[{"name": "n", "path": "p", "more": 1}]',
        '[{"name": "n", "path": "{line}"}]',
        '[{"name": "n", "path": "{a}/{a}"}]',
        '[{"name": "n", "path": "p", "personal": "mood"}]',
        '[{"name": "", "path": "p"}]',
    ],
)  # fmt: skip
def test_a_malformed_setting_is_told(setting):
    with pytest.raises(ConfigError, match="`lines`"):
        parse_lines(setting)
