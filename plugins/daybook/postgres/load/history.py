"""The strategy history: every day kept, as a partition of its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Identifier

from daybook.postgres.load import ddl, live
from daybook.postgres.load.copy_in import copy_in
from daybook.postgres.load.plan import DAY_COLUMN, MAX_NAME_BYTES
from daybook.postgres.load.session import qualified
from daybook.postgres.load.work import Work
from daybook.relational.loads import Counts

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.postgres.connection import Session
    from daybook.postgres.load.jobs import Job
    from daybook.relational.loads import Load

_TAKEN = """
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s
"""


def partition_name(table: str, day: Day) -> str:
    """Return the name of a day's partition, at most 63 bytes. Pure."""
    suffix = f"_{day:%Y_%m_%d}"
    if len(table.encode()) + len(suffix) <= MAX_NAME_BYTES:
        return table + suffix
    digest = hashlib.sha256(table.encode()).hexdigest()[:8]
    room = MAX_NAME_BYTES - len(suffix) - len(digest) - 1
    cut = table.encode()[:room].decode(errors="ignore")
    return f"{cut}~{digest}{suffix}"


class History(Work):
    """The day is loaded into a table of its own, which is then attached."""

    def __init__(self, session: Session, job: Job, day: Day) -> None:
        """Do nothing yet."""
        super().__init__(session, job)
        self._day = day
        self._name = partition_name(job.load.name, day)

    def stage(self) -> None:
        """Fill the day's table; create the history itself if it is new."""
        job, day = self.job, self._day
        if job.live is None:
            self._run(ddl.create_history(job.table, job.types, job.key))
        self._name = _free_name(self.session, job.load, day)
        part = qualified(job.load.schema, self._name)
        self._run(ddl.create_partition(part, self._all_types(), day))
        copy_in(self.session, job.load, part, fresh=True)
        if job.key:
            self._run(ddl.add_primary_key(part, job.key))

    def alter(self) -> None:
        """Bring the columns of all days up to date; the key stays."""
        self._alter_columns()

    def apply(self) -> Counts:
        """Put the day's table in the place of the one from before."""
        job, day = self.job, self._day
        part = qualified(job.load.schema, self._name)
        deleted = self._drop_old(job.live) if job.live else 0
        self._run(ddl.attach(job.table, part, day))
        self._run(ddl.drop_helpers(part))
        wanted = partition_name(job.load.name, day)
        if self._name != wanted and _is_free(
            self.session, job.load.schema, wanted
        ):
            rename = SQL("ALTER TABLE {} RENAME TO {}")
            self._run(rename.format(part, Identifier(wanted)))
        return Counts(inserted=job.load.file.rows, deleted=deleted)

    def _all_types(self) -> dict[str, str]:
        """A partition has all columns, also those that its day lacks."""
        before = self.job.live.columns if self.job.live else {}
        every = {**before, **self.job.types}
        every.pop(DAY_COLUMN, None)
        return every

    def _drop_old(self, parent: live.Live) -> int:
        old = live.find_partition(self.session, parent.oid, self._day)
        if old is None:
            return 0
        rows = live.count(self.session, old.schema, old.name)
        table = qualified(old.schema, old.name)
        self._run(SQL("DROP TABLE {}").format(table))
        return rows


def _free_name(session: Session, load: Load, day: Day) -> str:
    """Return the partition's name, or another one while that is taken."""
    name = partition_name(load.name, day)
    if _is_free(session, load.schema, name):
        return name
    return f"daybook~{load.file.sha256[:16]}~{day}"


def _is_free(session: Session, schema: str, name: str) -> bool:
    return session.execute(_TAKEN, [schema, name]).fetchone() is None
