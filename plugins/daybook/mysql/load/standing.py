"""How a table stands before the load: ours, current, superseded, or new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.load import guards, live, load_log
from daybook.mysql.load.plan import PLUGIN
from daybook.relational import chain

if TYPE_CHECKING:
    from daybook.mysql.load.live import Live
    from daybook.mysql.load.load_log import Entry
    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load, Options


@dataclass(slots=True)
class Standing:
    """A load and what the target and its log say about its table.

    Attributes:
        live: None if the table does not exist.
        known: The newest entry about this very table.
        same: Whether file, definition and rows are those of that entry.
        superseded: Whether the table holds a newer day.
    """

    load: Load
    live: Live | None
    known: Entry | None
    same: bool = False
    superseded: bool = False

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do for the table."""
        return self.superseded or self.same


def look(
    session: Session, loads: Sequence[Load], options: Options
) -> list[Standing]:
    """Find how the tables stand, and refuse what must not be touched.

    Raises:
        RefusedError: A table is not ours to change, or days before a
            part of it were not loaded.
    """
    names = [load.name for load in loads]
    tables = live.read(session, names)
    entries = load_log.newest(session, names)
    standings = [
        _stand(load, tables.get(load.name), entries.get(load.name))
        for load in loads
    ]
    problems = [
        guards.problem(one.load, one.live, one.known, options)
        for one in standings
    ]
    guards.refuse([text for text in problems if text])
    for one in standings:
        one.superseded = guards.is_superseded(one.load, one.known, options)
        one.same = not options.recheck and _is_same(session, one)
    gaps = [_gap(session, one) for one in standings if not one.superseded]
    chain.refuse(gaps, PLUGIN)
    return standings


def _stand(load: Load, table: Live | None, entry: Entry | None) -> Standing:
    """An entry about a table that was dropped since says nothing."""
    is_about_it = table and entry and entry.table_id == table.id
    return Standing(load, table, entry if is_about_it else None)


def _is_same(session: Session, one: Standing) -> bool:
    if one.live is None or one.known is None or one.superseded:
        return False
    load, live, known = one.load, one.live, one.known
    return guards.is_same(load, live, known) and guards.is_untouched(
        session, load.name, live, known
    )


def _gap(session: Session, one: Standing) -> chain.Gap | None:
    if one.load.table.window is None:
        return None
    held = []
    if one.live is not None:
        held = load_log.parts(session, one.load, one.live.id)
    return chain.gap(one.load, held)
