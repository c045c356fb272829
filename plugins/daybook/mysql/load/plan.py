"""What is to be loaded where, checked before the server is asked. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from daybook.errors import InputError, RefusedError, cut
from daybook.relational.loads import (
    Load,
    check_distinct,
    check_strategy,
    make,
)
from daybook.relational.strategies import Rule, Strategy
from daybook.singer.received import Received

PLUGIN = "target-mysql"
VARIABLE = "PEOPLE_URL"
"""Where users set the target's URL."""

LOG_TABLE = "daybook_loads"
"""The load log, which no source's table may be."""

MAX_NAME_CHARS = 64
OFFERED = (Strategy.SNAPSHOT, Strategy.REPLACE, Strategy.UPSERT)
"""The strategies that this target knows."""

_LAST = "\uffff"
"""Names hold no character after this one."""


def plan(
    received: Iterable[Received], rules: Sequence[Rule], database: str
) -> list[Load]:
    """Return what is to be loaded, in the order of the tables' names.

    Raises:
        RefusedError: Two streams for one table, or a strategy that does
            not fit its table.
        InputError: A name that MySQL does not take.
    """
    loads = make(received, rules, database)
    for load in loads:
        _check_names(load)
        check_strategy(load, PLUGIN)
        _check_offered(load)
    check_distinct(
        loads,
        "Leave one out (TAP_CSV_SOURCES, `tables` and `exclude` of the tap), "
        f"or load them into two databases ({VARIABLE}).",
    )
    return sorted(loads, key=lambda load: load.name)


def check_cases(loads: Sequence[Load]) -> None:
    """Check that no two tables differ in case only.

    For servers to which such names are one.

    Raises:
        RefusedError: Two do.
    """
    twice = _same_but_for_case([load.name for load in loads])
    if twice:
        raise RefusedError(
            f"To this server the tables {cut(twice)} are one: it takes no "
            "notice of case in names of tables. Nothing was changed.",
            "Leave one out, or use a server with lower_case_table_names=0.",
        )


def _check_names(load: Load) -> None:
    for name in (load.name, *load.table.column_names):
        problem = _problem(name)
        if problem:
            raise InputError(
                f"{load.described}: the name {cut(name)} cannot be one in "
                f"MySQL: {problem}.",
                "Rename it at the source, or leave the table out.",
            )
    if load.name.lower() == LOG_TABLE:
        raise InputError(
            f"{load.described}: {LOG_TABLE} is the table of Daybook's own "
            "load log.",
            "Rename it at the source, or leave the table out.",
        )
    twice = _same_but_for_case(load.table.column_names)
    if twice:
        raise InputError(
            f"{load.described}: the columns {cut(twice)} are one to MySQL, "
            "which takes no notice of case in their names.",
            "Rename one at the source, or leave the table out.",
        )


def _check_offered(load: Load) -> None:
    """Check that the strategy is one that this target knows.

    Raises:
        RefusedError: The table is a part of one without a key.
    """
    if load.strategy not in OFFERED:
        raise RefusedError(
            f"{load.described} is a part of a table that has no key, so its "
            "rows cannot be told from those of other days.",
            "Extract it whole (the setting `incremental` of the tap), or "
            "give it a key at the source.",
        )


def _problem(name: str) -> str:
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME_CHARS:
        return f"it has {len(name)} characters, over {MAX_NAME_CHARS}"
    if name.endswith(" "):
        return "it ends with a blank"
    if "\0" in name or max(name) > _LAST:
        return "it holds NUL, or a character of four bytes such as an emoji"
    return ""


def _same_but_for_case(names: Sequence[str]) -> str:
    counts = Counter(name.lower() for name in names)
    return ", ".join(name for name in names if counts[name.lower()] > 1)
