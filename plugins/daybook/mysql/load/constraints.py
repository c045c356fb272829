"""Foreign keys in the target, and the indexes that they need.

The server does not check them row by row here (`foreign_key_checks` is
off in this session), so they may be there before the rows; `orphans`
checks them before COMMIT.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.mysql.load import ddl, live
from daybook.mysql.sql import identifier, literal
from daybook.relational.foreign_keys import Key
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session

_OURS = "daybook_"
"""What names of constraints begin with that go when the source drops them."""

_EXISTING = """
    SELECT constraint_name, table_name, referenced_table_name,
           column_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE()
      AND referenced_table_schema = DATABASE()
    ORDER BY table_name, constraint_name, ordinal_position
"""
_INDEXES = """
    SELECT index_name, column_name, non_unique
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = {}
    ORDER BY index_name, seq_in_index
"""


def existing(session: Session, names: Iterable[str]) -> list[Key]:
    """Return the foreign keys between tables of this database.

    Tables among the `names` are spelled as there.
    """
    spelled = session.speller(names)
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for name, child, parent, mine, theirs in session.rows(_EXISTING):
        found.setdefault((name, child, parent), []).append((mine, theirs))
    return [
        Key(
            session.database,
            name,
            spelled(child),
            tuple(mine for mine, _ in pairs),
            spelled(parent),
            tuple(theirs for _, theirs in pairs),
        )
        for (name, child, parent), pairs in found.items()
    ]


def release(
    session: Session,
    wanted: Sequence[Key],
    tables: set[str],
    altered: set[str],
) -> None:
    """Drop our keys of `tables` that the source no longer has.

    So are those from and to tables that are to be `altered`; `bring`
    makes them again. Keys that somebody else made stay, and may stand in
    the way.

    Raises:
        pymysql.MySQLError: The server refused.
    """
    shapes = {key.shape for key in wanted}
    for key in existing(session, tables | _tables(wanted)):
        ours = key.name.startswith(_OURS)
        obsolete = key.shape not in shapes and key.child in tables
        if ours and (obsolete or {key.child, key.parent} & altered):
            _drop(session, key)


def bring(
    session: Session, wanted: Sequence[Key], tables: set[str]
) -> list[Key]:
    """Make the foreign keys of the source; return all there are.

    `tables` are those that are loaded.

    A key between types that MySQL does not let refer to each other is
    not made, but returned: its rows can be checked all the same.

    Raises:
        pymysql.MySQLError: The server refused.
    """
    there = existing(session, tables | _tables(wanted))
    shapes = {key.shape for key in there}
    missing = [key for key in wanted if key.shape not in shapes]
    columns = _columns(session, missing)
    for key in missing:
        if _can_stand(key, columns):
            _add(session, key)
        else:
            logger.warning(
                "%s: the types of its columns differ, which MySQL does not "
                "allow; its rows are checked, but the key is not made.",
                key,
            )
    return [*there, *missing]


def _drop(session: Session, key: Key) -> None:
    """Drop a key, and the index that came with it."""
    table = identifier(key.child)
    session.execute(ddl.drop_foreign_key(table, key.name))
    if key.name in _indexes(session, key.child):
        session.execute(ddl.drop_index(table, key.name))


def _columns(
    session: Session, keys: Iterable[Key]
) -> Mapping[str, Mapping[str, str]]:
    tables = live.read(session, sorted(_tables(keys)))
    return {name: table.columns for name, table in tables.items()}


def _tables(keys: Iterable[Key]) -> set[str]:
    return {name for key in keys for name in (key.child, key.parent)}


def _can_stand(key: Key, columns: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether MySQL lets these columns refer to those. Pure."""
    pairs = zip(key.columns, key.references, strict=True)
    return all(
        _kind(columns[key.child][mine]) == _kind(columns[key.parent][theirs])
        for mine, theirs in pairs
    )


def _kind(text: str) -> str:
    """Return a type without what may differ: a text's length."""
    base = text.partition("(")[0]
    return base if base in {"varchar", "varbinary"} else text


def _add(session: Session, key: Key) -> None:
    parent = identifier(key.parent)
    if not _is_unique(session, key):
        name = _name(key.parent, *key.references)
        session.execute(ddl.add_unique(parent, name, key.references))
    session.execute(
        ddl.add_foreign_key(
            identifier(key.child),
            _name(key.child, *key.columns, key.parent, *key.references),
            key.columns,
            key.parent,
            key.references,
        )
    )


def _is_unique(session: Session, key: Key) -> bool:
    indexes = _indexes(session, key.parent, unique=True)
    return key.references in indexes.values()


def _indexes(
    session: Session, table: str, *, unique: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return the columns of a table's indexes, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, column, repeats in session.rows(_INDEXES.format(literal(table))):
        if not (unique and repeats):
            found[name] = (*found.get(name, ()), column)
    return found


def _name(*words: str) -> str:
    """Return a constraint's name, which no other in the database has."""
    digest = hashlib.sha256("\0".join(words).encode()).hexdigest()
    return f"{_OURS}{digest[:16]}"
