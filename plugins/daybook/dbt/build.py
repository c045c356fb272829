"""The steps of building models for a day."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daybook.day import Day
from daybook.dbt import days, keys, nodes, personal, report, runner
from daybook.dbt.plugin import READS
from daybook.duck import declared_keys, declared_personal
from daybook.errors import BusyError, ConfigError, InputError, StorageError
from daybook.lake import scratch
from daybook.singer import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    from dbt.contracts.graph.manifest import Manifest

_SELECTING = ("--select", "-s", "--models", "-m", "--selector")
_BUILDS = ("build", "run")
_SELECTS = re.compile(r"[\s,:+@*?\[\]]")
"""What is no name in a selection, but combines and widens."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are built, and for which day.

    Attributes:
        lake: The lake's root.
        folder: The run's staging folder.
        source: The pipeline, which is the source that they become.
        day: The day.
    """

    lake: Path
    folder: Path
    source: str
    day: Day

    @property
    def database(self) -> Path:
        """The DuckDB file that receives the tables."""
        return self.folder / scratch.DATABASE


def run(place: Place, arguments: Sequence[str]) -> None:
    """Run dbt on the day; after `build` the tables are ready to be read.

    Raises:
        BusyError: A day that is read was published anew meanwhile.
        ConfigError: The project or the selection is at fault.
        InputError: A day is missing, a model or test failed, or a key
            does not hold.
        StorageError: Memory or disk did not suffice.
    """
    manifest = runner.parse()
    if not _names_nodes(arguments):
        arguments = (*arguments, "--select", _folder(manifest, place))
    found = runner.selected(manifest, _selection(arguments))
    if not found:
        raise _nothing_selected(place)
    builds = any(word in _BUILDS for word in arguments)
    if builds:
        nodes.check_complete(manifest, found)
    reads = nodes.reads(manifest, found)
    days.check(place.lake, place.day, reads)
    os.environ[READS] = json.dumps([[one.schema, one.table] for one in reads])
    before = days.published(place.lake, place.day, reads)
    results = runner.execute(manifest, arguments)
    hidden = personal.hidden(personal.declared(nodes.models(manifest, found)))
    failed = report.failed(results)
    if failed and before != days.published(place.lake, place.day, reads):
        raise _published_anew(place)
    if failed:
        with _open(place, read_only=True) as connection:
            raise report.failure(
                place.source, place.day, failed, connection, hidden
            )
    warned = report.warned(results)
    if warned:
        with _open(place, read_only=True) as connection:
            report.say_warnings(warned, connection, hidden)
    if builds:
        _finish(place, [result.node for result in results])


def _folder(manifest: Manifest, place: Place) -> str:
    """Return what selects the source's folder, and no model of its name.

    Raises:
        ConfigError: The name means something else to dbt.
    """
    if _SELECTS.search(place.source):
        raise _nothing_selected(place)
    return f"fqn:{manifest.metadata.project_name}.{place.source}.*"


def _names_nodes(arguments: Sequence[str]) -> bool:
    return any(word.split("=")[0] in _SELECTING for word in arguments)


def _selection(arguments: Sequence[str]) -> list[str]:
    """Return what of the arguments selects nodes."""
    words: list[str] = []
    taken = False
    for word in arguments:
        if word.startswith("-"):
            taken = word.split("=")[0] in {*_SELECTING, "--exclude", "--vars"}
        if taken:
            words.append(word)
    return words


def _finish(place: Place, built: Sequence[Any]) -> None:
    """Check the keys; note them, and what is personal, for tap-duckdb."""
    models = [node for node in built if node.resource_type == "model"]
    told = personal.declared(models)
    with _open(place) as connection:
        found = keys.spelled(connection, keys.declared(models))
        keys.check(connection, found, personal.hidden(told))
        declared_keys.write(connection, found)
        told = personal.spelled(connection, told)
        declared_personal.write(connection, told)
    log.logger.info(
        "%s on %s: %s built and tested, %s found to hold",
        place.source,
        place.day,
        log.counted(len(models), "model"),
        log.counted(len(found), "key"),
    )


@contextmanager
def _open(
    place: Place, *, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what was built, with the memory that dbt had.

    Raises:
        InputError: DuckDB refuses.
        StorageError: Memory or disk did not suffice.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": os.environ.get("DBT_MEMORY") or "256MB",
        "temp_directory": str(place.folder / "spill"),
        "threads": 2,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(
            str(place.database), read_only=read_only, config=config
        ) as connection:
            yield connection
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            f"The models of {place.source} cannot be checked: {error}",
            "Give it more memory, for example DBT_MEMORY=2GB, or make room "
            "on the lake's disk; then run the same command again.",
        ) from error
    except duckdb.Error as error:
        raise InputError(
            f"The models of {place.source} cannot be checked: {error}",
            "See what dbt said above.",
        ) from error


def _published_anew(place: Place) -> BusyError:
    return BusyError(
        f"A day that the models of {place.source} read was published anew "
        "while they were built; nothing was changed.",
        "Run the same command again.",
    )


def _nothing_selected(place: Place) -> ConfigError:
    return ConfigError(
        f"There are no models to build for {place.source}: none in "
        f"transform/models/{place.source}.",
        "SOURCE names a folder of transform/models; docs/models.md shows "
        "how to write one.",
    )
