"""The window of a table, as the source's rows make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from daybook.errors import ConfigError, InputError, cut
from daybook.postgres.extract import refusals
from daybook.postgres.extract.source import (
    mark_row,
    part,
    row_of,
    sortable,
)
from daybook.postgres.extract.source_locks import from_clause

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.extract.selection import Relation
    from daybook.postgres.extract.source import Source
    from daybook.singer.windows import Bounds, Windows
    from daybook.window import Mark

_COLLATED = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::oid AND attnum > 0 AND attcollation <> 0
"""
_ENDLESS = frozenset({"infinity", "Infinity", "NaN"})
_UNSORTED = (errors.UndefinedFunction, errors.FeatureNotSupported)


def apply(
    session: Session, sources: Sequence[Source], windows: Windows
) -> list[Source]:
    """Return the sources, incremental tables as the part to be read.

    `session` is in the snapshot's transaction.

    Raises:
        ConfigError: A cursor's column is not there or has no order, or
            the setting names no table.
        InputError: A cursor's column holds NULL, or what nothing can
            come after.
    """
    windows.check_used(source.table for source in sources)
    return [_apply(session, source, windows) for source in sources]


def _apply(session: Session, source: Source, windows: Windows) -> Source:
    bounds = windows.bounds(source.table)
    if bounds is None or source.relation is None:
        return source
    with refusals.reading(str(source)):
        _refuse_nulls(session, source, source.relation, bounds)
        found = session.execute(_COLLATED, [source.relation.oid])
        collated = {row[0] for row in found}
        try:
            last = _last(session, source.relation, bounds, collated)
        except errors.DataError as error:
            raise _no_value(source, bounds, error) from error
    return part(source, source.relation, bounds.window(last), collated)


def _refuse_nulls(
    session: Session, source: Source, relation: Relation, bounds: Bounds
) -> None:
    table = source.table
    names = [n for n in bounds.columns if table.column(n).nullable]
    if not names:
        return
    row = session.execute(_count_nulls(relation, names)).fetchone()
    counts = dict(zip(names, row or (), strict=True))
    said = ", ".join(
        f"{cut(name)} in {rows:,} rows"
        for name, rows in counts.items()
        if rows
    )
    if said:
        raise InputError(
            f"{source}: columns of its cursor are NULL: {said}. Such rows "
            "stand at no place in the order and would never be read.",
            "Fill them at the source, order the table by other columns, or "
            "take it out of the setting `incremental`.",
        )


def _count_nulls(relation: Relation, names: Sequence[str]) -> Composed:
    is_null = [SQL("{} IS NULL").format(Identifier(n)) for n in names]
    counts = [SQL("count(*) FILTER (WHERE {})").format(n) for n in is_null]
    return SQL("SELECT {} FROM {} WHERE {}").format(
        SQL(", ").join(counts),
        from_clause(relation),
        SQL(" OR ").join(is_null),
    )


def _last(
    session: Session,
    relation: Relation,
    bounds: Bounds,
    collated: set[str],
) -> Mark | None:
    """Return the place of the last row after the window's start.

    None where the end is known: then only whether the marks still are
    values of the columns is looked at.
    """
    names = bounds.columns
    try:
        row = session.execute(_newest(relation, bounds, collated)).fetchone()
    except _UNSORTED as error:
        raise _no_order(relation, names, error) from error
    if row and row[0] in _ENDLESS:
        raise InputError(
            f"{relation.full_name} has a row whose {cut(names[0])} is "
            f"{row[0]}: no row can come after it.",
            "Mend it at the source, or order the table by another column.",
        )
    return row


def _newest(
    relation: Relation, bounds: Bounds, collated: set[str]
) -> Composed:
    """Return the query for the last row after the marks, as text."""
    names = bounds.columns
    marks = [mark for mark in (bounds.start, bounds.end) if mark is not None]
    after: list[Composable] = [
        SQL("{} > {}").format(row_of(names, collated), mark_row(mark))
        for mark in marks
    ]
    order = [SQL("{} DESC").format(sortable(n, collated)) for n in names]
    # Made text only then: in one step, the texts would be what is sorted.
    return SQL(
        "SELECT {} FROM (SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {})"
        " AS last"
    ).format(
        SQL(", ").join(SQL("{}::text").format(Identifier(n)) for n in names),
        SQL(", ").join(map(Identifier, names)),
        from_clause(relation),
        SQL(" AND ").join(after or [SQL("true")]),
        SQL(", ").join(order),
        Literal(0 if bounds.closed else 1),
    )


def _no_value(
    source: Source, bounds: Bounds, error: errors.Error
) -> InputError:
    return InputError(
        f"{source}: the window that the lake knows ({bounds.window(None)}) "
        f"does not fit the columns as they are now: "
        f"{error.diag.message_primary}.",
        "Extract a new day whole (TAP_POSTGRES_WHOLE=true); the days after "
        "it begin anew.",
    )


def _no_order(
    relation: Relation, names: Sequence[str], error: errors.Error
) -> ConfigError:
    return ConfigError(
        f"{relation.full_name} cannot be ordered by {', '.join(names)}: "
        f"{error.diag.message_primary}.",
        "Let the setting `incremental` name columns that have an order.",
    )
