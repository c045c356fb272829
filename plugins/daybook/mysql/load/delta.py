"""What differs between the file that a table holds and that of the day."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.load.files import Rows
from daybook.mysql.load.pieces import Pieces
from daybook.relational import changed_lines
from daybook.singer.day_file import check_content, data_file, open_file

if TYPE_CHECKING:
    from daybook.duck.session import Session as Duck
    from daybook.duck.unshared import TableFile
    from daybook.lake.manifest import DataFile
    from daybook.relational.loads import Load


@dataclass(frozen=True, slots=True)
class Delta:
    """How a table is to change.

    Attributes:
        staged: Rows that are new or changed.
        gone: Keys of rows that are no more.
    """

    staged: Rows
    gone: Rows


def find(duck: Duck, load: Load, held: TableFile) -> Delta | None:
    """Return what differs; None if that is too much to tell.

    Raises:
        InputError: The day's file was edited.
        StorageError: It cannot be read.
    """
    check_content(load)
    with open_file(load) as new, held.path.open("rb") as old:
        found = changed_lines.find(old, new)
    if found is None:
        return None
    staged = _write(duck, data_file(load), found.header, found.new)
    before = _write(duck, held.file, found.header, found.old)
    return Delta(
        Rows(load.table, staged, len(found.new)),
        _gone(
            load,
            duck.scan(before.path, before.file),
            duck.scan(staged.path, staged.file),
        ),
    )


def _write(
    duck: Duck, file: DataFile, header: bytes, rows: list[bytes]
) -> Pieces:
    """Write rows of a file."""
    path = duck.scratch / f"{uuid.uuid4().hex}.csv"
    with path.open("wb") as out:
        out.write(header)
        out.writelines(rows)
    return Pieces(duck, path, file)


def _gone(load: Load, before: str, after: str) -> Rows:
    """Return the keys that only the rows of `before` have."""
    table = load.table
    places = [table.column_names.index(name) for name in table.primary_key]
    keys = ", ".join(f"a.c{at} AS c{n}" for n, at in enumerate(places))
    same = " AND ".join(f"a.c{at} = b.c{at}" for at in places)
    columns = tuple(table.column(name) for name in table.primary_key)
    return Rows(
        dataclasses.replace(table, columns=columns),
        [
            f"(SELECT {keys} FROM {before} AS a "  # noqa: S608 - positions
            f"ANTI JOIN {after} AS b ON {same})"
        ],
        None,
    )
