"""Foreign keys: made inside one source, counted across two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier

from daybook.errors import InputError
from daybook.postgres import live
from daybook.postgres.ddl import drop_constraint
from daybook.postgres.session import columns, qualified, value
from daybook.postgres.strategies import Strategy

if TYPE_CHECKING:
    from daybook.postgres.connection import Session
    from daybook.postgres.plan import Load

_SHOWN = 5

_EXISTING = """
    SELECT f.conname, child.relname, parent.relname,
           (SELECT array_agg(a.attname ORDER BY k.place)
            FROM unnest(f.conkey) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute AS a
              ON a.attrelid = f.conrelid AND a.attnum = k.num),
           (SELECT array_agg(a.attname ORDER BY k.place)
            FROM unnest(f.confkey) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute AS a
              ON a.attrelid = f.confrelid AND a.attnum = k.num)
    FROM pg_constraint AS f
    JOIN pg_class AS child ON child.oid = f.conrelid
    JOIN pg_class AS parent ON parent.oid = f.confrelid
    JOIN pg_namespace AS n ON n.oid = child.relnamespace
    WHERE f.contype = 'f' AND n.nspname = %s
      AND parent.relnamespace = child.relnamespace
"""
_NAMES = """
    SELECT conname FROM pg_constraint WHERE conrelid = %s::text::regclass
"""
_INDEXES = """
    SELECT i.indisunique AND i.indpred IS NULL AND i.indimmediate,
           (SELECT array_agg(a.attname ORDER BY k.place)
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (num, place)
            JOIN pg_attribute AS a
              ON a.attrelid = i.indrelid AND a.attnum = k.num
            WHERE k.place <= i.indnkeyatts)
    FROM pg_index AS i
    WHERE i.indrelid = %s::text::regclass AND i.indisvalid
      AND i.indpred IS NULL AND i.indexprs IS NULL
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key between two tables of the target's schema."""

    schema: str
    name: str
    child: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]

    def __str__(self) -> str:
        """Return both tables with their columns."""
        mine, theirs = ", ".join(self.columns), ", ".join(self.references)
        return (
            f"{self.schema}.{self.child} ({mine}) -> "
            f"{self.schema}.{self.parent} ({theirs})"
        )

    @property
    def shape(self) -> tuple[object, ...]:
        """What makes two keys the same, whatever their names."""
        return self.child, self.columns, self.parent, self.references


def enforced(loads: Sequence[Load]) -> list[Key]:
    """Return the keys inside one source that can always hold. Pure."""
    places = {(one.source, one.table.schema, one.name): one for one in loads}
    found = []
    for load in loads:
        for key in load.table.foreign_keys:
            source = key.source or load.source
            parent = places.get((source, key.schema, key.table))
            if parent and source == load.source and _holds(load, parent):
                found.append(
                    _key(
                        load,
                        key.name,
                        key.columns,
                        parent.name,
                        key.references,
                    )
                )
    return found


def described(loads: Sequence[Load]) -> list[Key]:
    """Return the keys that point into another source. Pure."""
    return [
        _key(load, key.name, key.columns, key.table, key.references)
        for load in loads
        for key in load.table.foreign_keys
        if key.source and key.source != load.source
    ]


def existing(session: Session, schema: str) -> list[Key]:
    """Return the foreign keys that tables of `schema` have among them."""
    return [
        Key(schema, name, child, tuple(mine), parent, tuple(theirs))
        for name, child, parent, mine, theirs in session.execute(
            _EXISTING, [schema]
        )
    ]


def drop(session: Session, keys: Sequence[Key], tables: set[str]) -> None:
    """Drop those of `keys` that exist and touch `tables`.

    Their columns' types or keys are about to change; `create` makes
    them again. Keys that somebody else made stay, and may stand in the
    way.
    """
    ours = {key.shape for key in keys}
    for schema in {key.schema for key in keys}:
        for key in existing(session, schema):
            if key.shape in ours and {key.child, key.parent} & tables:
                table = qualified(schema, key.child)
                session.execute(drop_constraint(table, key.name))


def check_deferred(session: Session) -> None:
    """Run all checks that wait for COMMIT.

    Raises:
        InputError: A key is violated; names both tables and first keys.
    """
    try:
        with session.transaction():
            session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except errors.ForeignKeyViolation as error:
        name, table = error.diag.constraint_name, error.diag.table_name
        for key in existing(session, error.diag.schema_name or ""):
            if (key.name, key.child) == (name, table):
                raise _violation(session, key) from error
        raise


