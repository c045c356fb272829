"""A load: all tables go from one day to the next in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.postgres.load import (
    changes,
    constraints,
    grants,
    load_log,
    locks,
    orphans,
    standing,
)
from daybook.postgres.load.failures import translated
from daybook.postgres.load.load_log import Left
from daybook.postgres.load.plan import PLUGIN
from daybook.postgres.load.session import ensure_schema, transaction
from daybook.relational import foreign_keys, report
from daybook.relational.loads import Outcome, Result
from daybook.relational.report import Report
from daybook.singer.day_file import check_file
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.load.standing import Standing
    from daybook.relational.loads import Load, Options


def load_all(url: str, loads: Sequence[Load], options: Options) -> None:
    """Bring all tables to their day, or none.

    Raises:
        DaybookError: Nothing was changed; the message says why.
    """
    if not loads:
        logger.info("There is no table to load.")
        return
    for load in loads:
        check_file(load)
    with translated(), transaction(url) as session:
        _prepare(session, loads, options)
        standings = standing.look(session, loads, options)
        reports = _bring(session, standings, options)
        _write_log(session, standings, reports, options)
        gone = load_log.missing(session, options.schema, loads)
        unmatched = _count_orphans(session, loads, reports)
    report.say_missing(options.schema, gone)
    report.say_orphans(unmatched)
    report.say_result([reports[load.name] for load in loads], PLUGIN)


def _prepare(
    session: Session, loads: Sequence[Load], options: Options
) -> None:
    """Take the locks, check the rights, create what is missing."""
    names = [load.name for load in loads]
    if not load_log.exists(session):
        locks.take_database(session)
    locks.take_schema(session, options.schema)
    grants.check(session, options.schema, names)
    if not load_log.exists(session):
        load_log.create(session)
    load_log.know(session, loads)
    ensure_schema(session, options.schema)


def _bring(
    session: Session, standings: Sequence[Standing], options: Options
) -> dict[str, Report]:
    """Change what must change; report on every table."""
    reports = {
        one.load.name: _untouched(one) for one in standings if one.is_done
    }
    changing = [one for one in standings if not one.is_done]
    current = [one.load for one in standings if not one.superseded]
    keys = foreign_keys.enforced(current)
    reports |= changes.make(session, changing, keys, options)
    constraints.create(session, options.schema, keys)
    return reports


def _untouched(one: Standing) -> Report:
    if one.superseded:
        newer = one.known.day if one.known else None
        return Report(one.load, Outcome.SUPERSEDED, newer=newer)
    return Report(one.load, Outcome.UNCHANGED)


def _write_log(
    session: Session,
    standings: Sequence[Standing],
    reports: Mapping[str, Report],
    options: Options,
) -> None:
    for one in standings:
        done = reports[one.load.name]
        rows = one.same.table_rows if one.same else done.rows_left
        left = None
        if not one.superseded:
            left = Left(standing.left(session, one), rows)
        result = Result(done.outcome, done.counts)
        load_log.write(session, one.load, result, left, one.same, options.run)


def _orphans_of(session: Session, key: foreign_keys.Key) -> report.Orphans:
    count = orphans.count(session, key)
    first = orphans.first_keys(session, key) if count else ""
    return report.Orphans(key, count, first)


def _count_orphans(
    session: Session, loads: Sequence[Load], reports: Mapping[str, Report]
) -> list[report.Orphans]:
    """Count what the keys between two sources leave unmatched."""
    changed = {
        name for name, one in reports.items() if one.outcome is Outcome.LOADED
    }
    return [
        _orphans_of(session, key)
        for key in foreign_keys.described(loads)
        if {key.child, key.parent} & changed
        and orphans.is_comparable(session, key)
    ]
