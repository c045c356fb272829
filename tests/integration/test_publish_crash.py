import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daybook.day import Day
from daybook.lake import parked, partition, prune, staging
from daybook.lake.pending import Allowed
from lake_days import (
    DAY,
    ITEMS,
    ORDERS,
    TWO_TABLES,
    contents,
    litter,
    publish_day,
    stage,
)

RUN = "11111111-2222-3333-4444-555555555555"
OLDER = Day.parse("2024-12-19")
NEW_ROWS = {ORDERS: [("1", "new"), ("2", "rows")], ITEMS: [("x",)]}
FILE_EVENTS = {
    "open",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "fcntl.flock",
    "shutil.rmtree",
}


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Run `action` in a process of its own, killed at its nth file access.

    Returns whether it was killed, False if it ended before.
    """
    process = os.fork()
    if process == 0:
        try:
            _die_at(step)
            action()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    left = step

    def hook(event: str, _: tuple[object, ...]) -> None:
        nonlocal left
        if event in FILE_EVENTS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def readable(lake: Path, day: Day = DAY) -> list[bytes] | None:
    """Return the data files of a day, having checked them in full."""
    if not partition.is_published(lake, "csv", day):
        return None
    manifest = partition.open_day(lake, "csv", day)
    assert partition.check_files(lake, manifest, hashes=True) == []
    folder = partition.folder(lake, "csv", day)
    return [(folder / file.path).read_bytes() for file in manifest.files]


def data_of(tables, tmp_path: Path) -> list[bytes]:
    publish_day(tmp_path / "reference", tables)
    data = readable(tmp_path / "reference")
    assert data
    return data


def every_step(action: Callable[[int], bool]) -> int:
    """Call `action` with 1, 2, 3 ... till it says that it ran through."""
    step = 1
    while action(step):
        step += 1
    return step


def test_a_day_killed_at_any_step_is_no_day_or_whole(tmp_path):
    new = data_of(TWO_TABLES, tmp_path)

    def publish_and_die(step: int) -> bool:
        lake = tmp_path / str(step)
        died = killed_at(step, lambda: publish_day(lake))
        assert readable(lake) in (None, new)
        publish_day(lake)
        assert readable(lake) == new
        assert litter(lake) == []
        assert len(contents(lake)) == 3
        return died

    assert every_step(publish_and_die) > 20


def test_a_changed_day_killed_at_any_step_is_the_old_or_the_new_one(
    tmp_path,
):
    old = data_of(TWO_TABLES, tmp_path)
    new = data_of(NEW_ROWS, tmp_path)
    seen = []

    def publish_and_die(step: int) -> bool:
        lake = tmp_path / str(step)
        publish_day(lake)
        died = killed_at(step, lambda: publish_day(lake, NEW_ROWS))
        seen.append(readable(lake))
        publish_day(lake, NEW_ROWS)
        assert readable(lake) == new
        assert litter(lake) == []
        assert len(contents(lake)) == 3
        return died

    assert every_step(publish_and_die) > 20
    assert all(data in (old, new) for data in seen)
    assert seen[0] == old
    assert seen[-1] == new


def test_a_pruning_killed_at_any_step_leaves_a_day_or_none(tmp_path):
    old = data_of(TWO_TABLES, tmp_path)

    def prune_and_die(step: int) -> bool:
        lake = tmp_path / str(step)
        publish_day(lake, day=OLDER)
        publish_day(lake)
        died = killed_at(step, lambda: prune.remove_day(lake, "csv", OLDER))
        assert readable(lake, OLDER) in (None, old)
        for source, day in prune.prunable(lake, 1):
            prune.remove_day(lake, source, day)
        assert list(partition.days(lake)) == [("csv", DAY)]
        return died

    assert every_step(prune_and_die) > 5


def park(lake: Path) -> None:
    held = staging.hold(lake, RUN)
    parked.park(
        lake,
        "csv",
        DAY,
        stage(held, TWO_TABLES),
        tap="tap-csv",
        run="",
        staging=held,
        allow=Allowed(),
    )
    held.release()


def test_a_parked_set_killed_at_any_step_waits_or_does_not(tmp_path):
    new = data_of(TWO_TABLES, tmp_path)

    def park_and_die(step: int) -> bool:
        lake = tmp_path / str(step)
        died = killed_at(step, lambda: park(lake))
        assert readable(lake) is None
        park(lake)
        parked.publish_staged(lake, RUN)
        assert readable(lake) == new
        assert litter(lake) == []
        return died

    assert every_step(park_and_die) > 5


def test_what_a_killed_publisher_of_a_parked_set_left_is_mended(tmp_path):
    new = data_of(TWO_TABLES, tmp_path)

    def publish_and_die(step: int) -> bool:
        lake = tmp_path / str(step)
        park(lake)
        died = killed_at(step, lambda: parked.publish_staged(lake, RUN))
        assert readable(lake) in (None, new)
        publish_day(lake)
        assert readable(lake) == new
        assert litter(lake) == []
        return died

    assert every_step(publish_and_die) > 20


@pytest.mark.parametrize("step", [10, 30])
def test_a_killed_publisher_holds_no_lock(tmp_path, step):
    lake = tmp_path / "lake"
    assert killed_at(step, lambda: publish_day(lake))
    assert publish_day(lake).changed
