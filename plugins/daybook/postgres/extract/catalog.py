"""What a database holds, read from its catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.postgres.extract.landing import Landing, Type, land
from daybook.postgres.extract.selection import Relation
from daybook.table import Column, ForeignKey, Table

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

_RELATIONS = """
    SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text,
           c.relispartition,
           has_schema_privilege(n.oid, 'USAGE')
               AND has_table_privilege(c.oid, 'SELECT') AS may_read,
           row_security_active(c.oid)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      -- Neither right is known of a table that was dropped just now.
      AND has_table_privilege(c.oid, 'SELECT') IS NOT NULL
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
_COLUMNS = """
    SELECT a.attrelid::int8, a.attname, a.atttypid::int8, a.atttypmod,
           a.attnotnull AND NOT EXISTS (
               -- PostgreSQL 18: NOT NULL, but not of the rows before it
               SELECT FROM pg_constraint AS k
               WHERE k.conrelid = a.attrelid AND k.contype = 'n'
                 AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),
           format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute AS a
    WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0
      AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
"""
_TYPES = """
    WITH RECURSIVE reached (oid) AS (
        SELECT unnest(%s::oid[])
        UNION
        SELECT unnest(ARRAY[t.typbasetype, t.typelem])
        FROM pg_type AS t JOIN reached AS r ON t.oid = r.oid
    )
    SELECT t.oid::int8, n.nspname, t.typname, t.typtype::text,
           t.typbasetype::int8, t.typtypmod,
           CASE WHEN EXISTS (SELECT FROM pg_type AS e
                             WHERE e.oid = t.typelem AND e.typarray = t.oid)
                THEN t.typelem::int8 ELSE 0 END,
           EXISTS (SELECT FROM pg_depend AS d
                   WHERE d.classid = 'pg_type'::regclass
                     AND d.objid = t.oid AND d.deptype = 'e')
    FROM reached AS r
    JOIN pg_type AS t ON t.oid = r.oid
    JOIN pg_namespace AS n ON n.oid = t.typnamespace
"""
_SPELLED = """
    SELECT format_type(w.oid, w.modifier), quote_ident(n.nspname)
    FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY
        AS w (oid, modifier, place)
    JOIN pg_type AS t ON t.oid = w.oid
    JOIN pg_namespace AS n ON n.oid = t.typnamespace
    ORDER BY w.place
"""
_FORMATTED = """
    SELECT format_type(w.oid, w.modifier)
    FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY
        AS w (oid, modifier, place)
    ORDER BY w.place
"""
_KEYS = """
    SELECT k.conrelid::int8, k.contype::text, k.conname,
           ARRAY(SELECT a.attname::text
                 FROM unnest(k.conkey) WITH ORDINALITY AS u (num, place)
                 JOIN pg_attribute AS a
                   ON a.attrelid = k.conrelid AND a.attnum = u.num
                 ORDER BY u.place),
           n.nspname, c.relname,
           ARRAY(SELECT a.attname::text
                 FROM unnest(k.confkey) WITH ORDINALITY AS u (num, place)
                 JOIN pg_attribute AS a
                   ON a.attrelid = k.confrelid AND a.attnum = u.num
                 ORDER BY u.place)
    FROM pg_constraint AS k
    LEFT JOIN pg_class AS c ON c.oid = k.confrelid
    LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE k.conrelid = ANY (%s::oid[]) AND k.contype IN ('p', 'f')
      AND k.convalidated
      -- PostgreSQL 18: a key that is only declared proves nothing, and
      -- one over periods is no equality.
      AND coalesce((to_jsonb(k)->>'conenforced')::bool, true)
      AND NOT (k.contype = 'f'
               AND coalesce((to_jsonb(k)->>'conperiod')::bool, false))
      -- A key to a partitioned table has a copy per partition.
      AND NOT EXISTS (SELECT FROM pg_constraint AS whole
                      WHERE whole.oid = k.conparentid
                        AND whole.conrelid = k.conrelid)
    ORDER BY k.conrelid, k.conname COLLATE "C"
"""
_Key = tuple[str, ForeignKey]


