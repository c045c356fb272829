"""How each strategy brings one table to its day.

A load goes through all its tables in phases: `stage` reads the files and
touches no table that others can see; then all tables are locked; then
`alter` all definitions, then `apply` all rows, then `finish`. Definitions
come before rows because a table with pending checks of foreign keys
cannot be altered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier

from daybook.errors import InputError
from daybook.postgres.load import ddl, live, merge
from daybook.postgres.load.copy_in import copy_in
from daybook.postgres.load.session import columns, value
from daybook.relational.heartbeat import still_at
from daybook.relational.loads import Counts

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.load.jobs import Job
    from daybook.postgres.load.live import Live
    from daybook.relational.loads import Load


class Work(ABC):
    """What is done for one table, phase by phase."""

    def __init__(self, session: Session, job: Job) -> None:
        """Do nothing yet."""
        self.session = session
        self.job = job

    @property
    def name(self) -> str:
        """The table's name."""
        return self.job.load.name

    def create(self) -> None:  # noqa: B027 - most tables exist
        """Create the table if it is new, without its key.

        All come before any key: an index takes the name of a table
        that is still to come, such as `orders_pkey`.
        """

    def stage(self) -> None:  # noqa: B027 - not every strategy stages
        """Read the file, if it can be done beside the live table."""

    def alter(self) -> None:
        """Bring the live table's definition up to date."""
        job = self.job
        if job.live and job.key_changes and job.live.primary_key:
            self._drop_key(job.live)
        self._alter_columns()

    @abstractmethod
    def apply(self) -> Counts:
        """Change the live table's rows; return what was done."""

    def finish(self) -> None:  # noqa: B027 - most have nothing left
        """Add what could not be added while checks were pending."""

    def rows_left(self) -> int:
        """Return how many rows the table has now."""
        return self.job.load.file.rows

    def _drop_key(self, live: Live) -> None:
        """Drop the primary key, and the NOT NULLs that came with it."""
        table = self.job.table
        self._run(ddl.drop_constraint(table, live.primary_key_name))
        self._run(ddl.drop_not_null(table, live.primary_key))

    def _alter_columns(self) -> None:
        drift, table = self.job.drift, self.job.table
        if drift.added:
            self._run(ddl.add_columns(table, drift.added))
        if drift.widened:
            self._run(ddl.widen_columns(table, drift.widened))

    def _run(self, statement: Composed) -> int:
        return self.session.execute(statement).rowcount


class Create(Work):
    """A new table, filled before others can see it.

    Its key is built over all rows at once, quicker than row by row.
    """

    def create(self) -> None:
        """Create it."""
        self._run(ddl.create_table(self.job.table, self.job.types))

    def stage(self) -> None:
        """Fill, add the key."""
        job = self.job
        copy_in(self.session, job.load, job.table, fresh=True)
        if job.key:
            with still_at(f"{job.load}: building its key"):
                self._run(ddl.add_primary_key(job.table, job.key))

    def apply(self) -> Counts:
        """Return what `stage` has inserted."""
        return Counts(inserted=self.job.load.file.rows)


class Overwrite(Work):
    """All rows go, the day's rows come.

    For tables without a key, for empty ones, and where the key itself
    has changed, so that rows of before cannot be told apart by it.
    """

    def apply(self) -> Counts:
        """Delete, then copy."""
        deleted = self._run(SQL("DELETE FROM ONLY {}").format(self.job.table))
        copy_in(self.session, self.job.load, self.job.table)
        return Counts(inserted=self.job.load.file.rows, deleted=deleted)

    def finish(self) -> None:
        """Add the key if it is a new one."""
        if self.job.key and self.job.key_changes:
            self._run(ddl.add_primary_key(self.job.table, self.job.key))


