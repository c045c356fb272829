"""Finds people's rows in a table, and writes them anew.

Neither the key nor a person's value stands in a statement, where server
logs could keep it: rows are read, and what is compared or written goes
through temporary tables by COPY. Rows are known by their addresses
(`ctid`), which hold while the table is locked, so no key is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.erasure.rows import RowEraser
from daybook.errors import RefusedError
from daybook.postgres.load.session import qualified
from daybook.relational.erasable import changing, has_documents, naming

if TYPE_CHECKING:
    from daybook.erasure.subjects import Subjects
    from daybook.postgres.connection import Session
    from daybook.postgres.erase_tables import Part
    from daybook.table import Table

_AT_FIRST, _AT_MOST = 10, 2_000
"""So many rows are fetched at once, and the more the shorter they are."""

_CHARS_AT_ONCE = 4_000_000
_NAMES = Identifier("daybook_names")
_FRESH = Identifier("daybook_fresh")

Row = tuple[str | None, ...]
Changed = list[tuple[str, list[str | None]]]
"""Addresses of rows, and the rows as they are to be."""


def prepare(session: Session) -> None:
    """Make what every search of the transaction needs."""
    session.execute(
        SQL(
            "CREATE TEMPORARY TABLE {} (place integer, value text)"
            " ON COMMIT DROP"
        ).format(_NAMES)
    )


def rows(session: Session, part: Part, table: Table) -> Iterator[Row]:
    """Yield the personal columns of all rows."""
    for some in _read(session, part, SQL("SELECT {}").format(_texts(table))):
        yield from some


def count(session: Session, part: Part, table: Table, people: Subjects) -> int:
    """Return how many rows `erase` would change."""
    found = _found(session, part, table, people)
    return sum(len(some) for some in found)


def erase(session: Session, part: Part, table: Table, people: Subjects) -> int:
    """Erase people from a table; return how many rows were theirs.

    Raises:
        RefusedError: Something else kept rows from being changed.
    """
    written = 0
    for some in _found(session, part, table, people):
        if not written:
            session.execute(_create(part, table))
        _send(session, _FRESH, ["at", *_fresh_names(table)], _fit(table, some))
        written += len(some)
    if not written:
        return 0
    session.execute(SQL("ANALYZE {}").format(_FRESH))
    changed = session.execute(_update(part, table)).rowcount
    if changed != written:
        raise RefusedError(
            f"{part.schema}.{part.name}: {written} rows are of people to be "
            f"erased, and {changed} could be changed: a trigger or a rule "
            "stands against it. Nothing was changed there.",
            "Disable it (ALTER TABLE ... DISABLE TRIGGER), then run the same "
            "command again.",
        )
    session.execute(SQL("DROP TABLE {}").format(_FRESH))
    return written


def _found(
    session: Session, part: Part, table: Table, people: Subjects
) -> Iterator[Changed]:
    """Yield the rows that change, some at a time."""
    where: SQL | Composed = SQL("true")
    if not has_documents(table):
        where = _where(session, part, table, people)
    eraser = RowEraser(table, people)
    query = SQL("SELECT ctid::text, {}").format(_texts(table))
    for some in _read(session, part, query, where):
        changed = [
            (str(at), new) for at, *row in some if (new := eraser.erased(row))
        ]
        if changed:
            yield changed


def _where(
    session: Session, part: Part, table: Table, people: Subjects
) -> Composed:
    """Return the condition for rows that may be theirs.

    So that of millions of rows only the different ids are read.
    """
    session.execute(SQL("DELETE FROM {}").format(_NAMES))
    tests = []
    for place, kind in naming(table).items():
        text = _text(table.column_names[place])
        query = SQL("SELECT DISTINCT {}").format(text)
        for some in _read(session, part, query):
            theirs = [
                (str(place), value)
                for (value,) in some
                if people.are_named_by(kind, value)
            ]
            _send(session, _NAMES, ["place", "value"], theirs)
        tests.append(
            SQL("{} IN (SELECT value FROM {} WHERE place = {})").format(
                text, _NAMES, Literal(place)
            )
        )
    return SQL(" OR ").join(tests)


def _read(
    session: Session,
    part: Part,
    query: Composed,
    where: SQL | Composed = SQL("true"),  # noqa: B008 - it never changes
) -> Iterator[list[Row]]:
    """Yield the rows of a query over a table, some at a time."""
    with session.cursor(name="daybook_erased") as cursor:
        cursor.execute(
            SQL("{} FROM ONLY {} WHERE {}").format(
                query, qualified(part.schema, part.name), where
            )
        )
        size = _AT_FIRST
        while some := cursor.fetchmany(size):
            yield some
            size = _fitting(some)


def _fitting(some: Sequence[Row]) -> int:
    """Return how many rows like these are fetched at once."""
    chars = sum(len(text) for row in some for text in row if text)
    most = _CHARS_AT_ONCE * len(some) // (chars + 1)
    return max(1, min(most, _AT_MOST))


def _send(
    session: Session,
    table: Identifier,
    names: Sequence[str],
    some: Iterable[Sequence[str | None]],
) -> None:
    copy = SQL("COPY {} ({}) FROM STDIN").format(
        table, SQL(", ").join(map(Identifier, names))
    )
    with session.cursor() as cursor, cursor.copy(copy) as out:
        for row in some:
            out.write_row(row)


def _fit(table: Table, some: Changed) -> Iterator[list[str | None]]:
    places = changing(table)
    for at, new in some:
        yield [at, *(new[place] for place in places)]


def _create(part: Part, table: Table) -> Composed:
    """Return what makes a table of new values, with the columns' types.

    An assignment then cuts no value, as a cast would.
    """
    names = changing(table)
    picked = SQL(", ").join(
        SQL("{} AS {}").format(
            Identifier(table.column_names[place]), Identifier(f"c{place}")
        )
        for place in names
    )
    return SQL(
        "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS"
        " SELECT ctid AS at, {} FROM ONLY {} WHERE false"
    ).format(_FRESH, picked, qualified(part.schema, part.name))


def _update(part: Part, table: Table) -> Composed:
    names = [table.column_names[place] for place in changing(table)]
    return SQL(
        "UPDATE ONLY {} AS live SET ({}) = ROW({}) FROM {} AS fresh"
        " WHERE live.ctid = fresh.at"
    ).format(
        qualified(part.schema, part.name),
        SQL(", ").join(map(Identifier, names)),
        SQL(", ").join(Identifier("fresh", n) for n in _fresh_names(table)),
        _FRESH,
    )


def _fresh_names(table: Table) -> list[str]:
    return [f"c{place}" for place in changing(table)]


def _texts(table: Table) -> Composed:
    return SQL(", ").join(map(_text, table.column_names))


def _text(name: str) -> Composed:
    """Return a column as text that is compared byte by byte."""
    return SQL('{}::text COLLATE "C"').format(Identifier(name))
