"""A load: all tables go from one day to the next in one transaction.

MySQL ends a transaction at every change of a definition, so tables are
created and altered before it begins; rows change inside it only.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daybook.mysql.load import (
    constraints,
    files,
    live,
    load_log,
    orphans,
    plan,
    standing,
    work,
)
from daybook.mysql.load.failures import translated
from daybook.mysql.load.jobs import plan_jobs
from daybook.mysql.load.load_log import Left
from daybook.mysql.load.session import opened
from daybook.relational import foreign_keys, report
from daybook.relational.heartbeat import still_at
from daybook.relational.loads import Counts, Outcome, Result
from daybook.relational.report import Report
from daybook.singer.day_file import check_file
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session
    from daybook.mysql.load.standing import Standing
    from daybook.mysql.load.work import Work
    from daybook.relational.foreign_keys import Key
    from daybook.relational.loads import Load, Options

_Seconds = dict[str, float]


def load_all(url: str, loads: Sequence[Load], options: Options) -> None:
    """Bring all tables to their day, or none.

    Raises:
        DaybookError: No row was changed; the message says why.
    """
    if not loads:
        logger.info("There is no table to load.")
        return
    for load in loads:
        check_file(load)
    with translated(), opened(url) as session:
        if session.ignores_case:
            plan.check_cases(loads)
        load_log.ensure(session, loads)
        standings = standing.look(session, loads, options)
        reports = _bring(session, standings, options)
        gone = load_log.missing(session, loads)
        unmatched = _unmatched(session, loads, reports)
    report.say_missing(options.schema, gone)
    report.say_orphans(unmatched)
    report.say_result([reports[load.name] for load in loads], plan.PLUGIN)


def _bring(
    session: Session, standings: Sequence[Standing], options: Options
) -> dict[str, Report]:
    """Change what must change; report on every table."""
    seconds: _Seconds = defaultdict(float)
    changing = [one for one in standings if not one.is_done]
    current = [one.load for one in standings if not one.superseded]
    with files.opened([one.load for one in changing]) as data:
        works = [
            work.choose(session, data, job, recheck=options.recheck)
            for job in plan_jobs(data, changing, options)
        ]
        for one in works:
            with _step(one, seconds):
                one.stage()
        keys = _define(session, works, foreign_keys.enforced(current), seconds)
        with session.transaction():
            counts = _apply(session, works, keys, seconds)
            reports = _reports(standings, works, counts, seconds)
            _write_log(session, standings, works, reports, options)
    return reports


def _define(
    session: Session,
    works: Sequence[Work],
    wanted: Sequence[Key],
    seconds: _Seconds,
) -> list[Key]:
    """Bring all definitions up to date; return the keys to be checked."""
    tables = {one.name for one in works}
    altered = {one.name for one in works if one.job.breaks_keys}
    constraints.release(session, wanted, tables, altered)
    for one in works:
        for text in one.job.differences:
            logger.info("%s: %s", one.job.load, text)
        with _step(one, seconds):
            one.define()
    return constraints.bring(session, wanted, tables)


def _apply(
    session: Session,
    works: Sequence[Work],
    keys: Sequence[Key],
    seconds: _Seconds,
) -> dict[str, Counts]:
    counts = {}
    for one in works:
        with (
            still_at(f"{one.job.load}: changing rows"),
            _step(one, seconds),
        ):
            counts[one.name] = one.apply()
    changed = {name for name, count in counts.items() if count}
    orphans.check(session, keys, changed)
    return counts


@contextmanager
def _step(one: Work, seconds: _Seconds) -> Iterator[None]:
    """Time a step, and name its table in what the server refuses."""
    start = time.monotonic()
    with translated(one.job.load):
        yield
    seconds[one.name] += time.monotonic() - start


def _reports(
    standings: Sequence[Standing],
    works: Sequence[Work],
    counts: Mapping[str, Counts],
    seconds: _Seconds,
) -> dict[str, Report]:
    reports = {one.load.name: _untouched(one) for one in standings}
    for one in works:
        done = counts[one.name]
        changed = done or one.job.changes_definition
        reports[one.name] = Report(
            one.job.load,
            Outcome.LOADED if changed else Outcome.UNCHANGED,
            done,
            None,
            seconds[one.name],
        )
    return reports


def _untouched(one: Standing) -> Report:
    if one.superseded:
        newer = one.known.day if one.known else None
        return Report(one.load, Outcome.SUPERSEDED, newer=newer)
    return Report(one.load, Outcome.UNCHANGED)


def _write_log(
    session: Session,
    standings: Sequence[Standing],
    works: Sequence[Work],
    reports: Mapping[str, Report],
    options: Options,
) -> None:
    changed = {one.name: one for one in works}
    for one in standings:
        load, done = one.load, reports[one.load.name]
        left = _known(one)
        if load.name in changed:
            left = _left(session, changed[load.name])
        result = Result(done.outcome, done.counts)
        load_log.write(session, load, result, left, options.run)


def _known(one: Standing) -> Left | None:
    """Return the table as the log knows it, if it still is so."""
    if not one.same or one.known is None:
        return None
    entry = one.known
    return Left(
        entry.table_id,
        entry.table_rows,
        entry.table_checksum,
        entry.table_columns,
    )


def _left(session: Session, one: Work) -> Left:
    table = live.read(session, [one.name])[one.name]
    with still_at(f"{one.job.load}: summing up"):
        return Left(
            one.table_id,
            one.rows_left(),
            live.checksum(session, one.name, table),
            load_log.columns_digest(table.columns),
        )


def _unmatched(
    session: Session, loads: Sequence[Load], reports: Mapping[str, Report]
) -> list[report.Orphans]:
    """Count what the keys between two sources leave unmatched."""
    changed = {
        name for name, one in reports.items() if one.outcome is Outcome.LOADED
    }
    keys = [
        key
        for key in foreign_keys.described(loads)
        if {key.child, key.parent} & changed
    ]
    return orphans.described(session, keys)
