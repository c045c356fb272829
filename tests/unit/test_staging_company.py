import threading
import time
import uuid

from daybook.lake import staging

RUN = str(uuid.uuid4())


def seconds_alone(held, patience):
    start = time.monotonic()
    held.wait_for_company(patience=patience)
    return time.monotonic() - start


def test_a_tap_waits_until_its_target_holds_the_folder_too(tmp_path):
    tap = staging.hold(tmp_path, RUN)
    target = threading.Timer(0.3, staging.hold, (tmp_path, RUN))
    target.start()
    assert 0.2 < seconds_alone(tap, 20) < 10
    target.join()


def test_a_tap_without_a_target_waits_no_longer_than_told(tmp_path):
    tap = staging.hold(tmp_path, RUN)
    assert 0.2 <= seconds_alone(tap, 0.2) < 10


def test_a_folder_that_a_waiting_tap_holds_is_not_swept(tmp_path):
    tap = staging.hold(tmp_path, RUN)
    tap.wait_for_company(patience=0)
    staging.sweep(tmp_path, spare=lambda folder: False)
    assert tap.path.is_dir()
