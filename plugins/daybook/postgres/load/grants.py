"""Which rights the loader's role lacks, as the GRANTs that give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.errors import UnreachableError
from daybook.postgres.load import load_log
from daybook.postgres.load.session import schema_exists

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

_ON_DATABASE = """
    SELECT format('GRANT %%s ON DATABASE %%I TO %%I;', wanted.privilege,
                  current_database(), current_user)
    FROM unnest(%s::text[]) AS wanted (privilege)
    WHERE NOT has_database_privilege(current_database(), wanted.privilege)
"""
_ON_SCHEMAS = """
    SELECT format('GRANT %%s ON SCHEMA %%I TO %%I;',
                  string_agg(wanted.privilege, ', '), n.nspname, current_user)
    FROM unnest(%s::text[], %s::text[]) AS wanted (schema, privilege)
    JOIN pg_namespace AS n ON n.nspname = wanted.schema
    WHERE NOT has_schema_privilege(n.oid, wanted.privilege)
    GROUP BY n.nspname
"""
_ON_TABLES = """
    SELECT format('GRANT %%s ON TABLE %%I.%%I TO %%I;',
                  string_agg(p.privilege, ', ' ORDER BY p.place),
                  n.nspname, c.relname, current_user)
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN unnest(%s::text[]) WITH ORDINALITY AS p (privilege, place)
    WHERE n.nspname = %s AND c.relname = ANY (%s) AND c.relkind IN ('r', 'p')
      AND NOT has_table_privilege(c.oid, p.privilege)
    GROUP BY n.nspname, c.relname
"""


def check(session: Session, schema: str, names: Sequence[str]) -> None:
    """Check that the role may do all that a load into `schema` does.

    `names` are the tables to be loaded.

    Raises:
        UnreachableError: Names every GRANT that is missing.
    """
    missing = [
        *_on_database(session, [schema, load_log.SCHEMA]),
        *_on_schemas(session, schema),
        *_on_tables(
            session, ["SELECT", "INSERT", "UPDATE", "DELETE"], schema, names
        ),
        *_on_tables(session, ["SELECT", "INSERT"], load_log.SCHEMA, ["loads"]),
    ]
    _refuse(missing)


def check_tables(
    session: Session,
    privileges: list[str],
    names: Mapping[str, Sequence[str]],
) -> None:
    """Check that the role has rights on tables, named by their schemas.

    Raises:
        UnreachableError: Names every GRANT that is missing.
    """
    _refuse(
        [
            grant
            for schema, tables in names.items()
            for grant in _on_tables(session, privileges, schema, tables)
        ]
    )


def _refuse(missing: Sequence[str]) -> None:
    if missing:
        raise UnreachableError(
            "The role that WAREHOUSE_URL names lacks rights. "
            "Nothing was changed.",
            "Let the database's owner run:\n" + "\n".join(missing),
        )


def _on_database(session: Session, schemas: Sequence[str]) -> list[str]:
    wanted = ["TEMPORARY"]
    if not all(schema_exists(session, schema) for schema in schemas):
        wanted.append("CREATE")
    return [row[0] for row in session.execute(_ON_DATABASE, [wanted])]


def _on_schemas(session: Session, schema: str) -> list[str]:
    pairs = [(schema, "USAGE"), (schema, "CREATE"), (load_log.SCHEMA, "USAGE")]
    if not load_log.exists(session):
        pairs.append((load_log.SCHEMA, "CREATE"))
    arguments = [list(column) for column in zip(*pairs, strict=True)]
    return [row[0] for row in session.execute(_ON_SCHEMAS, arguments)]


def _on_tables(
    session: Session,
    privileges: list[str],
    schema: str,
    names: Sequence[str],
) -> list[str]:
    arguments = [privileges, schema, list(names)]
    return [row[0] for row in session.execute(_ON_TABLES, arguments)]
