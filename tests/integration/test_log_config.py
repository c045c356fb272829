"""Plugins and the log settings that parallel runs of Meltano rewrite.

Every run of a plugin writes the file that SINGER_SDK_LOG_CONFIG names, at
one path per plugin, while others read it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import harness

pytestmark = pytest.mark.long

DAY = "2024-12-20"
WHOLE = json.dumps(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"f": {"()": "singer_sdk.logging.NoSuchFormatter"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "f",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
    },
    indent=2,
)
CONTENTS = {
    "empty": b"",
    "half written": WHOLE[:100].encode(),
    "of an SDK that we do not have": WHOLE.encode(),
    "not text": b"\xff\x00\xfe",
}


def make(path: Path, state: str) -> None:
    """Bring the file into a state."""
    if state == "a folder":
        path.mkdir()
    elif state in CONTENTS:
        path.write_bytes(CONTENTS[state])
        path.chmod(0o644)


@pytest.mark.parametrize("state", ["missing", "a folder", *CONTENTS])
def test_a_day_is_published_whatever_the_file_is(
    state: str, tmp_path: Path, lake: Path
) -> None:
    path = tmp_path / "singer_sdk_logging.json"
    make(path, state)
    rows = tmp_path / "rows.csv"
    rows.write_text("id\n1\n")
    files = [{"entity": "rows", "path": str(rows)}]
    tap = {"files": files, "spool": str(lake), "handover": "files"}
    target = {"lake": str(lake), "source": "csv", "day": DAY}
    env = {"SINGER_SDK_LOG_CONFIG": str(path)}
    for end in harness.pipe("tap-csv", tap, "target-csv", target, env):
        assert end.returncode == 0, end.stderr
        assert "rows" in end.stderr
        assert "Traceback" not in end.stderr
    assert (lake / f"source=csv/extracted_at={DAY}/datapackage.json").is_file()


@pytest.mark.parametrize(
    "plugin",
    [
        "tap-csv",
        "tap-postgres",
        "target-csv",
        "target-neo4j",
        "target-postgres",
    ],
)
def test_every_plugin_starts_whatever_the_file_is(
    plugin: str, tmp_path: Path
) -> None:
    path = tmp_path / "singer_sdk_logging.json"
    make(path, "half written")
    env = {"SINGER_SDK_LOG_CONFIG": str(path)}
    result = harness.run_target(plugin, {}, "", env)
    assert result.returncode == 2
    assert f"{plugin} " in result.stderr
    assert "Traceback" not in result.stderr
