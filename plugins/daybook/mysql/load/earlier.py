"""The file that a table was loaded from, where the table is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daybook.day import Day
from daybook.duck.unshared import TableFile
from daybook.errors import DaybookError
from daybook.lake import files, partition
from daybook.mysql.load import guards
from daybook.relational.strategies import Strategy

if TYPE_CHECKING:
    from daybook.mysql.load.jobs import Job
    from daybook.mysql.load.load_log import Entry
    from daybook.mysql.load.session import Session
    from daybook.relational.loads import Load


def find(session: Session, job: Job) -> TableFile | None:
    """Return the file of the day that the table holds, row for row.

    None if the lake no longer has it, if the table's definition is or
    was another, or if somebody has changed a row since.
    """
    load, live, known = job.load, job.live, job.known
    if live is None or known is None or job.changes_definition:
        return None
    is_mirror = Strategy(known.strategy).mirrors
    if not is_mirror or not guards.has_columns(live, known):
        return None
    found = _of_lake(load, known)
    if found is None:
        return None
    same = guards.is_untouched(session, load.name, live, known)
    return found if same else None


def _of_lake(load: Load, known: Entry) -> TableFile | None:
    """Return the logged file, if the lake has it as it was."""
    if load.day is None or known.day is None or load.source != known.source:
        return None
    root = partition.root_of(load.file.path, load.source, load.day)
    if root is None:
        return None
    day = Day.parse(str(known.day))
    try:
        manifest = partition.read(root, known.source, day)
    except DaybookError:
        return None  # then the table itself is compared
    file = manifest.file(load.stream)
    if file is None or file.sha256 != known.sha256:
        return None
    path = partition.folder(root, known.source, day) / file.path
    same = file.table == load.table and files.is_plain(path)
    if not same or files.sha256_of(path) != file.sha256:
        return None
    return TableFile(path, file)
