"""CSV files in, the lake's dialect out: exact, or an error with its line."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.csv.check import check
from daybook.csv.convert import convert
from daybook.csv.encode import RowEncoder
from daybook.csv.grammar import Format
from daybook.csv.nulls import Nulls
from daybook.csv.scan import records
from daybook.csv.source import CsvSource
from daybook.csv.types import TEXT_TYPES
from daybook.dialect import encode_row
from daybook.errors import InputError, UnfinishedError
from daybook.singer.log import Progress
from daybook.table import Column, Table

TEXT = st.text(
    st.one_of(
        st.sampled_from(list("ab,;\"'\\.\r\n\t #N")),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=8,
)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(
            st.one_of(st.none(), TEXT, st.just("\\."), st.just("")),
            min_size=width,
            max_size=width,
        ),
        min_size=1,
        max_size=8,
    )
)


def source_of(
    path: Path,
    types: Sequence[str],
    format_: Format | None = None,
    key: Sequence[str] = (),
    nulls: Sequence[Nulls] | None = None,
) -> CsvSource:
    columns = tuple(
        Column(f"c{i}", sql_type, nullable=f"c{i}" not in key)
        for i, sql_type in enumerate(types)
    )
    return CsvSource(
        table=Table("", "t", columns, primary_key=tuple(key)),
        format=format_ or Format(),
        paths=(path,),
        nulls=tuple(nulls or (Nulls(text=t in TEXT_TYPES) for t in types)),
    )


def header_of(width: int) -> bytes:
    return encode_row(f"c{i}" for i in range(width))


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def converted(data: bytes, *types: str, **options: object) -> bytes:
    """Return what `data` becomes, checked."""
    with folder() as place:
        path = place / "in.csv"
        path.write_bytes(data)
        source = source_of(path, types, **options)  # type: ignore[arg-type]
        file = convert(source, place / "out.csv", Progress("t"))
        check(source, file)
        out = file.path.read_bytes()
    assert file.sha256 == hashlib.sha256(out).hexdigest()
    return out


def fault(data: bytes, *types: str, **options: object) -> str:
    """Return the reason why `data` is refused."""
    with pytest.raises(InputError) as raised:
        converted(data, *types, **options)
    return raised.value.reason


@given(ROWS)
def test_rows_of_the_lake_pass_byte_for_byte(
    rows: list[list[str | None]],
) -> None:
    width = len(rows[0])
    data = header_of(width) + b"".join(map(encode_row, rows))

    assert converted(data, *["text"] * width) == data


@given(ROWS)
def test_rows_and_longest_row_are_counted(
    rows: list[list[str | None]],
) -> None:
    lines = [header_of(len(rows[0])), *map(encode_row, rows)]
    with folder() as place:
        path = place / "in.csv"
        path.write_bytes(b"".join(lines))
        source = source_of(path, ["text"] * len(rows[0]))
        file = convert(source, place / "out.csv", Progress("t"))

    assert file.rows == len(rows)
    assert file.longest_line == max(map(len, lines))


@given(ROWS)
def test_records_reads_back_what_encode_row_wrote(
    rows: list[list[str | None]],
) -> None:
    with folder() as place:
        path = place / "in.csv"
        path.write_bytes(
            header_of(len(rows[0])) + b"".join(map(encode_row, rows))
        )

        assert list(records(path)) == rows


@given(
    ROWS,
    st.sampled_from([",", ";", "\t", "|", "^", "]", "\\", "-"]),
    st.sampled_from(['"', "'", "^", "-", "]"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_dialect_gives_the_same_rows(
    rows: list[list[str | None]], delimiter: str, quote: str, newline: str
) -> None:
    if delimiter == quote:
        return
    texts = [["" if v is None else v for v in row] for row in rows]
    width = len(rows[0])
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=delimiter,
        quotechar=quote,
        lineterminator=newline,
        quoting=csv.QUOTE_ALL,
    )
    writer.writerows([[f"c{i}" for i in range(width)], *texts])

    data = converted(
        out.getvalue().encode(),
        *["text"] * width,
        format_=Format(delimiter, quote),
    )

    assert data == header_of(width) + b"".join(map(encode_row, texts))


@given(ROWS, st.sampled_from("\",;'"), st.sampled_from("',;|"), st.booleans())
def test_every_row_is_encoded_as_the_dialect_says(
    rows: list[list[str | None]], quote: str, delimiter: str, everywhere: bool
) -> None:
    if delimiter == quote:
        return
    encoder = RowEncoder(Format(delimiter, quote), [Nulls()] * len(rows[0]))

    def written(value: str | None) -> str:
        text = (value or "").replace(quote, quote * 2)
        odd = re.search("[\r\n]", text) or delimiter in text or quote in text
        needs = everywhere or odd or value == ""
        return f"{quote}{text}{quote}" if needs and value is not None else ""

    for row in rows:
        line = delimiter.join(written(v) or (v or "") for v in row).encode()
        assert encoder.encode(line + b"\r\n") == encode_row(row)


def test_empty_and_null_stay_apart_in_text() -> None:
    assert converted(b'c0,c1\n"",\n,""\n', "text", "text") == (
        b'c0,c1\n"",\n,""\n'
    )


def test_empty_is_null_where_no_text_is() -> None:
    assert converted(b'c0,c1\n"",x\n,y\n', "integer", "text") == (
        b"c0,c1\n,x\n,y\n"
    )


def test_null_words_of_the_description_are_null() -> None:
    nulls = [Nulls(frozenset({b"", b"NA"}))]

    assert converted(b'c0\nNA\n"NA"\nx\n""\n', "text", nulls=nulls) == (
        b'c0\n\n\nx\n""\n'
    )


def test_nothing_is_a_value_where_no_word_is_null() -> None:
    nulls = [Nulls(frozenset()), Nulls()]

    assert converted(b"c0,c1\n,\n", "text", "text", nulls=nulls) == (
        b'c0,c1\n"",\n'
    )


@pytest.mark.parametrize(
    "data",
    [
        b"c0,c1\nx,y",
        b"c0,c1\r\nx,y\r\n",
        b"c0,c1\r\nx,y",
        b"\xef\xbb\xbfc0,c1\nx,y\n",
        b'\xef\xbb\xbf"c0",c1\nx,y\n',
        b'"c0","c1"\n"x","y"\n',
    ],
)
def test_line_ends_marks_and_needless_quotes_do_not_matter(
    data: bytes,
) -> None:
    assert converted(data, "text", "text") == b"c0,c1\nx,y\n"


@pytest.mark.parametrize("data", [b"c0,c1\n", b"c0,c1", b"c0,c1\r\n"])
def test_a_header_alone_is_an_empty_table(data: bytes) -> None:
    assert converted(data, "text", "integer") == b"c0,c1\n"


def test_without_a_header_the_first_line_is_data() -> None:
    format_ = Format(header=False)

    assert converted(b"x,y\n", "text", "text", format_=format_) == (
        b"c0,c1\nx,y\n"
    )


def test_numbers_keep_their_text() -> None:
    data = b"c0,c1\n14,9.80\n1e2,007.10\n"

    assert converted(data, "real", "numeric(8,2)") == data


def test_a_value_of_20_mb_passes() -> None:
    value = b'"' + b"x\n" * 10_000_000 + b'"'
    data = b"c0,c1\n1," + value + b"\n2,y\n"

    assert converted(data, "integer", "text", key=["c0"]) == data


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"", 0, "header is missing"),
        (b"\xef\xbb\xbf", 0, "header is missing"),
        (b"c0,c1\nx\n", 2, "1 values"),
        (b"c0,c1\nx,y,z\n", 2, "3 values"),
        (b"c0,c1\nx,y\n\nx,y\n", 3, "1 values"),
        (b"c0,c1\nx,y\n\n", 3, "1 values"),
        (b'c0,c1\n"a\nb",y\nx"y,z\n', 4, "a quote stands inside"),
        (b'c0,c1\nx,"a"b\n', 2, "text follows a closing quote"),
        (b'c0,c1\nx, "a"\n', 2, "a quote stands inside"),
        (b'c0,c1\nx,y\n"a\n\n', 3, "never closed"),
        (b'c0,c1\nx,y\nx,"a\nb,c', 3, "never closed"),
        (b"c0,c1\nx,a\rb\n", 2, "a carriage return"),
        (b"c0,c1\rx,y\r", 1, "a carriage return"),
        (b"c0,c1\nx,y\r\n", 2, "ends with"),
        (b"c0,c1\r\nx,y\n", 2, "ends with"),
        (b'c0,c1\n"a\nb",y\nx,\0\n', 4, "NUL"),
        (b"c0,c1\nx,y\n\xe9,y\n", 3, "0xE9 is not UTF-8"),
        ("c0,c1\nx,y\n".encode("utf-16"), 1, "0xFF is not UTF-8"),
        (b"c0\nx\n", 1, "header's column 2 is 'nothing'"),
        (b"c0,d\nx,y\n", 1, "header's column 2 is 'd'"),
        (b"c1,c0\nx,y\n", 1, "header's column 1 is 'c1'"),
        (b"c0,c1,c2\nx,y,z\n", 1, "header's column 3 is 'c2'"),
        (b"C0,c1\nx,y\n", 1, "header's column 1 is 'C0'"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(
    data: bytes, line: int, what: str
) -> None:
    reason = fault(data, "text", "text")

    assert what in reason
    assert (f"in.csv, line {line}: " if line else "in.csv: ") in reason


def test_an_unclosed_quote_in_a_large_file_names_where_it_opens() -> None:
    data = b"c0,c1\n" + b"x,y\n" * 500_000 + b'x,"y\n' + b"x,y\n" * 500_000

    assert "line 500002: " in fault(data, "text", "text")


def test_a_fault_late_in_a_large_file_of_another_dialect_has_its_line() -> (
    None
):
    row = b'"x","a ""quoted"" text, long enough to matter"\r\n'
    data = b"c0,c1\r\n" + row * 200_000 + b'"x"\r\n'

    assert "line 200002: the row has 1 values" in fault(data, "text", "text")


def test_a_value_of_the_wrong_type_is_named() -> None:
    reason = fault(b'c0,c1\n"a\nb",1\nx,1.5\n', "text", "smallint")

    assert reason.endswith(
        "in.csv, line 4: column 'c1': '1.5' is not of type smallint."
    )


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    data = b"c0,c1\n1,a\n2,b\n01,a\n"

    reason = fault(data, "integer", "text", key=["c0", "c1"])

    assert "line 4: the key (c0, c1) = ('01', 'a')" in reason
    assert "line 2 too" in reason


def test_a_null_in_a_key_is_refused() -> None:
    reason = fault(b"c0,c1\n1,a\n,b\n", "integer", "text", key=["c0"])

    assert "line 3: column 'c0': is NULL, but in the key" in reason


def test_an_empty_text_in_a_key_is_a_value() -> None:
    data = b'c0,c1\n"",a\nx,b\n'

    assert converted(data, "text", "text", key=["c0"]) == data


def test_parts_of_a_table_follow_each_other(tmp_path: Path) -> None:
    parts = (tmp_path / "1.csv", tmp_path / "2.csv")
    parts[0].write_bytes(b"c0\n1\n")
    parts[1].write_bytes(b"c0\r\n2\r\n")
    source = source_of(parts[0], ["integer"])
    source = CsvSource(source.table, source.format, parts, source.nulls)

    file = convert(source, tmp_path / "out", Progress("t"))

    assert file.path.read_bytes() == b"c0\n1\n2\n"


def test_a_file_that_grows_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"c0\n" + b"x\n" * 2_000_000)
    source = source_of(path, ["text"])

    class Growing(Progress):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "bytes":
                with path.open("ab") as file:
                    file.write(b"x\n")
            super().__setattr__(name, value)

    with pytest.raises(UnfinishedError, match="changed while it was read"):
        convert(source, tmp_path / "out", Growing("t"))


def test_a_file_whose_name_is_a_pattern_is_read_itself(
    tmp_path: Path,
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"c0\n1\n")
    source = source_of(path, ["integer"], key=["c0"])
    (tmp_path / "ab.csv").write_bytes(b"c0\nx\n")

    check(source, convert(source, tmp_path / "a*'[b].csv", Progress("t")))
