import os
import random
import time
from pathlib import Path

from daybook.lake import staging

RUNS = [f"11111111-2222-3333-4444-55555555555{n}" for n in range(3)]
SECONDS = 1.5


def sweep_often(lake: Path) -> None:
    staging.sweep(lake, spare=lambda _: False)
    time.sleep(0.0005)


def work_and_leave(lake: Path) -> None:
    held = staging.hold(lake, random.choice(RUNS))
    file = held.new_file("t")
    file.write_text("unfinished")
    time.sleep(random.random() * 0.002)
    assert file.read_text() == "unfinished"
    random.choice([held.release, held.discard])()


def in_a_process(action, lake: Path) -> int:
    process = os.fork()
    if process == 0:
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                action(lake)
            os._exit(0)
        finally:
            os._exit(1)
    return process


def test_sweepers_and_workers_side_by_side_lose_nothing(lake):
    actions = [sweep_often, sweep_often, *[work_and_leave] * 4]
    processes = [in_a_process(action, lake) for action in actions]
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * 6
    staging.sweep(lake, spare=lambda _: False)
    assert list((lake / ".staging").iterdir()) == []
