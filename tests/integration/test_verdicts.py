"""Every way a plugin or command can fail says whether to retry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import harness
from days import publish_day, table
from meltano import Meltano

DAY = "2024-12-20"
ROW = table("orders", [("id", "integer")], ["id"])


@dataclass(frozen=True)
class Noted:
    """The file that DAYBOOK_FAILURES names."""

    path: Path

    @property
    def env(self) -> dict[str, str | None]:
        return {"DAYBOOK_FAILURES": str(self.path)}

    def check(self, program: str, code: int, retry: bool, *said: str) -> None:
        """Check that there is one line, and that it says so."""
        (text,) = self.path.read_text().splitlines()
        line = json.loads(text)
        assert line["program"] == program
        assert (line["exit_code"], line["retry"]) == (code, retry)
        assert line["instruction"]
        for part in said:
            assert part in line["reason"] + line["instruction"]


@pytest.fixture
def noted(tmp_path: Path) -> Noted:
    """A file that nobody has written yet."""
    return Noted(tmp_path / "failures")


def run(command: list[str], noted: Noted) -> harness.Result:
    return subprocess.run(
        command,
        env=harness.environment(noted.env),
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )


def test_settings_that_are_missing_need_no_retry(noted: Noted) -> None:
    assert harness.run_target("target-csv", {}, "", noted.env).returncode == 2
    noted.check("target-csv", 2, False, "DATESTAMP is missing", "meltano run")


def test_a_tap_that_broke_off_may_be_tried_again(
    noted: Noted, lake: Path
) -> None:
    config = {"lake": str(lake), "source": "csv", "day": DAY}
    result = harness.run_target("target-csv", config, "", noted.env)
    assert result.returncode == 1
    noted.check("target-csv", 1, True)


def test_a_command_line_that_is_wrong_needs_no_retry(noted: Noted) -> None:
    result = run([str(harness.BIN / "tap-csv"), "--nope"], noted)
    assert result.returncode == 2
    noted.check("tap-csv", 2, False, "--nope", "--help")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("1 // 0", "ZeroDivisionError"),
        ("open('none/file')", "The file system refused"),
        ("os.kill(os.getpid(), signal.SIGINT)", "told to stop"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "told to stop"),
        ("os.write(write, b'x')", "The target has gone"),
    ],
)
def test_what_nobody_foresaw_may_be_tried_again(
    noted: Noted, tmp_path: Path, broken: str, said: str
) -> None:
    program = tmp_path / "tap.py"
    program.write_text(
        "import os, signal\n"
        "from daybook.csv.tap import TapCsv\n"
        "from daybook.singer import run\n"
        "read, write = os.pipe()\n"
        "os.close(read)\n"
        "class Broken(TapCsv):\n"
        "    def discover_streams(self):\n"
        f"        return [{broken}]\n"
        "run.run(Broken)\n"
    )
    result = run([str(harness.BIN / "python"), str(program)], noted)
    assert result.returncode == 1
    noted.check("tap-csv", 1, True, said)


def test_a_tap_whose_target_has_gone_may_be_tried_again(
    noted: Noted, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n" + "1\n" * 1_000_000)
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"files": [{"entity": "rows", "path": str(rows)}]})
    )
    with subprocess.Popen(
        [str(harness.BIN / "tap-csv"), "--config", str(config)],
        env=harness.environment(noted.env),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as tap:
        assert tap.stdout
        tap.stdout.read(1)
        tap.stdout.close()
        assert tap.wait(harness.TIMEOUT_SECONDS) == 1
    assert set(noted.path.read_text().splitlines()) == {
        '{"program": "tap-csv", "exit_code": 1, "retry": true, '
        '"kind": "other", "reason": "The target has gone; tap-csv stops.", '
        '"instruction": "See what was logged before this."}'
    }


def test_output_that_cannot_be_written_may_be_tried_again(
    noted: Noted,
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as nowhere:
        result = subprocess.run(
            [str(harness.BIN / "tap-csv"), "--about"],
            env=harness.environment(noted.env),
            stdout=nowhere,
            check=False,
        )
    assert result.returncode == 1
    noted.check("tap-csv", 1, True)


def test_a_password_is_not_written(noted: Noted, lake: Path) -> None:
    url = "postgresql://me:s3cret%40x@127.0.0.1:1/db"
    config = {"url": url, "schemas": "public", "spool": str(lake)}
    result = harness.run_tap("tap-postgres", config, noted.env)
    assert result.returncode == 1
    noted.check("tap-postgres", 1, True, "NORTHWIND_URL")
    text = noted.path.read_text()
    assert "s3cret" not in text


def test_success_writes_nothing(noted: Noted) -> None:
    result = run([str(harness.BIN / "tap-csv"), "--about"], noted)
    assert result.returncode == 0
    assert not noted.path.exists()


def test_a_verdict_that_cannot_be_written_leaves_the_exit_code(
    tmp_path: Path,
) -> None:
    env = Noted(tmp_path).env
    result = harness.run_target("target-csv", {}, "", env)
    assert result.returncode == 2
    assert "DAYBOOK_FAILURES cannot be written" in result.stderr


def test_meltano_hides_the_exit_code_but_not_the_verdict(
    noted: Noted, lake: Path
) -> None:
    shell = Meltano({"LAKE_ROOT": str(lake), **noted.env})  # type: ignore[dict-item]
    result = shell.extract("extract_csv", SOURCE="csv", DATESTAMP="$(id)")
    assert result.returncode == 1
    found = map(json.loads, noted.path.read_text().splitlines())
    verdicts = {line["program"]: line["retry"] for line in found}
    assert verdicts["target-csv"] is False


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one day in its lake."""
    (tmp_path / "meltano.yml").touch()
    publish_day(tmp_path / "output", "csv", DAY, [(ROW, [["1"]])])
    return tmp_path


