"""What is to be loaded where, checked before the server is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daybook.errors import ConfigError, InputError, RefusedError, cut
from daybook.relational.loads import (
    Load,
    check_distinct,
    check_strategy,
    make,
)
from daybook.relational.strategies import Rule, Strategy
from daybook.singer.received import Received

PLUGIN = "target-postgres"
MAX_NAME_BYTES = 63
"""PostgreSQL cuts longer names without a word."""

DAY_COLUMN = "extracted_at"
"""The column that a history table has beside the source's."""

LOG_SCHEMA = "daybook"
"""The schema that holds the load log, and nothing else."""


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
    loads = make(received, rules, schema)
    for load in loads:
        _check_names(load)
        check_strategy(load, PLUGIN)
        _check_history(load)
    check_distinct(
        loads,
        "Leave one out (`tables` and `exclude` of tap-postgres, "
        "TAP_CSV_SOURCES), or load them into two schemas, one after "
        "the other (SCHEMA).",
    )
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


def _check_history(load: Load) -> None:
    names = load.table.column_names
    if load.strategy is Strategy.HISTORY and DAY_COLUMN in names:
        raise RefusedError(
            f"{load.described} has a column {DAY_COLUMN} of its own, the "
            "name of the column that the strategy history adds.",
            f"Set another: TARGET_POSTGRES_STRATEGY='{load.name}=snapshot'.",
        )
