from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.errors import InputError
from daybook.singer.handover import HandedFile

parts = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
    min_size=1,
).filter(lambda part: part not in {".", ".."})


@given(st.lists(parts, min_size=1), st.integers(min_value=0))
def test_a_file_reads_back_from_its_url_whatever_its_name(path, rows):
    file = HandedFile(Path("/", *path), rows, "ab" * 32, 12)
    assert HandedFile.from_url(file.to_url()) == file


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/folder/x.csv",
        "file:///folder/x.csv",
        "file:///folder/x.csv#rows=1&sha256=ab",
        "file:///folder/x.csv#rows=many&sha256=ab&longest=1",
        "file://host/folder/x.csv#rows=1&sha256=ab&longest=1",
        "s3://bucket/x.csv#rows=1&sha256=ab&longest=1",
    ],
)
def test_a_file_without_its_check_is_refused(url):
    with pytest.raises(InputError):
        HandedFile.from_url(url)
