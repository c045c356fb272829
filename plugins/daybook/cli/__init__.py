"""The `daybook` command: what people ask of the lake and its servers."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from daybook.cli import (
    audit,
    days,
    diff,
    doctor,
    erase,
    prune,
    publish,
    query,
    services,
    show,
    verify,
)
from daybook.errors import DaybookError
from daybook.singer import failures

_NAME = "daybook"
_REFUSED = "The command was not understood, or found what no retry mends."
_SEE_OUTPUT = "See what it printed."

app = typer.Typer(
    name=_NAME,
    help="Any day of any source, reproducible.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    days,
    show,
    verify,
    diff,
    audit,
    query,
    publish,
    prune,
    erase,
    services,
    doctor,
):
    command.register(app)


def main() -> NoReturn:
    """Run the command line; exit 0, 1 (try again) or 2 (mend something).

    A user's mistake prints its reason and instruction on standard
    error, never a traceback.
    """
    try:
        app()
    except DaybookError as error:
        _fail(error)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(1)
    except OSError as error:
        from daybook.singer.run import storage_error

        _fail(storage_error(error))
    except SystemExit as end:
        if end.code == 2:  # a usage error, or what a command has found
            failures.record(_NAME, 2, _REFUSED, _SEE_OUTPUT)
        raise
    except Exception as error:
        reason = f"{_NAME} met an error that it does not know: {error!r}"
        failures.record(_NAME, 1, reason, _SEE_OUTPUT)
        raise
    sys.exit(0)


def _fail(error: DaybookError) -> NoReturn:
    failures.record_error(_NAME, error)
    print(f"Error: {error.reason}", file=sys.stderr)
    for line in error.instruction.splitlines():
        print(f"-> {line}", file=sys.stderr)
    sys.exit(error.exit_code)
