"""What a load says when it is done."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daybook.relational.loads import Counts, Outcome, variable
from daybook.singer.log import counted, log_table, logger

if TYPE_CHECKING:
    from daybook.relational.foreign_keys import Key
    from daybook.relational.loads import Load


_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one table.

    Attributes:
        rows_left: Rows that the table has now, None if nobody counted.
        seconds: Spent on it, keys included, foreign keys not.
        newer: The day that superseded the load, if any did.
    """

    load: Load
    outcome: Outcome
    counts: Counts = field(default_factory=Counts)
    rows_left: int | None = None
    seconds: float = 0.0
    newer: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows that refer to nothing in another source's table.

    Attributes:
        count: None if the columns cannot be compared.
        first: The first keys without a match, `""` if there are none.
    """

    key: Key
    count: int | None
    first: str


def say_missing(
    schema: str, missing: Iterable[tuple[str, str, datetime.date]]
) -> None:
    """Name the tables that the newer days no longer have."""
    texts = [
        f"{schema}.{name} (source {source}, day {day})"
        for name, source, day in missing
    ]
    if texts:
        more = len(texts) - _SHOWN
        logger.warning(
            "Not among what was loaded, so they stay as they were: %s%s.",
            ", ".join(texts[:_SHOWN]),
            f" and {more} more" if more > 0 else "",
        )


def say_orphans(found: Iterable[Orphans]) -> None:
    """Show how well keys between two moments match; none is enforced."""
    for one in found:
        if one.count is None:
            logger.warning(
                "%s: the two tables hold the key in types that do not "
                "compare, so nobody can tell what is unmatched.",
                one.key,
            )
        elif one.count:
            logger.warning(
                "%s: %d rows without a match, first of all %s (the tables "
                "are of two sources or moments, so the key is not enforced).",
                one.key,
                one.count,
                one.first,
            )
        else:
            logger.info("%s: every row has its match.", one.key)


def say_result(reports: Sequence[Report], plugin: str) -> None:
    """Log what became of each table, as one summary.

    `plugin` is the target's name, for messages.
    """
    for one in reports:
        if one.newer is not None:
            logger.warning(
                "%s holds the newer day %s, so day %s changed nothing. To "
                "turn it back: %s=true",
                one.load,
                one.newer,
                one.load.day,
                variable(plugin, "allow_older_day"),
            )
    if reports:
        log_table(_HEADER, [_row(one) for one in reports])
    if all(one.outcome is Outcome.UNCHANGED for one in reports):
        logger.info("%s, all unchanged.", counted(len(reports), "table"))


_HEADER = (
    "table",
    "day",
    "strategy",
    "rows",
    "inserted",
    "updated",
    "deleted",
    "outcome",
    "seconds",
)


def _row(one: Report) -> tuple[object, ...]:
    return (
        one.load,
        one.load.day or "",
        one.load.strategy,
        one.load.file.rows,
        one.counts.inserted,
        one.counts.updated,
        one.counts.deleted,
        one.outcome,
        f"{one.seconds:.2f}",
    )
