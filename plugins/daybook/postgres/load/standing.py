"""How a table stands before the load: ours, current, superseded, or new."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.postgres.load import guards, live, load_log
from daybook.postgres.load.plan import PLUGIN
from daybook.relational import chain
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.load.live import Live
    from daybook.postgres.load.load_log import Entry
    from daybook.relational.loads import Load, Options


@dataclass(slots=True)
class Standing:
    """A load and what the target and its log say about its table.

    Attributes:
        live: None if the table does not exist.
        known: The newest entry about this very table.
        inserted: The newest entry about its day, for the strategy insert.
        same: The entry whose file, definition and rows still stand.
        superseded: Whether the table holds a newer day.
    """

    load: Load
    live: Live | None
    known: Entry | None
    inserted: Entry | None = None
    same: Entry | None = None
    superseded: bool = False

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do for the table."""
        return self.superseded or self.same is not None


def look(
    session: Session, loads: Sequence[Load], options: Options
) -> list[Standing]:
    """Find how the tables stand, and refuse what must not be touched.

    Raises:
        RefusedError: A table is not ours to change, or days before a
            part of it were not loaded.
    """
    names = [load.name for load in loads]
    tables = live.read(session, options.schema, names)
    entries = load_log.newest(session, options.schema, names)
    standings = [
        _stand(session, load, tables.get(load.name), entries.get(load.name))
        for load in loads
    ]
    problems = [
        guards.problem(one.load, one.live, one.known, options)
        or guards.inserts_twice(one.load, one.inserted)
        for one in standings
    ]
    guards.refuse([text for text in problems if text])
    for one in standings:
        one.superseded = guards.is_superseded(one.load, one.known, options)
        if not (one.superseded or options.recheck):
            one.same = _same(session, one)
    gaps = [_gap(session, one) for one in standings if not one.superseded]
    chain.refuse(gaps, PLUGIN)
    return standings


def left(session: Session, one: Standing) -> Live:
    """Return the table as the load leaves it."""
    load = one.load
    table = live.read(session, load.schema, [load.name])[load.name]
    return _as_of_day(session, load, table)[0]


def _stand(
    session: Session, load: Load, table: Live | None, entry: Entry | None
) -> Standing:
    """An entry about a table that was dropped since says nothing."""
    if not (table and entry and entry.table_oid == table.oid):
        return Standing(load, table, None)
    if load.strategy is not Strategy.INSERT:
        return Standing(load, table, entry)
    of_day = load_log.newest_of_day(session, load)
    is_about_it = of_day and of_day.table_oid == table.oid
    return Standing(load, table, entry, of_day if is_about_it else None)


def _gap(session: Session, one: Standing) -> chain.Gap | None:
    if one.load.table.window is None:
        return None
    held = []
    if one.live is not None:
        held = load_log.parts(session, one.load, one.live.oid)
    return chain.gap(one.load, held)


def _same(session: Session, one: Standing) -> Entry | None:
    """Return the entry that proves that there is nothing to do."""
    load, entry = one.load, one.known
    if one.live is None or entry is None:
        return None
    if load.strategy is Strategy.INSERT:
        return one.inserted if guards.is_inserted(load, one.inserted) else None
    if load.strategy is Strategy.HISTORY:
        entry = load_log.newest_of_day(session, load)
    table, name = _as_of_day(session, load, one.live)
    if entry is None or not guards.is_same(load, table, entry):
        return None
    untouched = guards.is_untouched(session, load.schema, name, entry)
    return entry if untouched else None


def _as_of_day(session: Session, load: Load, table: Live) -> tuple[Live, str]:
    """Return the table, in a history the day's part of it, and its name."""
    if load.strategy is not Strategy.HISTORY:
        return table, load.name
    part = live.find_partition(session, table.oid, load.day)
    if part is None:
        return table, load.name
    return dataclasses.replace(table, file=part.file), part.name
