"""What is to be loaded where, checked before the server is asked. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daybook.errors import ConfigError, InputError, RefusedError, cut
from daybook.postgres.load.strategies import Rule, Strategy, choose
from daybook.singer.received import Received

MAX_NAME_BYTES = 63
"""PostgreSQL cuts longer names without a word."""

DAY_COLUMN = "extracted_at"
"""The column that a history table has beside the source's."""

LOG_SCHEMA = "daybook"
"""The schema that holds the load log, and nothing else."""


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


def check_schema(name: str) -> None:
    """Check that tables may land in a schema of this name.

    Raises:
        ConfigError: It is the server's or the load log's own, or longer
            than PostgreSQL takes.
    """
    if name.startswith("pg_") or name in {"information_schema", LOG_SCHEMA}:
        why = "a schema of the server's or of Daybook's own"
    elif len(name.encode()) > MAX_NAME_BYTES:
        why = f"over the {MAX_NAME_BYTES} bytes that PostgreSQL takes"
    else:
        return
    raise ConfigError(
        f"SCHEMA is {cut(name)}, {why}.",
        "Let the tables land in another schema.",
    )


def plan(
    received: Iterable[Received], rules: Sequence[Rule], schema: str
) -> list[Load]:
    """Return what is to be loaded, in the order of the tables' names.

    Raises:
        RefusedError: Two streams for one table, or a strategy that does
            not fit its table.
        InputError: A name that PostgreSQL would cut.
    """
    loads = [
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
    for load in loads:
        _check_names(load)
        _check_strategy(load)
    _check_distinct(loads)
    return sorted(loads, key=lambda load: load.name)


def _check_names(load: Load) -> None:
    for name in (load.schema, load.name, *load.table.column_names):
        if len(name.encode()) > MAX_NAME_BYTES or not name or "\0" in name:
            raise InputError(
                f"{load.described}: the name {cut(name)} has "
                f"{len(name.encode())} bytes; PostgreSQL takes 1 to "
                f"{MAX_NAME_BYTES} without NUL, and would cut a longer one.",
                "Rename it at the source, or leave the table out.",
            )
    if not load.table.columns:
        raise InputError(
            f"{load.described} has no columns, so it can hold no rows.",
            "Leave it out: `exclude` of tap-postgres.",
        )


def _check_strategy(load: Load) -> None:
    strategy, table = load.strategy, load.table
    if load.origin is None and not strategy.takes_unproven:
        raise RefusedError(
            f"{load}: the strategy {strategy} needs a published day, but "
            f"the stream {cut(load.stream)} does not come from the lake.",
            "Put the lake between: `meltano run <tap> target-csv`, then "
            "`meltano run tap-csv target-postgres`; or set the strategy "
            "upsert or insert.",
        )
    if strategy in _KEYED and not table.primary_key:
        keyless = Strategy.REPLACE if load.origin else Strategy.INSERT
        raise RefusedError(
            f"{load.described} has no key; the strategy {strategy} needs one.",
            f"Set another: TARGET_POSTGRES_STRATEGY='{load.name}={keyless}'.",
        )
    if strategy is Strategy.HISTORY and DAY_COLUMN in table.column_names:
        raise RefusedError(
            f"{load.described} has a column {DAY_COLUMN} of its own, the "
            "name of the column that the strategy history adds.",
            f"Set another: TARGET_POSTGRES_STRATEGY='{load.name}=snapshot'.",
        )


_KEYED = {Strategy.SNAPSHOT, Strategy.UPSERT}


def _check_distinct(loads: Iterable[Load]) -> None:
    seen: dict[str, Load] = {}
    for load in loads:
        other = seen.setdefault(load.name, load)
        if other is not load:
            raise RefusedError(
                f"Two streams would both become {load}: "
                f"{_whence(other)} and {_whence(load)}.",
                "Leave one out (`tables` and `exclude` of tap-postgres, "
                "TAP_CSV_SOURCES), or load them into two schemas, one after "
                "the other (SCHEMA).",
            )


def _whence(load: Load) -> str:
    if load.origin is None:
        return load.source_name
    return f"{load.source_name} of source {load.source}"