def test_an_audit_that_finds_differences_needs_no_retry(
    noted: Noted, project: Path, warehouse_url: str
) -> None:
    env = noted.env | {"WAREHOUSE_URL": warehouse_url}
    result = harness.run_daybook(
        "audit", "--day", DAY, "--json", cwd=project, env=env
    )
    assert result.returncode == 1
    noted.check(
        "daybook",
        1,
        False,
        f"1 of 1 not as on {DAY}.",
        f"EXTRACTED_AT={DAY} meltano run tap-csv target-postgres",
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["audit", "--day", "2024-12-21"], 2, "2024-12-21"),
        (["audit", "--day", DAY, "--target", "nowhere"], 2, ""),
        (["audit", "--day", DAY, "--target", "warehouse"], 1, "WAREHOUSE_URL"),
    ],
)
def test_a_command_that_fails_says_so(
    noted: Noted, project: Path, words: list[str], code: int, said: str
) -> None:
    env = noted.env | {"WAREHOUSE_URL": "postgresql://me@127.0.0.1:1/db"}
    result = harness.run_daybook(*words, cwd=project, env=env)
    assert result.returncode == code
    noted.check("daybook", code, code == 1, said)


def test_a_command_that_nobody_foresaw_to_fail_says_so(
    noted: Noted, tmp_path: Path
) -> None:
    program = tmp_path / "command.py"
    program.write_text(
        "import sys\n"
        "from daybook import cli\n"
        "@cli.app.command()\n"
        "def divide() -> None:\n"
        "    1 / 0\n"
        "sys.argv = ['daybook', 'divide']\n"
        "cli.main()\n"
    )
    result = run([str(harness.BIN / "python"), str(program)], noted)
    assert result.returncode == 1
    noted.check("daybook", 1, True, "ZeroDivisionError")


def test_a_target_told_to_stop_may_be_tried_again(
    noted: Noted, lake: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"lake": str(lake), "source": "csv", "day": DAY})
    )
    with subprocess.Popen(
        [str(harness.BIN / "target-csv"), "--config", str(config)],
        env=harness.environment(noted.env),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as target:
        lock = lake / ".locks/csv" / DAY
        while target.poll() is None and not lock.exists():
            os.sched_yield()
        target.send_signal(signal.SIGTERM)
        assert target.wait(harness.TIMEOUT_SECONDS) == 1
    noted.check("target-csv", 1, True, "told to stop")
