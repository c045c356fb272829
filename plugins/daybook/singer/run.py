"""How a plugin process starts, fails and ends."""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click
from singer_sdk.plugin_base import BaseSingerReader

from daybook.errors import DaybookError, StorageError
from daybook.singer import failures, log

if TYPE_CHECKING:
    from types import TracebackType

    from singer_sdk.plugin_base import PluginBase

_LAST_WORDS_MILLISECONDS = 1000
_SEE_LOG = "See what was logged before this."
_SEE_HELP = "Run it with --help to see what it takes."


def run(plugin: type[PluginBase]) -> NoReturn:
    """Run the plugin's command line and exit with its code.

    0 done or unchanged, 1 a retry may help, 2 it will not. A user's
    mistake prints its reason and instruction, never a traceback.
    """
    log.set_up(plugin.name)
    command = plugin.get_singer_command()
    # The SDK's own goes to a log that is shown at level DEBUG only.
    command.excepthook = _say_defect  # type: ignore[attr-defined]
    try:
        code = _main(command)
    except DaybookError as error:
        if issubclass(plugin, BaseSingerReader):
            let_the_tap_speak()
        _fail(plugin.name, error)
    except click.ClickException as error:
        error.show()
        failures.record(plugin.name, 2, error.format_message(), _SEE_HELP)
        _exit(2)
    except click.Abort:  # Ctrl-C
        terminate(plugin.name)
    except BrokenPipeError:
        _target_gone(plugin.name)
        _exit(1)
    except OSError as error:
        _fail(plugin.name, storage_error(error))
    except Exception as error:  # noqa: BLE001 - or nobody would see it
        _fail_unforeseen(plugin.name, error)
    _end(plugin.name, code)


def _main(command: click.Command) -> int:
    """Run the command line; return the exit code that the SDK gives.

    Raises:
        BrokenPipeError: Nobody reads the output any more.
    """
    try:
        code = command.main(standalone_mode=False)
    except SystemExit as end:
        if end.code:  # what click makes of a broken pipe
            raise BrokenPipeError from end
        code = 0
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _end(plugin: str, code: int) -> NoReturn:
    """Exit as the SDK says, which has also said why."""
    if code:
        reason = f"{plugin} ended with exit code {code}."
        failures.record(plugin, code, reason, _SEE_LOG)
    _exit(code)


def _fail(plugin: str, error: DaybookError) -> NoReturn:
    """Log the error as its user is to read it, and exit with its code."""
    _say(error.reason, error.instruction)
    failures.record_error(plugin, error)
    _exit(error.exit_code)


def _say(reason: str, instruction: str) -> None:
    log.logger.error("%s", reason)
    for line in instruction.splitlines():
        log.logger.error("-> %s", line)


def _target_gone(plugin: str) -> None:
    reason = f"The target has gone; {plugin} stops."
    log.logger.error("%s", reason)
    failures.record(plugin, 1, reason, _SEE_LOG)


def _fail_unforeseen(plugin: str, error: Exception) -> NoReturn:
    """Say what nobody thought of; the SDK would end without a word."""
    reason = (
        f"{plugin} met an error that it does not know: "
        f"{type(error).__name__}: {error}"
    )
    instruction = "Run it again with LOGLEVEL=DEBUG to see where, report it."
    _say(reason, instruction)
    failures.record(plugin, 1, reason, instruction)
    log.logger.debug("Where it was:", exc_info=error)
    _exit(1)


def storage_error(error: OSError) -> StorageError:
    """Return the error for a file system that said no."""
    place = f" ({error.filename})" if error.filename else ""
    return StorageError(
        f"The file system refused: {error.strerror or error}{place}.",
        "Make room or mend the permissions, then run the same command "
        "again; `daybook doctor` checks the lake's folder.",
    )


def terminate(plugin: str) -> NoReturn:
    """End at once with exit code 1, as after SIGTERM.

    All that is unfinished is in a staging folder or an open transaction,
    so there is nothing to tidy up: ending here is as safe as `kill -9`.
    """
    reason = f"{plugin} was told to stop."
    log.logger.error("%s", reason)
    failures.record(plugin, 1, reason, "Run the same command again.")
    _exit(1)


def stop_when_reader_is_gone(plugin: str, tidy: Callable[[], None]) -> None:
    """Watch standard output; when nobody reads it any more, stop.

    A tap whose target died would else learn of it only at its next
    message, minutes later. `tidy` removes what the tap has staged.
    """

    def watch() -> None:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), 0)
        for _, event in poller.poll():
            if event & (select.POLLERR | select.POLLHUP):
                _target_gone(plugin)
                tidy()
                _exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _say_defect(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Show the traceback of what is no user's mistake, without secrets."""
    log.logger.error(
        "A defect in Daybook; please report what follows.",
        exc_info=(kind, error, trace),
    )


def let_the_tap_speak() -> None:
    """Wait up to a second for the tap to end.

    When a target fails first, Meltano kills the tap, and what that was
    about to say (a variable it lacks, too) would be lost.
    """
    poller = select.poll()
    poller.register(sys.stdin.fileno(), 0)
    poller.poll(_LAST_WORDS_MILLISECONDS)


def _exit(code: int) -> NoReturn:
    """Exit without waiting for worker threads that hold connections."""
    logging.shutdown()
    try:
        sys.stdout.flush()
    except OSError:
        code = code or 1
    os._exit(code)