class Staged(Work):
    """A strategy that compares a temporary table with the live one."""

    def stage(self) -> None:
        """Copy the file into a temporary table."""
        job = self.job
        self._run(ddl.create_staging(self._staged, job.types))
        copy_in(self.session, job.load, self._staged)

    @property
    def _staged(self) -> Identifier:
        return Identifier(f"daybook_staged_{self.job.number}")

    def _merge(self) -> merge.Merge:
        return merge.Merge(
            live=self.job.table,
            staged=self._staged,
            differing=Identifier(f"daybook_differing_{self.job.number}"),
            types=self.job.types,
            key=self.job.key,
            unique=self._unique_columns(),
        )

    def _unique_columns(self) -> tuple[str, ...]:
        row = self.session.execute(
            _UNIQUE_COLUMNS, [self.job.table.as_string(self.session)]
        ).fetchone()
        names = row[0] if row else None
        mine = self.job.load.table.column_names
        return tuple(name for name in mine if name in (names or ()))

    def _change(self, plan: merge.Merge, find: Composed) -> Counts:
        """Find what differs, then delete, update and insert."""
        self._run(
            SQL("ANALYZE {} ({})").format(plan.staged, columns(plan.key))
        )
        self._run(find)
        moved = value(self.session, merge.count_moved(plan))
        deleted = self._run(merge.delete(plan))
        updated = self._run(merge.update(plan))
        inserted = self._run(merge.insert(plan))
        self._run(SQL("DROP TABLE {}").format(plan.differing))
        return Counts(inserted - moved, updated + moved, deleted - moved)


class Mirror(Staged):
    """The table becomes the day: insert, update, delete by key."""

    def apply(self) -> Counts:
        """Change what differs, and nothing else.

        Raises:
            InputError: A key stands on several rows of the file.
        """
        plan = self._merge()
        counts = self._change(plan, merge.find_all(plan))
        load = self.job.load
        if live.count(self.session, load.schema, load.name) != load.file.rows:
            raise _duplicates(self.session, load, plan)
        self._run(SQL("DROP TABLE {}").format(plan.staged))
        return counts


class Upsert(Staged):
    """Rows are inserted and updated by key; nothing is deleted."""

    def create(self) -> None:
        """Create it if it is new."""
        if self.job.live is None:
            self._run(ddl.create_table(self.job.table, self.job.types))

    def stage(self) -> None:
        """Stage the file; give a new table its key."""
        job = self.job
        if job.live is None:
            self._run(ddl.add_primary_key(job.table, job.key))
        super().stage()

    def alter(self) -> None:
        """Give the table the key before rows are found by it."""
        super().alter()
        if self.job.key_changes:
            self._run(ddl.add_primary_key(self.job.table, self.job.key))

    def apply(self) -> Counts:
        """Change what differs; of rows with one key the last one counts."""
        plan = self._merge()
        self._run(merge.keep_last(plan))
        counts = self._change(plan, merge.find_new(plan))
        self._run(SQL("DROP TABLE {}").format(plan.staged))
        return counts

    def rows_left(self) -> int:
        """Return how many rows the table has now."""
        load = self.job.load
        return live.count(self.session, load.schema, load.name)


class Insert(Work):
    """Rows are added; a key that exists already is an error."""

    def alter(self) -> None:
        """Give the table the key that finds rows which exist already."""
        super().alter()
        if self.job.key and self.job.key_changes:
            self._run(ddl.add_primary_key(self.job.table, self.job.key))

    def apply(self) -> Counts:
        """Copy straight into the table."""
        copy_in(self.session, self.job.load, self.job.table)
        return Counts(inserted=self.job.load.file.rows)

    def rows_left(self) -> int:
        """Return how many rows the table has now."""
        load = self.job.load
        return live.count(self.session, load.schema, load.name)


def _duplicates(session: Session, load: Load, plan: merge.Merge) -> InputError:
    rows = session.execute(merge.duplicates(plan.staged, plan.key)).fetchall()
    keys = "; ".join(", ".join(map(str, row)) for row in rows)
    return InputError(
        f"{load.described}: the file {load.file.path} holds several rows "
        f"with the same key ({', '.join(plan.key)}), first of all {keys}. "
        "Nothing was changed.",
        "Mend the source or the description of its key, and extract the "
        "day again.",
    )


_UNIQUE_COLUMNS = """
    SELECT array_agg(DISTINCT a.attname)
    FROM pg_index AS i
    JOIN pg_attribute AS a
      ON a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attisdropped
     AND (a.attnum = ANY (i.indkey::int2[]) OR 0 = ANY (i.indkey::int2[]))
    WHERE i.indrelid = %s::text::regclass AND NOT i.indisprimary
      AND (i.indisunique OR i.indisexclusion)
"""
