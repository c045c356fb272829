from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.day import Day
from daybook.lake import layout

NAMES = st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=300
)


def test_a_day_is_a_folder_of_its_source():
    folder = layout.day_folder("postgres", Day.parse("2024-12-20"))
    expected = PurePosixPath("source=postgres/extracted_at=2024-12-20")
    assert folder == expected


def test_a_data_file_is_named_by_its_content():
    path = layout.data_file("public-orders", "93d89197be86" + "0" * 52)
    name = "93d89197be8600000000000000000000.csv"
    assert path == PurePosixPath("table=public-orders") / name


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("public-orders", "public-orders"),
        ("Größe 😀", "Größe 😀"),
        ("a/b", "a%2Fb"),
        ("100%", "100%25"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("end ", "end%20"),
        ("new\nline", "new%0Aline"),
        ("$HOME", "%24HOME"),
        ("a*[b]?", "a%2A%5Bb%5D%3F"),
    ],
)
def test_only_what_a_path_cannot_hold_is_encoded(name, part):
    assert layout.encode_name(name) == part


@given(NAMES)
def test_a_name_is_one_safe_part_of_a_path(name):
    part = layout.encode_name(name)
    assert "/" not in part
    assert part not in {"", ".", ".."}
    assert len(part.encode()) <= layout.MAX_NAME_BYTES


@given(NAMES)
def test_a_decoded_name_encodes_to_the_same_part(name):
    part = layout.encode_name(name)
    assert layout.encode_name(layout.decode_name(part)) == part


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_a_short_name_comes_back(name):
    assert layout.decode_name(layout.encode_name(name)) == name


def test_two_long_names_stay_apart():
    first, second = "x" * 300 + "1", "x" * 300 + "2"
    assert layout.encode_name(first) != layout.encode_name(second)


def test_a_name_is_never_cut_inside_an_escape():
    part = layout.encode_name("/" * 300)
    assert part.partition("~")[0].count("%2F") * 3 == len(
        part.partition("~")[0]
    )
