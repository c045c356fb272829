"""What a table of the warehouse holds, and how that is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck.audit_result import NOT_LOADED
from daybook.duck.unshared import TableFile
from daybook.lake.manifest import DataFile
from daybook.postgres.extract.export import export
from daybook.postgres.extract.selection import Relation
from daybook.postgres.extract.source import whole
from daybook.postgres.load import live
from daybook.postgres.load.plan import DAY_COLUMN
from daybook.singer.log import Progress

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.postgres.connection import Session
    from daybook.relational.places import Place
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class Held:
    """A table, or a history's partition, that can be read.

    Attributes:
        relation: What the server knows it as.
        types: Its columns and their types.
    """

    relation: Relation
    types: Mapping[str, str]


def find(session: Session, place: Place, day: Day) -> Held | str:
    """Return the table at `place`, or why there is none."""
    table = live.read(session, place.schema, [place.name]).get(place.name)
    if table is None:
        return "the table is gone"
    if table.kind in live.KINDS:
        return f"{live.KINDS[table.kind]}, not a table"
    if not place.is_history:
        whole = _relation(place.schema, place.name, table.kind)
        return Held(whole, table.columns)
    part = live.find_partition(session, table.oid, day)
    if part is None:
        gone = f"the partition of {day} is gone"
        return gone if place.of_day else NOT_LOADED
    types = {n: t for n, t in table.columns.items() if n != DAY_COLUMN}
    return Held(_relation(part.schema, part.name, live.TABLE), types)


def read(
    session: Session, relation: Relation, table: Table, path: Path
) -> TableFile:
    """Write the columns of `table` to a new file, in the lake's dialect.

    Raises:
        psycopg.Error: The server refused or is gone.
        BusyError: The server counted other rows than came.
        OSError: The file cannot be written.
    """
    rows = whole(relation, table)
    file = export(session, rows, path, Progress(table.stream))
    return TableFile(
        path,
        DataFile(
            table, path.name, 0, file.sha256, file.rows, file.longest_line
        ),
    )


def restrict(table: Table, names: Mapping[str, str]) -> Table:
    """Return the table with the columns called `names` only. Pure."""
    return dataclasses.replace(
        table, columns=tuple(c for c in table.columns if c.name in names)
    )


def temporary(name: str) -> Relation:
    """Return a temporary table of this session. Pure."""
    return _relation("pg_temp", name, live.TABLE)


def _relation(schema: str, name: str, kind: str) -> Relation:
    return Relation(0, schema, name, kind, is_partition=False)
