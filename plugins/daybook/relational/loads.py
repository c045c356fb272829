"""What is to be loaded where, and what became of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daybook.errors import RefusedError, cut
from daybook.relational.strategies import Rule, Strategy, choose
from daybook.singer.received import Received


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of a load.

    Attributes:
        schema: Where all tables land.
        schema_change: `freeze`, `evolve` or `rebuild`.
        allow_older_day: Whether a table may go back to an older day.
        adopt: Whether tables that others filled may be taken over.
        recheck: Whether tables are compared even if nothing changed.
        run: The run's id or label, for the load log.
    """

    schema: str
    schema_change: str = "evolve"
    allow_older_day: bool = False
    adopt: bool = False
    recheck: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class Load(Received):
    """One table that is to be loaded from one file.

    Attributes:
        strategy: What becomes of the rows that it has.
        schema: The schema that it lands in.
    """

    strategy: Strategy
    schema: str

    def __str__(self) -> str:
        """Return the table's full name in the target."""
        return f"{self.schema}.{self.table.name}"

    @property
    def name(self) -> str:
        """The table's name, the same in source and target."""
        return self.table.name

    @property
    def schema_digest(self) -> str:
        """A hash of columns, types and keys."""
        facts = [
            [[column.name, column.sql_type] for column in self.table.columns],
            self.table.primary_key,
            [
                [key.columns, key.schema, key.table, key.references]
                for key in self.table.foreign_keys
            ],
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class Outcome(StrEnum):
    """What became of a table in a load."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a load did to a table's rows."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        """Return whether anything was done."""
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a table, and what was done to its rows."""

    outcome: Outcome
    counts: Counts = Counts()


def make(
    received: Iterable[Received], rules: Sequence[Rule], schema: str
) -> list[Load]:
    """Return what is to be loaded, each table with its strategy."""
    return [
        Load(
            one.stream,
            one.table,
            one.origin,
            one.file,
            choose(rules, one.stream, one.table),
            schema,
        )
        for one in received
    ]


def check_strategy(load: Load, plugin: str) -> None:
    """Check that a table can be loaded by its strategy.

    `plugin` is the target's name, for messages.

    Raises:
        RefusedError: It lacks a key or a day, or holds a part of its
            table that would replace the whole.
    """
    strategy = load.strategy
    if load.table.window and strategy.mirrors:
        raise _partial(load, plugin)
    if load.origin is None and not strategy.takes_unproven:
        raise RefusedError(
            f"{load}: the strategy {strategy} needs a published day, but "
            f"the stream {cut(load.stream)} does not come from the lake.",
            "Put the lake between: `meltano run <tap> target-csv`, then "
            f"`meltano run tap-csv {plugin}`; or set the strategy "
            "upsert or insert.",
        )
    if strategy in _KEYED and not load.table.primary_key:
        whole = load.origin and not load.table.window
        keyless = Strategy.REPLACE if whole else Strategy.INSERT
        raise RefusedError(
            f"{load.described} has no key; the strategy {strategy} needs one.",
            f"Set another: {variable(plugin, 'strategy')}="
            f"'{load.name}={keyless}'.",
        )


_KEYED = {Strategy.SNAPSHOT, Strategy.UPSERT}


def check_distinct(loads: Iterable[Load], advice: str) -> None:
    """Check that no two streams would become one table.

    `advice` is what to do then.

    Raises:
        RefusedError: Two would; names both.
    """
    seen: dict[str, Load] = {}
    for load in loads:
        other = seen.setdefault(load.name, load)
        if other is not load:
            raise RefusedError(
                f"Two streams would both become {load}: "
                f"{_whence(other)} and {_whence(load)}.",
                advice,
            )


def variable(plugin: str, setting: str) -> str:
    """Return the variable that sets a plugin's setting."""
    return f"{plugin}_{setting}".upper().replace("-", "_")


def _partial(load: Load, plugin: str) -> RefusedError:
    better = Strategy.UPSERT if load.table.primary_key else Strategy.INSERT
    return RefusedError(
        f"{load.described} holds a part of its table only "
        f"({load.table.window}); the strategy {load.strategy} would delete "
        "the rows of the days before.",
        f"Let it be loaded by {better}, the first rule counts: "
        f"{variable(plugin, 'strategy')}='{load.name}={better},"
        f"*={load.strategy}'.",
    )


def _whence(load: Load) -> str:
    if load.origin is None:
        return load.source_name
    return f"{load.source_name} of source {load.source}"
