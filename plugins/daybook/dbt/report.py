"""What failed of a build, with the rows to look at."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from daybook.day import Day
from daybook.errors import DaybookError, InputError, StorageError, cut
from daybook.singer import log
from daybook.table import HIDDEN

if TYPE_CHECKING:
    import duckdb

_FAILED = frozenset({"error", "fail", "runtime error"})
_SHOWN_ROWS = 5
_SHOWN = 10
_MAX_CHARS = 800
_APPENDIX = re.compile(r"\n\s*> in |\n\s*Possible solutions:")
"""What follows an error: dbt's macros, and DuckDB's settings."""

_QUOTED = re.compile(r"""'(?:[^']|'')*'|(?<=: )"(?:[^"]|"")*\"""")
"""How DuckDB shows values; names have a word before their quotes."""

_NO_ROOM = re.compile("Out of Memory Error|No space left on device")


def failed(results: Sequence[Any]) -> list[Any]:
    """Return the results of what failed, tests and models."""
    return [result for result in results if result.status in _FAILED]


def say_warnings(
    results: Sequence[Any],
    connection: duckdb.DuckDBPyConnection,
    hidden: Collection[str],
) -> None:
    """Log what tests of the severity `warn` found, with the first rows.

    Values of the columns `hidden` are not shown.
    """
    for result in results:
        log.logger.warning("%s", _described(result, connection, hidden))


def warned(results: Sequence[Any]) -> list[Any]:
    """Return the results of tests that found what is only to be told."""
    return [result for result in results if result.status == "warn"]


def failure(
    source: str,
    day: Day,
    results: Sequence[Any],
    connection: duckdb.DuckDBPyConnection,
    hidden: Collection[str],
) -> DaybookError:
    """Return the error for a build of which `results` failed.

    The first rows that a failing test finds are read again; values of
    the columns `hidden` are not shown.
    """
    said = [_described(one, connection, hidden) for one in results[:_SHOWN]]
    if len(results) > _SHOWN:
        said.append(f"and {len(results) - _SHOWN} more.")
    reason = (
        f"{source} on {day} was not built, and the lake is as it was: "
        + " ".join(said)
    )
    if any(_NO_ROOM.search(result.message or "") for result in results):
        return StorageError(
            reason,
            "Give it more memory, for example DBT_MEMORY=2GB, or make room "
            "on the lake's disk; then run the same command again.",
        )
    return InputError(
        reason,
        "Mend the model, or the source's data and extract it again; then "
        "run the same command again.",
    )


def _described(
    result: Any,
    connection: duckdb.DuckDBPyConnection,
    hidden: Collection[str],
) -> str:
    node = result.node
    said = _short(result.message, hidden)
    what = f"{node.resource_type} {node.name} ({node.original_file_path})"
    if result.status not in {"fail", "warn"}:
        return f"{what}: {said}."
    is_test = node.resource_type == "test"
    rows = _rows(node, connection, hidden) if is_test else ""
    verb = "failed" if result.status == "fail" else "warns"
    return f"{what} {verb}: {said}.{rows}"


def _rows(
    node: Any,
    connection: duckdb.DuckDBPyConnection,
    hidden: Collection[str],
) -> str:
    import duckdb

    try:
        found = connection.execute(
            f"SELECT * FROM (\n{node.compiled_code}\n) "  # noqa: S608
            f"LIMIT {_SHOWN_ROWS}"
        )
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
    except duckdb.Error as error:
        said = _short(str(error), hidden)
        return f" (Its rows cannot be shown: {said})"
    # A test of one column gives its values another name.
    is_of_one = (getattr(node, "column_name", "") or "").lower() in hidden
    secret = [is_of_one or name.lower() in hidden for name in names]
    shown = [
        ", ".join(
            f"{name}={HIDDEN if hides and value is not None else value}"
            for name, hides, value in zip(names, secret, row, strict=True)
        )
        for row in rows
    ]
    return f" First rows: {'; '.join(map(cut, shown))}."


def _short(text: str | None, hidden: Collection[str]) -> str:
    said = _APPENDIX.split(text or "it does not say why")[0]
    if hidden:  # DuckDB quotes a value, and does not always say of what
        said = _QUOTED.sub(HIDDEN, said)
    words = " ".join(said.split()).rstrip(".")
    if len(words) <= _MAX_CHARS:
        return words
    return words[: _MAX_CHARS - 3] + "..."