def list_relations(session: Session) -> list[Relation]:
    """Return all of the users' relations, by schema and name."""
    return [Relation(*row) for row in session.execute(_RELATIONS)]


def describe(session: Session, relations: Sequence[Relation]) -> list[Table]:
    """Return the relations' tables: columns, types and keys, in order."""
    oids = [relation.oid for relation in relations]
    columns = _columns(session, oids)
    keys: dict[int, list[_Key]] = defaultdict(list)
    for oid, kind, *rest in session.execute(_KEYS, [oids]):
        keys[oid].append((kind, _key(*rest)))
    return [
        _table(relation, columns[relation.oid], keys[relation.oid])
        for relation in relations
    ]


def describe_result(
    session: Session,
    name: str,
    fields: Iterable[tuple[str, int, int]],
    key: Sequence[str],
) -> Table:
    """Return a query's result as a table without a schema.

    `fields` are name, type and type modifier of its columns.
    """
    known = list(fields)
    types = _types(session, {oid for _, oid, _ in known})
    landings = [land(types, oid, modifier) for _, oid, modifier in known]
    spelled = _spelled(session, landings)
    own = session.execute(
        _FORMATTED,
        [[oid for _, oid, _ in known], [modifier for *_, modifier in known]],
    )
    columns = [
        _column(column, spelled[landing], text, nullable=column not in key)
        for (column, *_), landing, (text,) in zip(
            known, landings, own, strict=True
        )
    ]
    return Table("", name, tuple(columns), tuple(key))


def _table(
    relation: Relation, columns: Sequence[Column], keys: Sequence[_Key]
) -> Table:
    primary = next((key.columns for kind, key in keys if kind == "p"), ())
    foreign = tuple(key for kind, key in keys if kind == "f")
    return Table(
        relation.schema, relation.name, tuple(columns), primary, foreign
    )


def _key(
    name: str,
    columns: Sequence[str],
    schema: str | None,
    table: str | None,
    references: Sequence[str],
) -> ForeignKey:
    return ForeignKey(
        name, tuple(columns), schema or "", table or "", tuple(references)
    )


def _columns(
    session: Session, oids: Sequence[int]
) -> Mapping[int, list[Column]]:
    rows = session.execute(_COLUMNS, [oids]).fetchall()
    types = _types(session, {row[2] for row in rows})
    landings = [land(types, row[2], row[3]) for row in rows]
    spelled = _spelled(session, landings)
    columns: dict[int, list[Column]] = defaultdict(list)
    for row, landing in zip(rows, landings, strict=True):
        oid, name, _, _, not_null, source_type = row
        columns[oid].append(
            _column(name, spelled[landing], source_type, nullable=not not_null)
        )
    return columns


def _column(
    name: str, sql_type: str, source_type: str, *, nullable: bool
) -> Column:
    same = sql_type == source_type
    return Column(name, sql_type, nullable, "" if same else source_type)


def _types(session: Session, oids: Iterable[int]) -> Mapping[int, Type]:
    rows = session.execute(_TYPES, [list(oids)])
    return {row[0]: Type(*row) for row in rows}


def _spelled(
    session: Session, landings: Iterable[Landing]
) -> Mapping[Landing, str]:
    """Return how each is written; an extension's type without schema."""
    unique = [landing for landing in set(landings) if landing.oid]
    rows = session.execute(
        _SPELLED,
        [[each.oid for each in unique], [each.modifier for each in unique]],
    )
    spelled = {
        Landing(): "text",
        Landing(is_array=True): "text[]",
    }
    for landing, (text, schema) in zip(unique, rows, strict=True):
        array = "[]" if landing.is_array else ""
        spelled[landing] = text.removeprefix(f"{schema}.") + array
    return spelled
