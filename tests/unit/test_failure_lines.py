"""The file in which a failure says whether a retry may help."""

from __future__ import annotations

import json
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from daybook.errors import DaybookError
from daybook.singer import failures, log


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that DAYBOOK_FAILURES names; nobody has written it yet."""
    # What other tests have hidden would be masked here, too.
    monkeypatch.setattr(log, "_hidden", set())
    path = tmp_path / "failures"
    monkeypatch.setenv(failures.VARIABLE, str(path))
    return path


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_failure_is_one_line(file: Path) -> None:
    failures.record("tap-csv", 2, "No\nsuch 'Ä' \udcff.", "Mend\nit.")
    assert lines(file) == [
        {
            "program": "tap-csv",
            "exit_code": 2,
            "retry": False,
            "kind": "other",
            "reason": "No\nsuch 'Ä' \\udcff.",
            "instruction": "Mend\nit.",
        }
    ]


def test_exit_code_1_may_be_tried_again_unless_it_is_said(file: Path) -> None:
    failures.record("tap-csv", 1, "Busy.")
    failures.record("daybook", 1, "They differ.", retry=False)
    assert [line["retry"] for line in lines(file)] == [True, False]


@pytest.mark.parametrize("error", DaybookError.__subclasses__())
def test_an_error_says_of_what_kind_it_is(
    file: Path, error: type[DaybookError]
) -> None:
    failures.record_error("tap-csv", error("It failed.", "Mend it."))
    (line,) = lines(file)
    assert error.__name__.lower() == f"{line['kind']}error"
    assert (line["reason"], line["instruction"]) == ("It failed.", "Mend it.")
    assert line["retry"] is (error.exit_code == 1)


def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    failures.record("tap-csv", 1, "Busy.")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_long_texts_are_cut_after_secrets_are_masked(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_hidden", set())
    log.hide("s3cret")
    text = "x" * (failures.MAX_TEXT_CHARS - 6) + "s3cret and more"
    failures.record("tap-csv", 1, text, text)
    (line,) = lines(file)
    for name in ("reason", "instruction"):
        assert len(line[name]) == failures.MAX_TEXT_CHARS
        assert "s3" not in line[name]


def test_failures_at_once_stay_apart(file: Path) -> None:
    def record(number: int) -> None:
        failures.record("tap-csv", 1, str(number) + "x" * 1500)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(200)))
    found = {int(line["reason"].rstrip("x")) for line in lines(file)}
    assert found == set(range(200))


def test_without_the_variable_nothing_is_written(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("", None):
        if value is None:
            monkeypatch.delenv(failures.VARIABLE)
        else:
            monkeypatch.setenv(failures.VARIABLE, value)
        failures.record("tap-csv", 1, "Busy.")
    assert not file.exists()


@pytest.mark.parametrize("kind", ["folder", "no folder", "pipe", "full"])
def test_a_file_that_cannot_be_written_is_one_warning(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths = {
        "folder": tmp_path,
        "no folder": tmp_path / "none/failures",
        "pipe": tmp_path / "pipe",
        "full": Path("/dev/full"),
    }
    if kind == "full" and not paths[kind].exists():
        pytest.skip("no /dev/full here")
    monkeypatch.setenv(failures.VARIABLE, str(paths[kind]))
    failures.record("tap-csv", 2, "No.")
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert failures.VARIABLE in warning.getMessage()
