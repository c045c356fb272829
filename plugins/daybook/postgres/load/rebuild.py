"""A table made anew, because its old definition cannot hold the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.sql import SQL

from daybook.postgres.load import ddl, live
from daybook.postgres.load.copy_in import copy_in
from daybook.postgres.load.session import verbatim
from daybook.postgres.load.work import Work
from daybook.relational.loads import Counts

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.load.jobs import Job

_GRANTS = """
    SELECT format('GRANT %%s ON TABLE %%s TO %%s%%s', a.privilege_type,
                  %s::text,
                  CASE a.grantee WHEN 0 THEN 'PUBLIC'
                      ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.oid = %s::bigint::oid AND a.grantee <> c.relowner
"""


class Rebuild(Work):
    """Drop, create, fill; what others were granted on it stays granted."""

    def __init__(self, session: Session, job: Job, old: live.Live) -> None:
        """Do nothing yet."""
        super().__init__(session, job)
        self._old = old
        self._deleted = 0

    def alter(self) -> None:
        """Drop the table and create it with the day's definition."""
        job = self.job
        name = job.table.as_string(self.session)
        grants = self.session.execute(
            _GRANTS, [name, self._old.oid]
        ).fetchall()
        self._deleted = live.count(
            self.session, job.load.schema, job.load.name
        )
        self._run(SQL("DROP TABLE {}").format(job.table))
        self._run(ddl.create_table(job.table, job.types))
        for (grant,) in grants:
            self.session.execute(verbatim(grant))

    def apply(self) -> Counts:
        """Copy into the new table."""
        job = self.job
        copy_in(self.session, job.load, job.table, fresh=True)
        return Counts(inserted=job.load.file.rows, deleted=self._deleted)

    def finish(self) -> None:
        """Add the key."""
        if self.job.key:
            self._run(ddl.add_primary_key(self.job.table, self.job.key))
