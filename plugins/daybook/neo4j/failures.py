"""What Neo4j refuses, as errors that say what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

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

_DEADLOCK = "DeadlockDetected"


class _Refusal(NamedTuple):
    """A refusal of the server, known by its code or by what it says."""

    codes: tuple[str, ...]
    says: str
    error: type[DaybookError]
    reason: str
    instruction: str

    def is_meant(self, code: str, message: str) -> bool:
        """Return whether it is the one that the server gave."""
        if self.says:
            return self.says in message
        return any(one in code for one in self.codes)


_REFUSALS = (
    _Refusal(
        ("MemoryPoolOutOfMemoryError",),
        "",
        ConfigError,
        "The server's memory for transactions is used up",
        "Make transactions smaller (TARGET_NEO4J_TRANSACTION_ROWS, "
        "TARGET_NEO4J_TRANSACTION_BYTES), or give the server more "
        "memory; then run the same command again.",
    ),
    _Refusal(
        ("DatabaseNotFound",),
        "",
        ConfigError,
        "The server has no such database",
        "The path of {variable} names the database.",
    ),
    _Refusal(
        ("Forbidden", "Unauthorized", "CredentialsExpired"),
        "",
        UnreachableError,
        "The server does not let this user in, or not that far",
        "Check user and password in {variable}, and the user's rights "
        "(reading, writing, creating names, constraints and indexes).",
    ),
    _Refusal(
        (),
        "it still has relationships",
        RefusedError,
        "A node cannot go as others have tied something to it",
        "Remove those relationships, or let them go with their nodes: "
        "TARGET_NEO4J_DETACH=true.",
    ),
    _Refusal(
        (),
        "too large to index",
        InputError,
        "A value is too long for an index",
        "An index takes about 8,160 bytes. Leave out the column, or the "
        "foreign key that refers to it: TARGET_NEO4J_EXCLUDE.",
    ),
    _Refusal(
        ("ConstraintCreationFailed", "Schema.IndexAlreadyExists"),
        "",
        RefusedError,
        "A key cannot be made",
        "Drop the index or mend the nodes that are in the way; none of "
        "both is Daybook's.",
    ),
    _Refusal(
        ("Schema.ConstraintValidationFailed",),
        "",
        InputError,
        "A key is there twice",
        "See which nodes have it; nodes that are not of a day must give way.",
    ),
)
"""The first that is meant counts."""


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
    return _of_server(error, variable)


def _of_server(error: exceptions.Neo4jError, variable: str) -> DaybookError:
    code, said = error.code or "", f"{error.code}: {error.message}"
    for one in _REFUSALS:
        if one.is_meant(code, said):
            return one.error(
                f"{one.reason}: {said}",
                one.instruction.format(variable=variable),
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
