"""Tells whoever started a command why it failed, and whether to retry.

`meltano run` makes 1 of every exit code, so a scheduler names a file in
DAYBOOK_FAILURES; every plugin and command that fails appends a line.
"""

from __future__ import annotations

import json
import os

from daybook.errors import DaybookError
from daybook.singer import log

VARIABLE = "DAYBOOK_FAILURES"
MAX_TEXT_CHARS = 2000
"""Reasons and instructions are cut to this many characters."""


def record(
    program: str,
    exit_code: int,
    reason: str,
    instruction: str = "",
    *,
    retry: bool | None = None,
    kind: str = "other",
) -> None:
    """Append a JSON line about a failure; without the variable do nothing.

    `retry` says whether a retry may help; left out, exit code 1 says that
    it may. `kind` is that of an error, if one was the cause. A line is one
    write, so that lines of programs that fail together stay apart. A file
    that cannot be written is a warning.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps(
        {
            "program": program,
            "exit_code": exit_code,
            "retry": exit_code == 1 if retry is None else retry,
            "kind": kind,
            "reason": _shown(reason),
            "instruction": _shown(instruction),
        }
    )
    try:
        _append(path, f"{line}\n".encode())
    except OSError as error:
        log.logger.warning("%s cannot be written: %s.", VARIABLE, error)


def record_error(program: str, error: DaybookError) -> None:
    """Append a JSON line about the error that a program ends with."""
    record(
        program,
        error.exit_code,
        error.reason,
        error.instruction,
        kind=error.kind,
    )


def _append(path: str, line: bytes) -> None:
    # O_NONBLOCK: a pipe that nobody reads is an error, not a wait.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
    file = os.open(path, flags, 0o600)
    try:
        written = os.write(file, line)
    finally:
        os.close(file)
    if written < len(line):
        raise OSError(f"{written} of {len(line)} bytes were taken")


def _shown(text: str) -> str:
    """Return the text without secrets, as UTF-8 can write it, and cut."""
    text = log.mask(text).encode(errors="backslashreplace").decode()
    if len(text) <= MAX_TEXT_CHARS:
        return text
    return text[: MAX_TEXT_CHARS - 3] + "..."