def create(session: Session, schema: str, keys: Iterable[Key]) -> None:
    """Create the keys that are missing, and the indexes they need.

    Raises:
        InputError: A key is violated; names both tables and first keys.
    """
    there = {key.shape for key in existing(session, schema)}
    for key in keys:
        if key.shape not in there:
            there.add(key.shape)
            _ensure_unique(session, key)
            _ensure_index(session, key)
            _create(session, key)


def count_orphans(session: Session, key: Key) -> tuple[int, str]:
    """Return how many rows refer to nothing, and the first such keys."""
    query = SQL("SELECT count(*) {}").format(_orphans(key))
    count = int(value(session, query))
    return count, _first(session, key) if count else ""


def is_comparable(session: Session, key: Key) -> bool:
    """Return whether the table referred to is there, with its columns."""
    tables = live.read(session, key.schema, [key.parent])
    parent = tables.get(key.parent)
    return parent is not None and set(key.references) <= parent.columns.keys()


def _key(
    load: Load,
    name: str,
    names: tuple[str, ...],
    parent: str,
    references: tuple[str, ...],
) -> Key:
    return Key(load.schema, name, load.name, names, parent, references)


def _holds(child: Load, parent: Load) -> bool:
    """Whether no load can orphan a row that stays.

    Old rows that a child keeps need a parent that keeps its own.
    """
    if Strategy.HISTORY in {child.strategy, parent.strategy}:
        return False
    return child.strategy.mirrors or parent.strategy.keeps_rows


def _ensure_unique(session: Session, key: Key) -> None:
    table = qualified(key.schema, key.parent)
    wanted = sorted(key.references)
    for unique, names in _indexes(session, table):
        if unique and sorted(names) == wanted:
            return
    session.execute(
        SQL("ALTER TABLE {} ADD UNIQUE ({})").format(
            table, columns(key.references)
        )
    )


def _ensure_index(session: Session, key: Key) -> None:
    table = qualified(key.schema, key.child)
    wanted = sorted(key.columns)
    for _, names in _indexes(session, table):
        if sorted(names[: len(wanted)]) == wanted:
            return
    session.execute(
        SQL("CREATE INDEX ON {} ({})").format(table, columns(key.columns))
    )


def _indexes(
    session: Session, table: Identifier
) -> list[tuple[bool, list[str]]]:
    return session.execute(_INDEXES, [table.as_string(session)]).fetchall()


def _create(session: Session, key: Key) -> None:
    table = qualified(key.schema, key.child)
    taken = session.execute(_NAMES, [table.as_string(session)]).fetchall()
    named = SQL("").format()
    if key.name and (key.name,) not in taken:
        named = SQL("CONSTRAINT {} ").format(Identifier(key.name))
    statement = SQL(
        "ALTER TABLE {} ADD {}FOREIGN KEY ({}) REFERENCES {} ({})"
        " ON DELETE NO ACTION ON UPDATE NO ACTION"
        " DEFERRABLE INITIALLY DEFERRED"
    ).format(
        table,
        named,
        columns(key.columns),
        qualified(key.schema, key.parent),
        columns(key.references),
    )
    try:
        with session.transaction():
            session.execute(statement)
    except errors.ForeignKeyViolation as error:
        raise _violation(session, key) from error


def _violation(session: Session, key: Key) -> InputError:
    return InputError(
        f"A foreign key is violated: {key}. First keys without a match: "
        f"{_first(session, key)}. Nothing was changed.",
        "Mend the rows at the source and extract the day again.",
    )


def _first(session: Session, key: Key) -> str:
    query = SQL("SELECT DISTINCT {} {} ORDER BY {} LIMIT {}").format(
        columns(key.columns),
        _orphans(key),
        columns(key.columns),
        _SHOWN,
    )
    rows = session.execute(query).fetchall()
    return "; ".join(", ".join(map(str, row)) for row in rows)


def _orphans(key: Key) -> Composed:
    """Return FROM and WHERE of the child's rows that refer to nothing."""
    pairs = zip(key.columns, key.references, strict=True)
    return SQL(
        "FROM {} AS child WHERE {} AND NOT EXISTS"
        " (SELECT FROM {} AS parent WHERE {})"
    ).format(
        qualified(key.schema, key.child),
        SQL(" AND ").join(
            SQL("child.{} IS NOT NULL").format(Identifier(name))
            for name in key.columns
        ),
        qualified(key.schema, key.parent),
        SQL(" AND ").join(
            SQL("parent.{} = child.{}").format(
                Identifier(theirs), Identifier(mine)
            )
            for mine, theirs in pairs
        ),
    )
