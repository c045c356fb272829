"""`daybook-dbt`: dbt for one day, in the run's own staging folder.

It takes dbt's own arguments. `build`, `run` and `test` work on the day
that DATESTAMP names and the pipeline that SOURCE names: days that the
models read are checked first, keys that they declare last, and a failure
says what to look at.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from daybook.day import Day
from daybook.dbt.days import lake_root
from daybook.errors import ConfigError, DaybookError, cut
from daybook.lake import scratch, staging
from daybook.lake.files import storage_errors
from daybook.lake.partition import check_source
from daybook.singer import failures, log
from daybook.singer.run import storage_error
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_root,
    run_id,
)

_NAME = "dbt"
_MEMORY = re.compile("[0-9]+ ?[KMG]i?B")
_OF_A_DAY = frozenset({"build", "run", "test", "show", "compile"})
_EXAMPLE = (
    "MELTANO_ENVIRONMENT=transform SOURCE=movielens_graph "
    "DATESTAMP=2024-12-20 meltano run dbt:build tap-duckdb target-csv"
)


def main() -> NoReturn:
    """Run dbt; exit 0, 1 (a retry may help) or 2 (it will not)."""
    log.set_up(_NAME)
    try:
        code = run(sys.argv[1:])
    except DaybookError as error:
        _fail(error)
    except OSError as error:
        _fail(storage_error(error))
    except Exception as error:
        reason = f"dbt met an error that Daybook does not know: {error!r}"
        failures.record(_NAME, 1, reason, "See what it printed.")
        raise
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run dbt with these arguments; return its exit code.

    Raises:
        DaybookError: What a user can do something about.
        OSError: The lake cannot be written.
    """
    _set_up()
    command = next((a for a in arguments if not a.startswith("-")), "")
    _write_to(Path(os.environ["DBT_PROJECT_DIR"]) / "target")
    if command not in _OF_A_DAY:
        from daybook.dbt import runner

        return runner.plain(arguments)
    source, day = _source_and_day()
    from daybook.dbt import build  # dbt takes two seconds to import

    with _staging(source, day) as folder:
        place = build.Place(lake_root(), folder, source, day)
        build.run(place, arguments)
    return 0


def _set_up() -> None:
    """Tell dbt where the project is, and to keep to itself."""
    project = os.environ.get("DBT_PROJECT_DIR") or str(
        project_root() / "transform"
    )
    os.environ |= {
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": os.environ.get("DBT_PROFILES_DIR") or project,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_VERSION_CHECK": "false",
    }
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        os.environ.setdefault("DBT_USE_COLORS", "false")


def _write_to(folder: Path) -> None:
    """Let dbt write what it writes into one folder.

    Without a path for logs, `logs` appears where the user stands.
    """
    os.environ["DBT_TARGET_PATH"] = str(folder)
    os.environ["DBT_LOG_PATH"] = str(folder / "logs")


def _source_and_day() -> tuple[str, Day]:
    settings = {
        "source": os.environ.get("SOURCE"),
        "day": os.environ.get("DATESTAMP"),
        "memory": os.environ.get("DBT_MEMORY") or "256MB",
    }
    needed = (
        Needed("source", "SOURCE", check_source),
        Needed("day", "DATESTAMP", Day.parse),
        Needed("memory", "DBT_MEMORY", _check_memory),
    )
    check_needed(_NAME, settings, needed, _EXAMPLE)
    return str(settings["source"]), Day.parse(str(settings["day"]))


def _check_memory(text: str) -> None:
    if not _MEMORY.fullmatch(text):
        raise ConfigError(
            f"DBT_MEMORY is {cut(text)}, which is no amount of memory.",
            "Give it as a number and a unit, for example DBT_MEMORY=2GB.",
        )


@contextmanager
def _staging(source: str, day: Day) -> Iterator[Path]:
    """Give the run's staging folder, which outlives this process.

    It goes when the step fails; when no step of the run takes the models
    from it, with the next build of the day.
    """
    with storage_errors(f"Building {source} on {day}"):
        held = staging.hold(lake_root(), run_id())
        scratch.clear(lake_root(), source, day)
        scratch.note(held, source, day)
    _write_to(held.path / "target")
    os.environ["DAYBOOK_MODELS"] = str(
        scratch.database(lake_root(), held.path.name)
    )
    try:
        yield held.path
    except BaseException:
        held.discard()
        raise
    held.release()


def _fail(error: DaybookError) -> NoReturn:
    log.logger.error("%s", error.reason)
    for line in error.instruction.splitlines():
        log.logger.error("-> %s", line)
    failures.record(_NAME, error.exit_code, error.reason, error.instruction)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
