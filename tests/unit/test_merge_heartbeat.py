"""A long statement is not silent."""

import time

import pytest

from daybook.relational.heartbeat import still_at
from daybook.singer import log


def test_a_long_step_says_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(log, "HEARTBEAT_SECONDS", 0.01)
    with caplog.at_level("INFO", "daybook"), still_at("comparing"):
        time.sleep(0.2)
    said = len(caplog.records)
    time.sleep(0.1)
    assert "comparing, for 0 s so far" in caplog.text
    assert len(caplog.records) <= said + 1


def test_a_short_step_says_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO", "daybook"), still_at("comparing"):
        pass
    assert caplog.text == ""
