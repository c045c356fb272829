"""Foreign keys in the target, and the indexes that they need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from daybook.errors import InputError
from daybook.postgres.load import orphans
from daybook.postgres.load.ddl import drop_constraint
from daybook.postgres.load.session import columns, qualified
from daybook.relational.foreign_keys import Key
from daybook.relational.heartbeat import still_at

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

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
_MARK = "Made by Daybook, as the source has it."
"""The comment on constraints that go when the source drops them."""
_MARKED = f"""
    {_EXISTING}
      AND obj_description(f.oid, 'pg_constraint') = %s
"""
_UNUSED = """
    SELECT u.conname
    FROM pg_constraint AS u
    WHERE u.contype = 'u' AND u.conrelid = %s::text::regclass
      AND obj_description(u.oid, 'pg_constraint') = %s
      AND NOT EXISTS (SELECT FROM pg_constraint AS f
                      WHERE f.contype = 'f' AND f.conindid = u.conindid)
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


def existing(session: Session, schema: str) -> list[Key]:
    """Return the foreign keys that tables of `schema` have among them."""
    return _keys(session, _EXISTING, [schema])


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


def obsolete(
    session: Session, schema: str, keys: Sequence[Key], tables: set[str]
) -> list[Key]:
    """Return the keys of `tables` that the source no longer has.

    `tables` are those that this load brings to their day, `keys` what is
    to be enforced. Keys that somebody else made are none of them. A
    child that the source no longer has keeps its rows, which are of
    another day than the rows they refer to.
    """
    wanted = {key.shape for key in keys}
    return [
        key
        for key in _keys(session, _MARKED, [schema, _MARK])
        if key.shape not in wanted and {key.child, key.parent} & tables
    ]


def drop_obsolete(session: Session, keys: Sequence[Key]) -> None:
    """Drop `keys`, and the uniqueness that only they have needed."""
    for key in keys:
        table = qualified(key.schema, key.child)
        session.execute(drop_constraint(table, key.name))
    for schema, parent in {(key.schema, key.parent) for key in keys}:
        table = qualified(schema, parent)
        arguments = [table.as_string(session), _MARK]
        for (name,) in session.execute(_UNUSED, arguments).fetchall():
            session.execute(drop_constraint(table, name))


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
            with still_at(f"Adding the foreign key {key}"):
                _ensure_index(session, key)
                _create(session, key)


def _keys(session: Session, query: str, arguments: list[str]) -> list[Key]:
    rows = session.execute(query.encode(), arguments)
    return [
        Key(arguments[0], name, child, tuple(mine), parent, tuple(theirs))
        for name, child, parent, mine, theirs in rows
    ]


def _ensure_unique(session: Session, key: Key) -> None:
    table = qualified(key.schema, key.parent)
    wanted = sorted(key.references)
    for unique, names in _indexes(session, table):
        if unique and sorted(names) == wanted:
            return
    definition = SQL("UNIQUE ({})").format(columns(key.references))
    _add(session, table, definition)


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
    named = SQL("").format()
    if key.name and key.name not in _names(session, table):
        named = SQL("CONSTRAINT {} ").format(Identifier(key.name))
    definition = SQL(
        "{}FOREIGN KEY ({}) REFERENCES {} ({})"
        " ON DELETE NO ACTION ON UPDATE NO ACTION"
        " DEFERRABLE INITIALLY DEFERRED"
    ).format(
        named,
        columns(key.columns),
        qualified(key.schema, key.parent),
        columns(key.references),
    )
    try:
        with session.transaction():
            _add(session, table, definition)
    except errors.ForeignKeyViolation as error:
        raise _violation(session, key) from error


def _add(session: Session, table: Identifier, definition: Composed) -> None:
    """Add a constraint, and mark it as ours."""
    before = _names(session, table)
    session.execute(SQL("ALTER TABLE {} ADD {}").format(table, definition))
    for name in _names(session, table) - before:
        session.execute(
            SQL("COMMENT ON CONSTRAINT {} ON {} IS {}").format(
                Identifier(name), table, Literal(_MARK)
            )
        )


def _names(session: Session, table: Identifier) -> set[str]:
    found = session.execute(_NAMES, [table.as_string(session)])
    return {name for (name,) in found}


def _violation(session: Session, key: Key) -> InputError:
    return InputError(
        f"A foreign key is violated: {key}. First keys without a match: "
        f"{orphans.first_keys(session, key)}. Nothing was changed.",
        "Mend the rows at the source and extract the day again.",
    )
