"""docs/models.md, followed to the letter with the real `meltano run`."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from dbt_runs import new_pipeline

import harness
from meltano import ROOT

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "models.md").read_text()
FILES = re.compile(r"`transform/(models/\S+)`[^`]*?```\w+\n(.*?)```", re.S)
COMMANDS = re.compile(r"```\n(MELTANO.*?)```", re.S)


def commands() -> list[list[str]]:
    (block,) = COMMANDS.findall(PAGE)
    return [shlex.split(line) for line in block.strip().splitlines()]


def run(words: list[str], variables: dict[str, str | None]):
    """Type a command of the page, variables in front of it included."""
    while "=" in words[0]:
        name, _, value = words[0].partition("=")
        variables = {**variables, name: value}
        words = words[1:]
    result = subprocess.run(
        [str(harness.BIN / words[0]), *words[1:]],
        cwd=ROOT / "docs",
        env=harness.environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=harness.TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@pytest.fixture
def variables(tmp_path: Path, lake: Path) -> dict[str, str | None]:
    """What a shell has whose models are the page's, in their own folder."""
    transform = new_pipeline(tmp_path, lake).root / "transform"
    files = FILES.findall(PAGE)
    assert len(files) == 3
    for name, text in files:
        (transform / name).parent.mkdir(parents=True, exist_ok=True)
        (transform / name).write_text(text)
    return {
        "MELTANO_RUN_FORCE": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
        "LAKE_ROOT": str(lake),
        "DBT_PROJECT_DIR": str(transform),
        "DBT_PROFILES_DIR": str(transform),
    }


def test_the_page_makes_a_day_of_its_model(variables):
    results = [run(words, variables) for words in commands()]
    assert "order_sizes: published, 1 table, 830 rows" in results[1].stderr
    assert "13744.85" in results[2].stdout
    again = run(commands()[1], variables)
    assert "order_sizes: unchanged" in again.stderr
    docs = set((ROOT / "docs").rglob("*"))
    assert not any(path.name in {"logs", "target"} for path in docs)


def test_what_dbt_needs_is_what_it_pins():
    pinned = (ROOT / "transform" / "constraints.txt").read_text()
    needed = (ROOT / "plugins" / "pyproject.toml").read_text()
    for line in re.findall(r'"(dbt-\S+|duckdb)==(\S+)"', needed):
        assert "==".join(line) in pinned
