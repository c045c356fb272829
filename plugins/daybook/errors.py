"""Every error a user can meet, grouped by what they can do about it.

An error has a reason (what was wrong: step, source, day, table, line,
column, value) and an instruction (what to do next, often a command).
Its class is the group, and the group decides the exit code:

* 2, a retry will not help: `ConfigError`, `InputError`, `RefusedError`
* 1, a retry may help: `AbsentError`, `BusyError`, `UnfinishedError`,
  `UnreachableError`, `StorageError`
"""

from __future__ import annotations

from typing import ClassVar

MAX_VALUE_CHARS = 80
"""Values are cut to this many characters in messages."""


class DaybookError(Exception):
    """What all of Daybook's errors have in common.

    Attributes:
        reason: What was wrong, as one or more full sentences.
        instruction: What to do next; may be several lines.
        exit_code: 1 when a retry may help, 2 when it will not.
        kind: The group, for programs.
    """

    exit_code: ClassVar[int] = 2
    kind: ClassVar[str]

    def __init__(self, reason: str, instruction: str) -> None:
        """Keep the reason and the instruction apart, and print both."""
        super().__init__(f"{reason}\n{instruction}")
        self.reason = reason
        self.instruction = instruction


class ConfigError(DaybookError):
    """A setting or variable is missing or malformed: set it."""

    kind = "config"


class InputError(DaybookError):
    """The data itself is at fault: mend the file, table or value."""

    kind = "input"


class RefusedError(DaybookError):
    """A guard said no: use the named setting if it is really meant."""

    kind = "refused"


class AbsentError(DaybookError):
    """What is due has not been delivered yet: wait for it, run again."""

    exit_code = 1
    kind = "absent"


class BusyError(DaybookError):
    """Somebody else holds the day or the table: wait, run again."""

    exit_code = 1
    kind = "busy"


class UnfinishedError(DaybookError):
    """The step before broke off; nothing was changed: run again."""

    exit_code = 1
    kind = "unfinished"


class UnreachableError(DaybookError):
    """A server refused, vanished or lacks a right: see to it, run again."""

    exit_code = 1
    kind = "unreachable"


class StorageError(DaybookError):
    """Disk full, read-only, not writable: make room, run again."""

    exit_code = 1
    kind = "storage"


def cut(value: object) -> str:
    """Return `value` quoted, cut to `MAX_VALUE_CHARS` characters."""
    text = repr(str(value))
    if len(text) <= MAX_VALUE_CHARS:
        return text
    return text[: MAX_VALUE_CHARS - 3] + "..."
