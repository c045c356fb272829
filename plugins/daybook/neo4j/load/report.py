"""What a load says when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daybook.singer.log import counted, log_table, logger

if TYPE_CHECKING:
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.marker import Held

_HEADER = ("part", "rows", "created", "updated", "deleted", "outcome")


def say_changes(changes: Sequence[Change], cleared: int) -> None:
    """Log what became of each part, as one summary."""
    if changes:
        log_table(_HEADER, [_row(one) for one in changes])
    if cleared:
        logger.info(
            "%s of earlier names deleted.", counted(cleared, "element")
        )
    if not cleared and not any(one.size for one in changes):
        logger.info("The graph is unchanged.")


def say_unchanged(source: str, day: object) -> None:
    """Say that the marker shows all of it."""
    logger.info("%s of %s: unchanged, the graph holds it.", day, source)


def say_staying(source: str, helds: Iterable[Held]) -> None:
    """Name what the newer day no longer has, and that stays."""
    names = [one.stream for one in helds if one.is_node]
    if names:
        logger.warning(
            "Not among what was loaded of %s, so its nodes stay as they "
            "were: %s.",
            source,
            ", ".join(names),
        )


def _row(change: Change) -> tuple[object, ...]:
    return (
        change.part,
        f"{change.rows:,}",
        f"{change.created:,}",
        f"{change.updated:,}",
        f"{change.deleted:,}",
        "loaded" if change.size else "unchanged",
    )
