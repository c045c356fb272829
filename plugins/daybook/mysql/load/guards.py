"""When a load is refused, and when there is nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daybook.errors import RefusedError
from daybook.mysql.load import live as live_tables
from daybook.mysql.load.load_log import columns_digest
from daybook.mysql.load.plan import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.mysql.load.live import Live
    from daybook.mysql.load.load_log import Entry
    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load, Options

_SHOWN = 10


def problem(
    load: Load, live: Live | None, known: Entry | None, options: Options
) -> str:
    """Return why this load must not touch the table, or `""`. Pure.

    `known` is the newest entry of the log that is about this very
    table, not about an earlier one of the same name.
    """
    if live is None:
        return ""
    if not live.is_table:
        kind = live.kind.lower().replace("base table", "a table")
        engine = f" of the engine {live.engine}" if live.engine else ""
        return (
            f"{load} is {kind}{engine}, not a table of the engine "
            f"{live_tables.ENGINE}, whose rows can change as one"
        )
    return "" if options.adopt else _not_ours(load, live, known)


def refuse(problems: Sequence[str]) -> None:
    """Refuse the load for all that is wrong with it, at once.

    Raises:
        RefusedError: There is any problem.
    """
    if not problems:
        return
    more = len(problems) - _SHOWN
    shown = [*problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    raise RefusedError(
        "Nothing was changed. " + "; ".join(shown) + ".",
        f"Check that {VARIABLE} names the database meant. To let Daybook "
        "take over tables that others filled or other sources loaded: "
        "TARGET_MYSQL_ADOPT=true. A relation of another kind must be "
        "renamed or dropped first.",
    )


def is_superseded(load: Load, known: Entry | None, options: Options) -> bool:
    """Return whether the table holds a newer day already. Pure."""
    if options.allow_older_day or known is None:
        return False
    if known.day is None or load.day is None:
        return False
    return load.day < known.day


def is_same(load: Load, live: Live, known: Entry) -> bool:
    """Return whether the same file was loaded into the same table. Pure.

    That nobody has changed a row since is for `is_untouched` to see.
    """
    return (
        known.sha256 == load.file.sha256
        and known.schema_digest == load.schema_digest
        and known.strategy == load.strategy
        and has_columns(live, known)
    )


def has_columns(live: Live, known: Entry) -> bool:
    """Return whether the columns are those that the load left. Pure."""
    return known.table_columns == columns_digest(live.columns)


def is_untouched(
    session: Session, name: str, live: Live, known: Entry
) -> bool:
    """Return whether the rows are those that the logged load left."""
    now = live_tables.checksum(session, name, live)
    return now == known.table_checksum


def _not_ours(load: Load, live: Live, known: Entry | None) -> str:
    if known is None:
        if live.empty:
            return ""
        return f"{load} holds rows that Daybook did not load"
    if known.source != load.source:
        return (
            f"{load} was loaded from source {known.source or 'none'}, "
            f"not from {load.source or 'none'}"
        )
    return ""
