"""Two files of one table: the rows that they do not share."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.duck import delta_sql, row_delta
from daybook.duck.row_delta import Pair, RowDelta
from daybook.duck.session import Session, open_session

if TYPE_CHECKING:
    from daybook.duck.delta_sql import Side
    from daybook.lake.manifest import DataFile
    from daybook.table import Table


@dataclass(frozen=True, slots=True)
class TableFile:
    """Rows of a table in the lake's dialect.

    Attributes:
        path: Where they lie.
        file: The table, how many rows, the longest line; `path`, `bytes`
            and `sha256` of it are of no interest here.
    """

    path: Path
    file: DataFile

    @property
    def table(self) -> Table:
        """The columns that the file has, and the key."""
        return self.file.table

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.file.rows


def unshared(
    old: TableFile, new: TableFile, folder: Path
) -> tuple[TableFile, TableFile] | None:
    """Write the rows that differ, of each file, to files in `folder`.

    None if no row differs. Rows are matched by the key of `old` if both
    have it and it tells all rows apart, else they are counted as they
    are.

    Raises:
        duckdb.Error: A file cannot be read or written.
    """
    with open_session([old.file, new.file]) as session:
        pair = _pair(session, old, new)
        found = _match(session, pair, old.table.primary_key, limit=0)
        if not (found.added or found.changed or found.removed):
            return None
        rest = () if found.key else pair.common
        sides = pair.sides(found.key, rest)
        return (
            _write(session, sides[0], old, folder / "old.csv"),
            _write(session, sides[1], new, folder / "new.csv"),
        )


def match(old: TableFile, new: TableFile, limit: int) -> RowDelta:
    """Return how the rows differ, with up to `limit` examples per kind.

    Raises:
        duckdb.Error: A file cannot be read.
    """
    with open_session([old.file, new.file]) as session:
        pair = _pair(session, old, new)
        return _match(session, pair, old.table.primary_key, limit)


def _pair(session: Session, old: TableFile, new: TableFile) -> Pair:
    return Pair(
        (session.scan(old.path, old.file), session.scan(new.path, new.file)),
        (old.table.column_names, new.table.column_names),
        (old.rows, new.rows),
    )


def _match(
    session: Session, pair: Pair, key: tuple[str, ...], limit: int
) -> RowDelta:
    found = None
    if key and set(key) <= set(pair.common):
        found = row_delta.by_key(session.connection, pair, key, limit)
    return found or row_delta.as_bag(session.connection, pair, limit)


def _write(
    session: Session, side: Side, of: TableFile, path: Path
) -> TableFile:
    literal = "'" + str(path).replace("'", "''") + "'"
    written = session.connection.execute(
        f"COPY ({delta_sql.differing_rows(side)}) TO {literal} "
        "(FORMAT csv, HEADER true, DELIM ',', QUOTE '\"', ESCAPE '\"', "
        "NULLSTR '', FORCE_QUOTE *)"
    ).fetchone()
    quotes = 2 * len(of.table.columns)
    file = dataclasses.replace(
        of.file,
        rows=written[0] if written else 0,
        longest_line=of.file.longest_line + quotes,
    )
    return TableFile(path, file)
