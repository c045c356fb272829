"""How a module of the project runs as a command of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from daybook.errors import DaybookError
from daybook.singer import failures


def main(name: str, run: Callable[..., None]) -> None:
    """Run a command; exit 0, 1 (try again) or 2 (mend something)."""
    try:
        typer.run(run)
    except DaybookError as error:
        failures.record_error(name, error)
        print(f"{error.reason}\n-> {error.instruction}", file=sys.stderr)
        sys.exit(error.exit_code)
