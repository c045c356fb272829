"""The changes of a load, in the phases that `work` describes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daybook.postgres.load import constraints, locks
from daybook.postgres.load.failures import translated
from daybook.postgres.load.history import History
from daybook.postgres.load.jobs import plan_jobs
from daybook.postgres.load.rebuild import Rebuild
from daybook.postgres.load.work import (
    Create,
    Insert,
    Mirror,
    Overwrite,
    Upsert,
)
from daybook.relational.heartbeat import still_at
from daybook.relational.loads import Counts, Outcome
from daybook.relational.report import Report
from daybook.relational.strategies import Strategy
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.load.jobs import Job
    from daybook.postgres.load.standing import Standing
    from daybook.relational.foreign_keys import Key
    from daybook.relational.loads import Options
    from daybook.singer.log import logger
from daybook.postgres.load.work import Work

Seconds = dict[str, float]
"""The time spent on each table, by name."""


def make(
    session: Session,
    standings: Sequence[Standing],
    keys: Sequence[Key],
    options: Options,
) -> dict[str, Report]:
    """Bring the tables to their day; `keys` are those to be enforced.

    Raises:
        RefusedError: A table's definition has drifted too far.
        InputError: A file or a key is at fault.
    """
    works = [
        _choose(session, job) for job in plan_jobs(session, standings, options)
    ]
    seconds: Seconds = defaultdict(float)
    counts = {}
    for work in works:
        with _step(work, seconds):
            work.create()
    for work in works:
        with _step(work, seconds):
            work.stage()
    gone = constraints.obsolete(
        session, options.schema, keys, {work.name for work in works}
    )
    _alter(session, works, keys, gone, seconds)
    for work in works:
        with (
            still_at(f"{work.job.load}: changing rows"),
            _step(work, seconds),
        ):
            counts[work.name] = work.apply()
    with still_at("Checking foreign keys"):
        constraints.check_deferred(session)
    return {
        work.name: _finish(work, counts[work.name], seconds) for work in works
    }


def _alter(
    session: Session,
    works: Sequence[Work],
    keys: Sequence[Key],
    gone: Sequence[Key],
    seconds: Seconds,
) -> None:
    """Lock the tables that exist, then change their definitions."""
    existing = [work for work in works if work.job.live]
    losing = {name for key in gone for name in (key.child, key.parent)}
    for work in existing:
        alters = work.job.changes_definition or work.name in losing
        locks.take_table(session, work.job.load, readers_too=alters)
    constraints.drop_obsolete(session, gone)
    in_the_way = {work.name for work in existing if work.job.breaks_keys}
    constraints.drop(session, keys, in_the_way)
    for work in existing:
        for text in work.job.differences:
            logger.info("%s: %s", work.job.load, text)
        with _step(work, seconds):
            work.alter()


def _choose(session: Session, job: Job) -> Work:
    strategy = job.load.strategy
    if strategy is Strategy.HISTORY and job.load.day:
        return History(session, job, job.load.day)
    # A published part has no key twice, so a new table can be filled by COPY.
    is_first = job.live is None and job.load.table.window is not None
    if strategy is Strategy.UPSERT and not is_first:
        return Upsert(session, job)
    if job.live is None:
        return Create(session, job)
    if strategy is Strategy.INSERT:
        return Insert(session, job)
    if job.rebuild:
        return Rebuild(session, job, job.live)
    if strategy is Strategy.REPLACE or job.live.empty or job.key_changes:
        return Overwrite(session, job)
    return Mirror(session, job)


@contextmanager
def _step(work: Work, seconds: Seconds) -> Iterator[None]:
    """Time a step, and name its table in what the server refuses."""
    start = time.monotonic()
    with translated(work.job.load):
        yield
    seconds[work.name] += time.monotonic() - start


def _finish(work: Work, counts: Counts, seconds: Seconds) -> Report:
    with (
        still_at(f"{work.job.load}: building its key"),
        _step(work, seconds),
    ):
        work.finish()
    changed = counts or work.job.changes_definition
    return Report(
        work.job.load,
        Outcome.LOADED if changed else Outcome.UNCHANGED,
        counts,
        work.rows_left(),
        seconds[work.name],
    )
