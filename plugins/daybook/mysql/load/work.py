"""How each strategy brings one table to its day.

A load goes through all its tables in phases: `stage` reads the files into
temporary tables; `define` creates and alters, which ends transactions in
MySQL; `apply` changes rows, all tables in one transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from daybook.mysql.load import ddl, delta, earlier, live, merge
from daybook.mysql.load.ddl import Shape
from daybook.mysql.sql import identifier
from daybook.relational.loads import Counts
from daybook.relational.strategies import Strategy
from daybook.singer.log import logger, progress

if TYPE_CHECKING:
    from daybook.duck.unshared import TableFile
    from daybook.mysql.load.delta import Delta
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
        self._create_tables()
        self._stage_all()

    def _create_tables(self) -> None:
        self._run(ddl.create_temporary(self._staged, self._shape))
        self._run(
            ddl.create_temporary(
                self._differing,
                self._shape_of_key,
                f"{identifier(merge.NEW)} tinyint(1) NOT NULL",
            )
        )

    def _stage_all(self) -> None:
        load = self.job.load
        last = load.strategy is Strategy.UPSERT
        self.files.send(self.session, load, self._staged, replace=last)

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
    def _shape_of_key(self) -> Shape:
        types = {name: self.job.types[name] for name in self.job.key}
        return Shape(types, self.job.key, self.session.collation)

    @property
    def _staged(self) -> str:
        return identifier(f"daybook_staged_{self.job.number}")

    @property
    def _differing(self) -> str:
        return identifier(f"daybook_differing_{self.job.number}")


class Advance(Merge):
    """A table that holds one day goes on to another.

    What differs is found in the lake, in the files of both days, and no
    more than that is staged.
    """

    def __init__(
        self, session: Session, files: Files, job: Job, held: TableFile
    ) -> None:
        """Do nothing yet; `held` is what the table was loaded from."""
        super().__init__(session, files, job)
        self._held = held
        self._in_part = False

    def stage(self) -> None:
        """Load what differs, or all if that is too much to tell."""
        load = self.job.load
        self._create_tables()
        with progress(str(load)) as state:
            found = delta.find(self.files.duck, load, self._held)
            if found:
                self._stage(found)
            state.rows = load.file.rows
            state.bytes = load.file.path.stat().st_size
        if not found:
            self._stage_all()

    def _stage(self, found: Delta) -> None:
        load = self.job.load
        self._in_part = True
        logger.info(
            "%s holds another day of the lake; rows sent that differ: %d",
            load,
            found.staged.number,
        )
        self._run(ddl.create_temporary(self._gone, self._shape_of_key))
        for rows, into in (
            (found.staged, self._staged),
            (found.gone, self._gone),
        ):
            self.files.send_rows(self.session, load, rows, into)

    def apply(self) -> Counts:
        """Change what differs; compare all rows if their number is off.

        It is where a key stands on several rows, or is written in two
        ways, and where somebody else writes at the same time.
        """
        if not self._in_part:
            return super().apply()
        self._run("SAVEPOINT daybook")
        counts = super().apply()
        if live.count(self.session, self.name) == self.job.load.file.rows:
            return counts
        self._run("ROLLBACK TO SAVEPOINT daybook")
        for table in (self._staged, self._differing):
            self._run(f"DELETE FROM {table}")  # noqa: S608 - quoted
        self._in_part = False
        self._stage_all()
        return super().apply()

    def _delete(self, plan: merge.Merge, new: int) -> int:
        if not self._in_part:
            return super()._delete(plan, new)
        return self._run(merge.delete_gone(plan, self._gone))

    @property
    def _gone(self) -> str:
        return identifier(f"daybook_gone_{self.job.number}")


def choose(
    session: Session, files: Files, job: Job, *, recheck: bool = False
) -> Work:
    """Return how a table is brought to its day."""
    strategy = job.load.strategy
    if job.is_empty or strategy is Strategy.REPLACE:
        return Overwrite(session, files, job)
    if strategy is Strategy.SNAPSHOT and not recheck:
        held = earlier.find(session, job)
        if held:
            return Advance(session, files, job, held)
    return Merge(session, files, job)
