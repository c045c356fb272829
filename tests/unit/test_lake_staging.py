import fcntl
import os
import uuid
from pathlib import Path

import pytest

from daybook.errors import InputError
from daybook.lake import staging
from lake_days import DAY

RUN = "11111111-2222-3333-4444-555555555555"


def spare_none(_folder: Path) -> bool:
    return False


def test_tap_and_target_of_one_run_share_a_folder(tmp_path):
    first, second = staging.hold(tmp_path, RUN), staging.hold(tmp_path, RUN)
    assert first.path == second.path == tmp_path / ".staging" / RUN


@pytest.mark.parametrize("run", ["", "../../etc", "not a uuid", RUN.upper()])
def test_what_is_no_run_id_never_becomes_a_path(tmp_path, run):
    run = run.replace("1", "A") if run == RUN.upper() else run
    held = staging.hold(tmp_path, run)
    assert uuid.UUID(held.path.name)
    assert held.path.parent == tmp_path / ".staging"


def test_the_last_holder_removes_the_folder(tmp_path):
    first, second = staging.hold(tmp_path, RUN), staging.hold(tmp_path, RUN)
    first.discard()
    assert second.path.is_dir()
    second.discard()
    assert not second.path.exists()


def test_a_new_file_is_unused_and_in_the_folder(tmp_path):
    held = staging.hold(tmp_path, RUN)
    first, second = held.new_file("../a/b"), held.new_file("../a/b")
    assert first != second
    assert first.parent == second.parent == held.path


def test_a_sweep_leaves_what_somebody_holds(tmp_path):
    held = staging.hold(tmp_path, RUN)
    dead = staging.hold(tmp_path, "")
    (dead.path / "big.csv").write_text("x")
    dead.release()
    staging.sweep(tmp_path, spare=spare_none)
    assert [p.name for p in (tmp_path / ".staging").iterdir()] == [RUN]
    held.release()


def test_a_sweep_takes_folders_that_never_had_a_holder(tmp_path):
    (tmp_path / ".staging" / "odd" / "sub").mkdir(parents=True)
    (tmp_path / ".staging" / "file").touch()
    staging.sweep(tmp_path, spare=spare_none)
    assert list((tmp_path / ".staging").iterdir()) == []


def test_a_folder_with_a_waiting_set_is_not_discarded(tmp_path):
    held = staging.hold(tmp_path, RUN)
    (held.path / "pending.json").touch()
    held.discard()
    assert held.path.is_dir()


def test_who_comes_while_a_sweeper_works_gets_a_live_folder(tmp_path):
    before = staging.hold(tmp_path, RUN)
    waiting = os.open(before.path / ".alive", os.O_RDWR)
    before.discard()  # the waiting one had the old file open already
    fcntl.flock(waiting, fcntl.LOCK_SH)
    after = staging.hold(tmp_path, RUN)
    assert (after.path / ".alive").exists()
    os.close(waiting)


def test_a_symlink_in_the_place_of_the_staging_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "lake"
    root.mkdir()
    (root / ".staging").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="symbolic link"):
        staging.hold(root, RUN)


def test_the_folder_of_a_staged_file_can_be_held_too(tmp_path):
    held = staging.hold(tmp_path, RUN)
    other = staging.hold_folder_of(tmp_path, held.new_file("t"))
    assert other
    held.discard()
    assert held.path.is_dir()
    other.discard()
    assert not held.path.exists()


def test_a_file_elsewhere_is_in_no_staging_folder(tmp_path):
    path = tmp_path / "source=csv" / f"extracted_at={DAY}" / "x.csv"
    assert staging.hold_folder_of(tmp_path, path) is None
