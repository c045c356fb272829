"""How tap-csv says what is wrong with a file, and where. Pure."""

from __future__ import annotations

from pathlib import Path

from daybook.errors import InputError

MEND = "Mend the file, then run the same command again."


def bad_line(path: Path, line: int, what: str) -> InputError:
    """Return the error for one line (from 1) of a file."""
    return InputError(f"{path}, line {line}: {what}", MEND)


def bad_file(path: Path, what: str) -> InputError:
    """Return the error for a file as a whole."""
    return InputError(f"{path}: {what}", MEND)
