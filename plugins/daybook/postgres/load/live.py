"""What the target's schema holds now, from the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.sql import SQL

from daybook.postgres.load.session import qualified, value

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.postgres.connection import Session

_RELATIONS = """
    SELECT c.relname, c.oid::bigint, c.relkind::text,
           coalesce(pg_relation_filenode(c.oid), 0)::bigint,
           coalesce(pg_get_partkeydef(c.oid), ''),
           has_table_privilege(c.oid, 'SELECT')
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = ANY (%s)
"""
_PARTITION = """
    SELECT c.relname, pg_relation_filenode(c.oid)::bigint, n.nspname
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE i.inhparent = %s::bigint::oid
      AND pg_get_expr(c.relpartbound, c.oid)
          = format('FOR VALUES IN (%%L)', %s::text)
"""
_COLUMNS = """
    SELECT a.attrelid::bigint, a.attname,
           format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute AS a
    WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_PRIMARY_KEYS = """
    SELECT i.indrelid::bigint, c.conname, a.attname
    FROM pg_index AS i
    JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype = 'p'
    CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY
      AS k (attnum, place)
    JOIN pg_attribute AS a
      ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = ANY (%s) AND i.indisprimary
    ORDER BY k.place
"""

TABLE = "r"
PARTITIONED = "p"
KINDS: Mapping[str, str] = {
    "v": "a view",
    "m": "a materialized view",
    "f": "a foreign table",
    "S": "a sequence",
    "i": "an index",
    "I": "an index",
    "c": "a composite type",
}
"""Names of `relkind`s into which nothing can be loaded."""


@dataclass(frozen=True, slots=True)
class Live:
    """A relation that is in the target already.

    Attributes:
        oid: Its identity; a table made anew has another.
        kind: `pg_class.relkind`.
        file: Its relfilenode, 0 where it has none; a rewrite changes it.
        partitioned_by: The partition key, `""` if it is not partitioned.
        readable: Whether this role may SELECT from it.
        columns: Types by name, as format_type spells them.
        primary_key: Its columns in key order.
        primary_key_name: The constraint's name.
        empty: Whether it holds no rows.
    """

    oid: int
    kind: str
    file: int
    partitioned_by: str
    readable: bool
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    primary_key_name: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Partition:
    """The table that holds one day; `file` is its relfilenode."""

    schema: str
    name: str
    file: int


def read(
    session: Session, schema: str, names: Sequence[str]
) -> dict[str, Live]:
    """Return the relations of `schema` that have one of the `names`."""
    found = session.execute(_RELATIONS, [schema, list(names)]).fetchall()
    oids = [row[1] for row in found]
    columns: dict[int, dict[str, str]] = {oid: {} for oid in oids}
    for oid, name, sql_type in session.execute(_COLUMNS, [oids]):
        columns[oid][name] = sql_type
    keys: dict[int, list[str]] = {oid: [] for oid in oids}
    key_names: dict[int, str] = {}
    for oid, constraint, name in session.execute(_PRIMARY_KEYS, [oids]):
        keys[oid].append(name)
        key_names[oid] = constraint
    return {
        name: Live(
            oid=oid,
            kind=kind,
            file=file,
            partitioned_by=partitioned_by,
            readable=readable,
            columns=columns[oid],
            primary_key=tuple(keys[oid]),
            primary_key_name=key_names.get(oid, ""),
            empty=readable and _is_empty(session, schema, name, kind),
        )
        for name, oid, kind, file, partitioned_by, readable in found
    }


def kinds(
    session: Session, schema: str, names: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Return oid and `relkind` of relations, by name.

    That waits for no lock, as `read` does, which looks into tables.
    """
    found = session.execute(_RELATIONS, [schema, list(names)])
    return {name: (oid, kind) for name, oid, kind, *_ in found}


def count(session: Session, schema: str, name: str) -> int:
    """Return the number of rows in a table, not in tables that inherit."""
    query = SQL("SELECT count(*) FROM ONLY {}").format(qualified(schema, name))
    return int(value(session, query))


def _is_empty(session: Session, schema: str, name: str, kind: str) -> bool:
    if kind not in {TABLE, PARTITIONED}:
        return False
    query = SQL("SELECT NOT EXISTS (SELECT FROM {})").format(
        qualified(schema, name)
    )
    return bool(value(session, query))


def find_partition(
    session: Session, parent: int, day: Day | None
) -> Partition | None:
    """Return the partition of `day` of the table with oid `parent`."""
    row = session.execute(_PARTITION, [parent, str(day)]).fetchone()
    return Partition(row[2], row[0], row[1]) if row else None
