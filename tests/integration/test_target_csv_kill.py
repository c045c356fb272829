import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from daybook.lake import partition
from harness import BIN, environment, run_target
from lake_days import (
    DAY,
    ITEMS,
    ORDERS,
    contents,
    litter,
    messages,
    publish_day,
)

pytestmark = pytest.mark.long

RUN = "11111111-2222-3333-4444-555555555555"
OLD = {ORDERS: [("1", "old")], ITEMS: []}
NEW = {ORDERS: [(str(n), "x" * 200) for n in range(20_000)], ITEMS: [("a",)]}


def config(lake):
    return {"lake": str(lake), "source": "csv", "day": str(DAY)}


def start(lake: Path) -> subprocess.Popen[str]:
    settings = lake.parent / "config.json"
    settings.write_text(json.dumps(config(lake)))
    return subprocess.Popen(
        [BIN / "target-csv", "--config", settings],
        env=environment({"MELTANO_PARENT_CONTEXT_UUID": RUN}),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.002)


def rows(lake: Path) -> list[int]:
    manifest = partition.open_day(lake, "csv", DAY)
    assert partition.check_files(lake, manifest, hashes=True) == []
    return [file.rows for file in manifest.files]


def finish(lake: Path, tmp_path: Path) -> None:
    said = messages(tmp_path / "tap", NEW)
    target = run_target("target-csv", config(lake), said)
    assert target.returncode == 0, target.stderr
    assert rows(lake) == [1, 20_000]
    assert len(contents(lake)) == 3
    assert litter(lake) == []


# What it does at the end takes some 30 ms; the delays spread over it.
@pytest.mark.parametrize("delay", [0.0, 0.004, 0.01, 0.02, 0.03, 0.06])
def test_a_target_killed_while_it_publishes_leaves_a_whole_day(
    lake, tmp_path, delay
):
    publish_day(lake, OLD)
    said = messages(lake / ".staging" / RUN, NEW)
    target = start(lake)
    wait_for(lake / ".staging" / RUN / ".alive")
    assert target.stdin
    target.stdin.write(said)
    target.stdin.close()
    time.sleep(delay)
    target.kill()
    target.wait()
    assert rows(lake) in ([0, 1], [1, 20_000])
    finish(lake, tmp_path)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 1)]
)
def test_a_target_stopped_in_the_middle_leaves_the_old_day(
    lake, tmp_path, number, code
):
    publish_day(lake, OLD)
    before = contents(lake)
    target = start(lake)
    assert target.stdin
    said = messages(lake / ".staging" / RUN, NEW)
    target.stdin.write(said[: len(said) // 2])
    target.stdin.flush()
    wait_for(lake / ".staging" / RUN / ".alive")
    target.send_signal(number)
    target.stdin.close()
    assert target.wait(timeout=10) == code
    assert contents(lake) == before
    finish(lake, tmp_path)


def test_a_parking_target_that_is_killed_parks_nothing(lake, tmp_path):
    golden = Path(__file__).parents[1] / "golden"
    said = (golden / "hub_tap_all_types.singer").read_text()
    target = start(lake)
    assert target.stdin
    target.stdin.write(said)
    target.stdin.flush()
    wait_for(lake / ".staging" / RUN / ".alive")
    target.kill()
    target.wait()
    assert not (lake / ".staging" / RUN / "pending.json").exists()
    finish(lake, tmp_path)
