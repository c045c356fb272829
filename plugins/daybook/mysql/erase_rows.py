"""Finds people's rows in a table, and writes them anew.

What a person's values were stands in no statement: rows are read, and are
known by their key, or without one by a hash of their personal columns.
What they become is the same for all rows of which these are the same.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import pymysql

from daybook.erasure.rows import RowEraser
from daybook.errors import BusyError, RefusedError
from daybook.mysql.sql import binary, identifier, identifiers, literal, select
from daybook.relational.erasable import changing, has_documents, naming

if TYPE_CHECKING:
    from daybook.erasure.subjects import Subjects
    from daybook.mysql.erase_tables import Place
    from daybook.mysql.load.session import Session

_AT_ONCE = 500
_MOST_CHARS = 500_000
"""A statement then stays under a packet's 16 MB, values being hexadecimal."""

_TOO_LONG = 1406

Text = str | None
Row = Sequence[Text]


def rows(session: Session, place: Place) -> Iterator[Row]:
    """Yield the personal columns of all rows."""
    texts = _texts(session, place.table.column_names)
    yield from _read(session, select(texts, identifier(place.name)))


def found(
    session: Session, place: Place, people: Subjects
) -> Iterator[tuple[Row, Row]]:
    """Yield the keys of rows that change, and the rows as they are to be."""
    where = "true"
    if not has_documents(place.table):
        where = _where(session, place, people)
    eraser = RowEraser(place.table, people)
    names = [*place.key, *place.table.column_names]
    query = select(
        _texts(session, names), identifier(place.name), f"WHERE {where}"
    )
    for row in _read(session, query):
        key, texts = row[: len(place.key)], row[len(place.key) :]
        new = eraser.erased(texts)
        if new is not None:
            yield key or [_hash(texts)], new


class Fresh:
    """A temporary table of one table's rows as they are to be."""

    def __init__(self, session: Session, place: Place, number: int) -> None:
        """Make it; nothing is in it yet."""
        self._session = session
        self._place = place
        self._name = identifier(f"daybook_fresh_{number}")
        self._changing = changing(place.table)
        self.rows = 0
        session.execute(self._create())

    def fill(self, some: Iterator[tuple[Row, Row]]) -> None:
        """Write keys and new values to it."""
        written: list[str] = []
        for key, new in some:
            written.append(self._written(key, new))
            self.rows += 1
            if (
                len(written) >= _AT_ONCE
                or sum(map(len, written)) > _MOST_CHARS
            ):
                self._insert(written)
                written = []
        if written:
            self._insert(written)

    def apply(self) -> None:
        """Change the table's own rows.

        Raises:
            BusyError: They are not those that were read.
        """
        changed = self._session.execute(self._update())
        if changed != self.rows:
            raise BusyError(
                f"{self._place.name}: {self.rows} rows are of people to be "
                f"erased, and {changed} could be changed: they changed "
                "meanwhile, or a trigger stands against it. Nothing was "
                "changed there.",
                "Run the same command again.",
            )

    def _create(self) -> str:
        place = self._place
        width = len(place.key) or 1
        names = [place.table.column_names[at] for at in self._changing]
        keys = [
            f"{identifier(name)} AS k{at}" for at, name in enumerate(place.key)
        ]
        new = [f"{identifier(n)} AS c{at}" for at, n in enumerate(names)]
        definitions = (
            [] if place.key else ["k0 binary(32) NOT NULL DEFAULT ''"]
        )
        primary = f"PRIMARY KEY ({', '.join(f'k{n}' for n in range(width))})"
        picked = select(
            ", ".join([*keys, *new]), identifier(place.name), "LIMIT 0"
        )
        return (
            f"CREATE TEMPORARY TABLE {self._name} "
            f"({', '.join([*definitions, primary])}) ENGINE = InnoDB {picked}"
        )

    def _written(self, key: Row, new: Row) -> str:
        if self._place.key:
            keys = [_literal(text) for text in key]
        else:
            keys = [binary(bytes.fromhex(text)) for text in key if text]
        values = [_literal(new[at]) for at in self._changing]
        return f"({', '.join([*keys, *values])})"

    def _insert(self, written: list[str]) -> None:
        width = len(self._place.key) or 1
        names = [
            *(f"k{at}" for at in range(width)),
            *(f"c{at}" for at in range(len(self._changing))),
        ]
        statement = (
            f"INSERT INTO {self._name} ({identifiers(names)}) "  # noqa: S608
            f"VALUES {', '.join(written)} ON DUPLICATE KEY UPDATE k0 = k0"
        )
        try:
            self._session.execute(statement)
        except pymysql.DataError as error:
            if error.args[0] != _TOO_LONG:
                raise
            raise _too_short(self._place) from error

    def _update(self) -> str:
        place = self._place
        own = f"{identifier(place.name)} AS l"
        fresh = f"{self._name} AS f"
        names = [place.table.column_names[at] for at in self._changing]
        sets = ", ".join(
            f"l.{identifier(name)} = f.c{at}" for at, name in enumerate(names)
        )
        if place.key:
            joined = f"{fresh} STRAIGHT_JOIN {own} ON " + " AND ".join(
                f"l.{identifier(name)} = f.k{at}"
                for at, name in enumerate(place.key)
            )
        else:
            hashed = _hashed(self._session, place)
            joined = f"{own} STRAIGHT_JOIN {fresh} ON f.k0 = {hashed}"
        return f"UPDATE {joined} SET {sets}"  # noqa: S608 - names quoted


def _too_short(place: Place) -> RefusedError:
    return RefusedError(
        f"{place.name}: a personal column of a key is too short for "
        "pseudonyms; it was made before it was declared personal. Nothing "
        "was changed there.",
        "Load a day again, now that it is declared: that makes room "
        "(TARGET_MYSQL_RECHECK=true). Then run the same command again.",
    )


def _where(session: Session, place: Place, people: Subjects) -> str:
    """Return the condition for rows that may be theirs.

    A checksum says too little to tell what the value was.
    """
    tests = []
    for at, kind in naming(place.table).items():
        text = _text(session, place.table.column_names[at])
        query = select(f"DISTINCT {text}", identifier(place.name))
        theirs = {
            zlib.crc32(value.encode())
            for (value,) in _read(session, query)
            if value and people.are_named_by(kind, value)
        }
        if theirs:
            listed = ", ".join(map(str, sorted(theirs)))
            tests.append(f"CRC32({text}) IN ({listed})")
    return " OR ".join(tests) or "false"


def _read(session: Session, query: str) -> Iterator[Row]:
    """Yield the rows of a query one by one, however many there are."""
    from pymysql.cursors import SSCursor

    with closing(session.connection.cursor(SSCursor)) as cursor:
        cursor.execute(query)
        while some := cursor.fetchmany(_AT_ONCE):
            yield from some


def _texts(session: Session, names: Sequence[str]) -> str:
    return ", ".join(_text(session, name) for name in names)


def _text(session: Session, name: str) -> str:
    return (
        f"CAST({identifier(name)} AS CHAR CHARACTER SET utf8mb4) "
        f"COLLATE {session.collation}"
    )


def _hashed(session: Session, place: Place) -> str:
    """Return SQL for what `_hash` gives."""
    parts = ", ".join(
        f"COALESCE(HEX({_text(session, name)}), '-')"
        for name in place.table.column_names
    )
    return f"UNHEX(SHA2(CONCAT_WS('|', {parts}), 256))"


def _hash(texts: Row) -> str:
    parts = ("-" if t is None else t.encode().hex().upper() for t in texts)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _literal(text: Text) -> str:
    return "NULL" if text is None else literal(text)
