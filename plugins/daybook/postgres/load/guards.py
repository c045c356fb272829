"""When a load is refused, and when there is nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.sql import SQL, Literal

from daybook.errors import RefusedError
from daybook.postgres.load import live as live_tables
from daybook.postgres.load.load_log import columns_digest
from daybook.postgres.load.plan import DAY_COLUMN
from daybook.postgres.load.session import qualified
from daybook.relational.erasable import ERASED
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.postgres.connection import Session
    from daybook.postgres.load.live import Live
    from daybook.postgres.load.load_log import Entry
    from daybook.relational.loads import Load, Options

_SHOWN = 10

_UNTOUCHED = """
    SELECT count(*) = {rows} AND count(*) FILTER (
               WHERE xmin <> {writer}::xid8::xid
                 AND age(xmin) <= age({horizon}::xid8::xid)
           ) = 0
    FROM ONLY {table}
    HAVING pg_current_xact_id()::text::numeric
           - {horizon}::text::numeric < 2000000000
"""


def problem(
    load: Load, live: Live | None, known: Entry | None, options: Options
) -> str:
    """Return why this load must not touch the table, or `""`. Pure.

    `known` is the newest entry of the log that is about this very
    table, not about an earlier one of the same name.
    """
    if live is None:
        return ""
    return _wrong_kind(load, live, known) or (
        "" if options.adopt else _not_ours(load, live, known)
    )


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
        "Check that WAREHOUSE_URL and SCHEMA name the warehouse. To let "
        "Daybook take over tables that others filled or other sources "
        "loaded: TARGET_POSTGRES_ADOPT=true. A relation of another kind "
        "must be renamed or dropped first.",
    )


def is_superseded(load: Load, known: Entry | None, options: Options) -> bool:
    """Return whether the table holds a newer day already. Pure."""
    guarded = load.strategy.mirrors or load.strategy is Strategy.UPSERT
    if options.allow_older_day or not guarded:
        return False
    if known is None or known.day is None or load.day is None:
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
        and known.table_oid == live.oid
        and known.table_file == live.file
        and known.table_columns == columns_digest(live.columns)
    )


def is_inserted(load: Load, of_day: Entry | None) -> bool:
    """Return whether this very file was inserted for its day. Pure.

    Where people were erased since, the number of its rows must do.
    """
    if of_day is None:
        return False
    if of_day.sha256 == ERASED:
        return of_day.rows == load.file.rows
    return of_day.sha256 == load.file.sha256


def inserts_twice(load: Load, of_day: Entry | None) -> str:
    """Return why a day must not be inserted again, or `""`. Pure.

    Without a key nothing would stop rows that are there already.
    """
    if of_day is None or load.table.primary_key or is_inserted(load, of_day):
        return ""
    return (
        f"{load.described} was inserted before, from another file, and has "
        "no key that could tell its rows from those: delete them first"
    )


def is_untouched(
    session: Session, schema: str, name: str, known: Entry
) -> bool:
    """Return whether the rows are those that the logged load left.

    Deleted rows show in the count, new and updated ones in their xmin:
    it is that of the load, or older than all that ran beside it.
    """
    query = SQL(_UNTOUCHED).format(
        table=qualified(schema, name),
        rows=Literal(known.table_rows),
        writer=Literal(known.transaction_id),
        horizon=Literal(known.horizon),
    )
    row = session.execute(query).fetchone()
    return bool(row and row[0])


def _wrong_kind(load: Load, live: Live, known: Entry | None) -> str:
    if live.kind in live_tables.KINDS:
        return f"{load} is {live_tables.KINDS[live.kind]}, not a table"
    history = f"LIST ({DAY_COLUMN})"
    if load.strategy is Strategy.HISTORY:
        if live.kind != live_tables.PARTITIONED or (
            live.partitioned_by != history
        ):
            return (
                f"{load} was not made for the strategy history"
                + (f" but for {known.strategy}" if known else "")
                + "; rename or drop it, and its history begins anew"
            )
    elif live.kind == live_tables.PARTITIONED:
        return (
            f"{load} is partitioned by {live.partitioned_by}; only the "
            "strategy history loads into partitions"
        )
    return ""


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
