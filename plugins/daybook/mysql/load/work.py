"""How each strategy brings one table to its day.

A load goes through all its tables in phases: `stage` reads the files into
temporary tables; `define` creates and alters, which ends transactions in
MySQL; `apply` changes rows, all tables in one transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from daybook.mysql.load import ddl, live, merge
from daybook.mysql.load.ddl import Shape
from daybook.mysql.sql import identifier
from daybook.relational.loads import Counts
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.mysql.load.files import Files
    from daybook.mysql.load.jobs import Job
    from daybook.mysql.load.live import Live
    from daybook.mysql.load.session import Session


class Work(ABC):
    """What is done for one table, phase by phase."""

    def __init__(self, session: Session, files: Files, job: Job) -> None:
        """Do nothing yet."""
        self.session = session
        self.files = files
        self.job = job
        self.table_id = job.live.id if job.live else ""

    @property
    def name(self) -> str:
        """The table's name."""
        return self.job.load.name

    def stage(self) -> None:  # noqa: B027 - not every strategy stages
        """Read the file, if it can be done beside the live table."""

    def define(self) -> None:
        """Create the table, or bring its definition up to date."""
        fresh = not self.table_id
        if fresh:
            self.table_id = live.new_id()
        comment = live.comment(self.table_id)
        if self.job.live is None:
            table = self.job.table
            self._run(ddl.create_table(table, self._shape, comment))
            return
        self._alter(self.job.live)
        if fresh:
            self._run(ddl.mark(self.job.table, comment))

    @abstractmethod
    def apply(self) -> Counts:
        """Change the live table's rows; return what was done."""

    def rows_left(self) -> int:
        """Return how many rows the table has now."""
        load = self.job.load
        if load.strategy is Strategy.UPSERT:
            return live.count(self.session, self.name)
        return load.file.rows

    @property
    def _shape(self) -> Shape:
        return Shape(self.job.types, self.job.key, self.session.collation)

    def _alter(self, table: Live) -> None:
        drift = self.job.drift
        if drift.added or drift.widened:
            widened = [one.column for one in drift.widened]
            self._run(
                ddl.alter_columns(
                    self.job.table, self._shape, list(drift.added), widened
                )
            )
        if self.job.key_changes:
            had_one = bool(table.primary_key)
            self._run(
                ddl.change_key(self.job.table, self._shape, had_one=had_one)
            )

    def _run(self, statement: str) -> int:
        return self.session.execute(statement)


class Overwrite(Work):
    """All rows go, the day's rows come.

    For tables without a key, and for empty ones.
    """

    def apply(self) -> Counts:
        """Delete, then load; of an upsert's rows the last ones count."""
        deleted = 0
        if not self.job.is_empty:
            deleted = self._run(
                f"DELETE FROM {self.job.table}"  # noqa: S608 - quoted
            )
        load = self.job.load
        last = load.strategy is Strategy.UPSERT
        self.files.send(self.session, load, self.job.table, replace=last)
        return Counts(inserted=self.rows_left(), deleted=deleted)


class Merge(Work):
    """What differs from the live table is changed, and nothing else.

    By `snapshot` the table becomes the day, by `upsert` no row goes.
    """

    def stage(self) -> None:
        """Load the file into a temporary table."""
        load = self.job.load
        self._run(ddl.create_temporary(self._staged, self._shape))
        last = load.strategy is Strategy.UPSERT
        self.files.send(self.session, load, self._staged, replace=last)
        keys = {name: self.job.types[name] for name in self.job.key}
        self._run(
            ddl.create_temporary(
                self._differing,
                Shape(keys, self.job.key, self.session.collation),
                f"{identifier(merge.NEW)} tinyint(1) NOT NULL",
            )
        )

    def apply(self) -> Counts:
        """Find what differs, then delete, update and insert."""
        plan = merge.Merge(
            live=self.job.table,
            staged=self._staged,
            differing=self._differing,
            types=self.job.types,
            key=self.job.key,
        )
        self._run(merge.find(plan))
        [(differing, new)] = self.session.rows(merge.count_new(plan))
        deleted = self._delete(plan, int(new))
        updated = int(differing) - int(new)
        if updated:
            self._run(merge.update(plan))
        if new:
            self._run(merge.insert(plan))
        return Counts(inserted=int(new), updated=updated, deleted=deleted)

    def _delete(self, plan: merge.Merge, new: int) -> int:
        """Delete the rows that are gone, if the counts say there are any."""
        load = self.job.load
        if load.strategy is Strategy.UPSERT:
            return 0
        stay = load.file.rows - new
        if live.count(self.session, self.name) == stay:
            return 0
        return self._run(merge.delete(plan))

    @property
    def _staged(self) -> str:
        return identifier(f"daybook_staged_{self.job.number}")

    @property
    def _differing(self) -> str:
        return identifier(f"daybook_differing_{self.job.number}")


def choose(session: Session, files: Files, job: Job) -> Work:
    """Return how a table is brought to its day."""
    if job.is_empty or job.load.strategy is Strategy.REPLACE:
        return Overwrite(session, files, job)
    return Merge(session, files, job)
