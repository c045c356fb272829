"""dbt in this process, and what it says."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from daybook.errors import ConfigError, InputError
from daybook.singer import failures

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_SEE = "See what dbt said above; mend the project `transform`."


def plain(arguments: Sequence[str]) -> int:
    """Run a command of dbt's that builds nothing; return its exit code."""
    result = dbtRunner().invoke(list(arguments))
    if result.success:
        return 0
    if result.exception:
        reason = f"dbt failed: {_said(result.exception)}"
        failures.record("dbt", 2, reason, _SEE)
    return 2


def parse() -> Manifest:
    """Return the project as dbt reads it.

    Raises:
        ConfigError: It is no project of dbt's.
    """
    result = dbtRunner().invoke(["--quiet", "parse"])
    if not result.success:
        raise ConfigError(
            f"dbt cannot read the project: {_said(result.exception)}", _SEE
        )
    manifest: Manifest = result.result
    return manifest


def selected(manifest: Manifest, selection: Sequence[str]) -> list[Any]:
    """Return the nodes that `selection`, arguments of dbt's, takes.

    Raises:
        ConfigError: dbt does not understand it.
    """
    words = ["--quiet", "ls", *selection]
    words += ["--output", "json", "--output-keys", "unique_id"]
    with contextlib.redirect_stdout(io.StringIO()):
        result = dbtRunner(manifest).invoke(words)
    if not result.success:
        raise ConfigError(
            f"dbt does not take {' '.join(selection)}: "
            f"{_said(result.exception)}",
            "Give --select with the name of a folder of transform/models.",
        )
    ids = [json.loads(line)["unique_id"] for line in result.result]
    return [manifest.nodes[name] for name in ids if name in manifest.nodes]


def execute(manifest: Manifest, arguments: Sequence[str]) -> Sequence[Any]:
    """Run dbt; return one result per node that it ran.

    Raises:
        InputError: dbt broke off before its end.
    """
    try:
        result = dbtRunner(manifest).invoke(list(arguments))
    finally:
        _close()
    if result.exception:
        raise InputError(f"dbt failed: {_said(result.exception)}", _SEE)
    return getattr(result.result, "results", ())


def _close() -> None:
    """Let go of the database, which dbt keeps open."""
    environment = DuckDBConnectionManager._ENV
    if environment:
        environment.close()
        DuckDBConnectionManager._ENV = None


def _said(error: BaseException | None) -> str:
    return str(error or "it does not say why").strip()
