"""Erases people from a file of the lake; all other rows stay to the byte."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.csv.scan import records, written_records
from daybook.dialect import encode_row
from daybook.erasure.links import Links
from daybook.erasure.rows import RowEraser, RowReader
from daybook.personal import EMAIL, SUBJECT
from daybook.singer.handover import HandedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from daybook.erasure.rows import Value
    from daybook.erasure.subjects import Subjects
    from daybook.table import Table


def identities(file: HandedFile, table: Table) -> Iterator[list[Value]]:
    """Yield the ids and addresses of each row that has some.

    Raises:
        InputError: The file is not in the lake's dialect.
        OSError: It cannot be read.
    """
    if any(column.personal for column in table.columns):
        reader = RowReader(table)
        yield from filter(None, map(reader.identities, records(file.path)))


def values(
    file: HandedFile, table: Table, people: Subjects
) -> Iterator[list[Value]]:
    """Yield all personal values of each row of theirs.

    Raises:
        InputError: The file is not in the lake's dialect.
        OSError: It cannot be read.
    """
    if any(column.personal for column in table.columns):
        eraser = RowEraser(table, people)
        theirs = filter(eraser.is_theirs, records(file.path))
        yield from map(eraser.values, theirs)


def linked(
    people: Subjects, files: Iterable[tuple[HandedFile, Table]]
) -> Subjects:
    """Return the people with their ids and addresses that files tell.

    Who is known by an address alone has an id in the row that has the
    address, and other rows that have only the id.

    Raises:
        InputError: A file is not in the lake's dialect.
        OSError: One cannot be read.
    """
    links = Links(people.pseudonyms, known=people.digests)
    for file, table in files:
        kinds = {
            kind
            for column in table.columns
            if column.personal
            for kind in column.personal.kinds
        }
        if kinds >= {SUBJECT, EMAIL}:
            for record in identities(file, table):
                links.add(record)
    return people.and_those(links.of_known())


def count(file: HandedFile, table: Table, subjects: Subjects) -> int:
    """Return how many rows `erased` would change.

    Raises:
        InputError: The file is not in the lake's dialect.
        OSError: It cannot be read.
    """
    if not any(column.personal for column in table.columns):
        return 0
    eraser = RowEraser(table, subjects)
    return sum(eraser.erased(row) is not None for row in records(file.path))


def erased(
    file: HandedFile, table: Table, subjects: Subjects, path: Path
) -> tuple[HandedFile, int]:
    """Return the file without the people, and how many rows were theirs.

    Where there are such rows the new file is written to `path`, else the
    file itself is returned.

    Raises:
        InputError: The file is not in the lake's dialect.
        OSError: The file system refused.
    """
    if not count(file, table, subjects):
        return file, 0
    return _written(file, table, RowEraser(table, subjects), path)


def _written(
    file: HandedFile, table: Table, eraser: RowEraser, path: Path
) -> tuple[HandedFile, int]:
    header = encode_row(table.column_names)
    digest, longest, count, theirs = hashlib.sha256(header), len(header), 0, 0
    with path.open("xb") as out:
        out.write(header)
        for written, values in written_records(file.path):
            new = eraser.erased(values)
            row = written if new is None else encode_row(new)
            theirs += new is not None
            out.write(row)
            digest.update(row)
            longest = max(longest, len(row))
            count += 1
    return HandedFile(path, count, digest.hexdigest(), longest), theirs
