"""Runs tap-postgres and reads what it handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daybook.singer.handover import HandedFile
from harness import run_tap


@dataclass
class Extract:
    """What a run of the tap said.

    Attributes:
        code: Its exit code.
        log: Its standard error.
        schemas: The SCHEMA message per stream.
        files: The file per stream.
        records: The records per stream.
        receipt: The receipt, None if there was none.
    """

    code: int
    log: str
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, HandedFile] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    receipt: dict[str, Any] | None = None

    def text(self, stream: str) -> str:
        """Return the content of a stream's file."""
        with self.files[stream].path.open(newline="") as file:
            return file.read()

    def type_of(self, stream: str, column: str) -> str:
        """Return the type a column lands as."""
        properties = self.schemas[stream]["schema"]["properties"]
        return str(properties[column]["x-sql-datatype"])


def extract(
    url: str,
    spool: Path,
    *,
    env: Mapping[str, str | None] | None = None,
    **settings: Any,
) -> Extract:
    """Run tap-postgres with files, unless the settings say otherwise."""
    config = {"url": url, "spool": str(spool), "handover": "files", **settings}
    result = run_tap("tap-postgres", config, env)
    return understand(result.returncode, result.stdout, result.stderr)


def understand(code: int, messages: str, log: str) -> Extract:
    """Sort the messages by stream."""
    found = Extract(code, log)
    for message in map(json.loads, messages.splitlines()):
        stream = message.get("stream", "")
        match message["type"]:
            case "SCHEMA":
                found.schemas[stream] = message
            case "BATCH":
                (url,) = message["manifest"]
                found.files[stream] = HandedFile.from_url(url)
            case "RECORD":
                found.records.setdefault(stream, []).append(message["record"])
            case "STATE":
                found.receipt = message["value"]["receipt"]
    return found
