"""What has to change in each table's definition, decided before any is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.errors import RefusedError
from daybook.postgres.load.drift import compare
from daybook.postgres.load.plan import DAY_COLUMN
from daybook.postgres.load.session import qualified
from daybook.postgres.load.types import resolve
from daybook.relational.drift import Drift
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from psycopg.sql import Identifier

    from daybook.postgres.connection import Session
    from daybook.postgres.load.live import Live
    from daybook.postgres.load.standing import Standing
    from daybook.relational.loads import Load, Options


@dataclass(frozen=True, slots=True)
class Job:
    """A table to be loaded, and how the target has it now.

    Attributes:
        live: None if the table does not exist.
        drift: The difference between it and the load's definition.
        rebuild: Whether the table is to be made anew.
        number: Makes the names of temporary tables unique.
    """

    load: Load
    live: Live | None
    drift: Drift
    number: int
    rebuild: bool = False

    @property
    def table(self) -> Identifier:
        """The table's full name."""
        return qualified(self.load.schema, self.load.name)

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key that the table is to have."""
        key = self.load.table.primary_key
        if key and self.load.strategy is Strategy.HISTORY:
            return (DAY_COLUMN, *key)
        return key

    @property
    def key_changes(self) -> bool:
        """Whether the table exists with another primary key."""
        return self.live is not None and self.live.primary_key != self.key

    @property
    def types(self) -> Mapping[str, str]:
        """The types of the day's columns, in the file's order."""
        return self.drift.types

    @property
    def breaks_keys(self) -> bool:
        """Whether foreign keys cannot stand while it is altered."""
        return bool(self.rebuild or self.key_changes or self.drift.widened)

    @property
    def changes_definition(self) -> bool:
        """Whether the table's definition changes."""
        return bool(self.live is None or self.key_changes or self.drift)

    @property
    def differences(self) -> list[str]:
        """How the definition differs from the table's, as text."""
        if self.live is None or not self.key_changes:
            return self.drift.differences
        before, now = ", ".join(self.live.primary_key), ", ".join(self.key)
        key = f"the primary key was ({before}) and is ({now})"
        return [*self.drift.differences, key]


def plan_jobs(
    session: Session, standings: Sequence[Standing], options: Options
) -> list[Job]:
    """Return what is to be done to each table.

    Raises:
        RefusedError: Definitions differ more than `schema_change`
            allows; names every column with its old and new type.
    """
    columns = [c for one in standings for c in one.load.table.columns]
    types = resolve(session, (column.sql_type for column in columns))
    jobs = [
        _job(one, types, number, options.schema_change)
        for number, one in enumerate(standings)
    ]
    _refuse_drift(jobs, options.schema_change)
    return jobs


def _job(
    one: Standing, types: Mapping[str, str], number: int, policy: str
) -> Job:
    wanted = {
        column.name: types[column.sql_type]
        for column in one.load.table.columns
    }
    job = Job(one.load, one.live, _drift(one, wanted), number)
    mirrors = one.load.strategy.mirrors
    if policy == "rebuild" and mirrors and job.drift.losses:
        fresh = dataclasses.replace(job.drift, types=wanted)
        return dataclasses.replace(job, drift=fresh, rebuild=True)
    return job


def _drift(one: Standing, wanted: Mapping[str, str]) -> Drift:
    if one.live is None:
        return Drift({}, (), (), wanted)
    columns = dict(one.live.columns)
    if one.load.strategy is Strategy.HISTORY:
        del columns[DAY_COLUMN]
    keep = one.load.strategy.keeps_rows
    return compare(columns, wanted, keep_missing=keep)


def _refuse_drift(jobs: Sequence[Job], policy: str) -> None:
    """Refuse what the policy does not allow, for all tables at once.

    Raises:
        RefusedError: Any definition differs too much.
    """
    refused = [
        f"{job.load.described}: {'; '.join(found)}"
        for job in jobs
        if (found := _refused(job, policy))
    ]
    if refused:
        raise RefusedError(
            "Nothing was changed, because definitions have changed: "
            + ". ".join(refused)
            + ".",
            _WAYS_OUT[policy],
        )


def _refused(job: Job, policy: str) -> list[str]:
    """Return the differences that the policy does not allow."""
    if policy == "freeze":
        return job.differences
    if job.load.strategy is Strategy.HISTORY and job.key_changes:
        return job.differences
    return [] if job.rebuild else list(job.drift.losses)


_WAYS_OUT: Mapping[str, str] = {
    "freeze": (
        "To add columns and widen types: "
        "TARGET_POSTGRES_SCHEMA_CHANGE=evolve. To make tables anew: "
        "TARGET_POSTGRES_SCHEMA_CHANGE=rebuild."
    ),
    "evolve": (
        "A value could be lost. To drop such tables and make them anew "
        "from this day: TARGET_POSTGRES_SCHEMA_CHANGE=rebuild (strategies "
        "snapshot and replace). Or drop or rename them yourself."
    ),
    "rebuild": (
        "These tables keep rows of other days, so they are not made anew. "
        "Rename or drop them, then run the same command again."
    ),
}
