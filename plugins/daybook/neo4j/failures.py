"""What Neo4j refuses, as errors that say what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j import exceptions

from daybook.errors import (
    BusyError,
    ConfigError,
    DaybookError,
    InputError,
    RefusedError,
    UnreachableError,
    cut,
)

_MEMORY = "MemoryPoolOutOfMemoryError"
_NO_DATABASE = "DatabaseNotFound"
_DEADLOCK = "DeadlockDetected"
_TIED = "it still has relationships"
_TOO_LONG = "too large to index"
_IN_THE_WAY = ("ConstraintCreationFailed", "Schema.IndexAlreadyExists")
_FORBIDDEN = ("Forbidden", "Unauthorized", "CredentialsExpired")


@contextmanager
def translated(plugin: str, variable: str) -> Iterator[None]:
    """Turn what driver and server raise into errors of ours.

    Raises:
        DaybookError: See `_translate`.
    """
    try:
        yield
    except (exceptions.Neo4jError, exceptions.DriverError) as error:
        raise _translate(error, plugin, variable) from error


def is_deadlock(error: DaybookError) -> bool:
    """Return whether the server chose it to end a deadlock."""
    cause = error.__cause__
    return isinstance(cause, exceptions.Neo4jError) and _DEADLOCK in (
        cause.code or ""
    )


def _translate(error: Exception, plugin: str, variable: str) -> DaybookError:
    if not isinstance(error, exceptions.Neo4jError):
        return UnreachableError(
            f"{plugin} cannot use the server that {variable} names, or lost "
            f"it: {error}",
            f"Check {variable} and that the server runs (for the embedded "
            "one: `daybook services up neo4j`), then run the same command "
            "again: it finishes what was begun.",
        )
    code, said = error.code or "", f"{error.code}: {error.message}"
    if _MEMORY in code:
        return ConfigError(
            f"The server's memory for transactions is used up: {said}",
            "Make transactions smaller (TARGET_NEO4J_TRANSACTION_ROWS, "
            "TARGET_NEO4J_TRANSACTION_BYTES), or give the server more "
            "memory; then run the same command again.",
        )
    return _by_code(error, code, said, variable)


def _by_code(
    error: exceptions.Neo4jError, code: str, said: str, variable: str
) -> DaybookError:
    if _NO_DATABASE in code:
        return ConfigError(
            f"The server has no such database: {said}",
            f"The path of {variable} names the database.",
        )
    if any(word in code for word in _FORBIDDEN):
        return UnreachableError(
            f"The server does not let this user in, or not that far: {said}",
            f"Check user and password in {variable}, and the user's rights "
            "(reading, writing, creating names, constraints and indexes).",
        )
    if _TIED in said:
        return RefusedError(
            f"A node cannot go as others have tied something to it: {said}",
            "Remove those relationships, or let them go with their nodes: "
            "TARGET_NEO4J_DETACH=true.",
        )
    if _TOO_LONG in said:
        return InputError(
            f"A value is too long for an index: {said}",
            "An index takes about 8,160 bytes. Leave out the column, or the "
            "foreign key that refers to it: TARGET_NEO4J_EXCLUDE.",
        )
    if any(word in code for word in _IN_THE_WAY):
        return RefusedError(
            f"A key cannot be made: {said}",
            "Drop the index or mend the nodes that are in the way; none of "
            "both is Daybook's.",
        )
    if "Schema.ConstraintValidationFailed" in code:
        return InputError(
            f"A key is there twice: {said}",
            "See which nodes have it; nodes that are not of a day must give "
            "way.",
        )
    if isinstance(error, exceptions.TransientError):
        return BusyError(
            f"The server gave up for now: {said}",
            "Run the same command again: it finishes what was begun.",
        )
    return UnreachableError(
        f"The server refused: {cut(said) if len(said) > 400 else said}",
        "See the server's log; then run the same command again.",
    )
