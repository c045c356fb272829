"""Which files were delivered, however they are reached."""

from pathlib import Path

import pytest

from daybook.erasure.delivered import delivered, remove_unfinished


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of deliveries, beside a disk and a lake."""
    for name in ("extract/a/1.json", "disk/b/2.json", "output/day.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
    return tmp_path / "extract"


def found(folder: Path) -> list[tuple[str, str]]:
    """Return each file's path, and where it is."""
    root = folder.parent
    return [
        (str(one.path.relative_to(root)), str(one.file.relative_to(root)))
        for one in delivered(folder, root / "output")
    ]


def test_files_are_found_at_any_depth(folder):
    (folder / ".hidden").touch()
    assert found(folder) == [("extract/a/1.json", "extract/a/1.json")]


def test_links_are_followed_and_each_file_is_named_once(folder):
    (folder / "b").symlink_to("../disk/b")
    (folder / "c.json").symlink_to("a/1.json")
    (folder / "b" / "up").symlink_to("..")
    (folder / "gone").symlink_to("nowhere")
    (folder / "self").symlink_to("self")
    assert found(folder) == [
        ("extract/a/1.json", "extract/a/1.json"),
        ("extract/b/2.json", "disk/b/2.json"),
    ]


def test_the_folder_itself_may_be_a_link(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")
    assert found(folder) == [("extract/a/1.json", "elsewhere/a/1.json")]


def test_the_lake_is_no_delivery(folder):
    (folder / "output").symlink_to("../output")
    (folder / "day.csv").symlink_to("../output/day.csv")
    assert found(folder) == [("extract/a/1.json", "extract/a/1.json")]


def test_what_killed_erasures_have_half_written_goes(folder):
    (folder / "b").symlink_to("../disk/b")
    half = folder / "b" / ".daybook-erasing-1"
    half.touch()
    remove_unfinished(folder, folder.parent / "output")
    assert not half.exists()
    assert len(delivered(folder, folder.parent / "output")) == 2
