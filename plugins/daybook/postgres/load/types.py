"""Which type a column gets in the target: its own if the server has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from psycopg.sql import SQL

from daybook.postgres.load.session import verbatim

if TYPE_CHECKING:
    from daybook.postgres.connection import Session

_SPELLING = re.compile(
    r'(?:(?:\w+|"[^"]+")\.)?'  # a schema
    r'(?P<name>"[^"]+"|\w+)'
    r"(?P<more>(?: \w+)*)"  # double precision
    r"(?P<modifiers>\([\w ,-]*\))?"
    r"(?P<rest>(?: \w+)*)"  # with time zone
    r"(?P<array>(?:\[\])*)"
)
"""What a type may look like; everything else is text."""

_KNOWN = """
    SELECT wanted.spelling
    FROM unnest(%s::text[]) AS wanted (spelling)
    JOIN pg_type AS named ON named.oid = to_regtype(wanted.spelling)
    JOIN pg_type AS t
      ON t.oid = CASE named.typcategory
                     WHEN 'A' THEN named.typelem ELSE named.oid END
    WHERE t.typtype IN ('b', 'r', 'm')
      AND (t.typnamespace = 'pg_catalog'::regnamespace
           OR EXISTS (SELECT FROM pg_depend AS d
                      WHERE d.classid = 'pg_type'::regclass
                        AND d.objid = t.oid AND d.deptype = 'e'))
"""
_OF_EXTENSIONS = """
    SELECT t.typname, format_type(t.oid, -1)
    FROM pg_type AS t
    JOIN pg_depend AS d
      ON d.classid = 'pg_type'::regclass AND d.objid = t.oid
    WHERE d.deptype = 'e' AND t.typtype IN ('b', 'r', 'm')
      AND t.typname = ANY (%s)
"""


def resolve(session: Session, spellings: Iterable[str]) -> Mapping[str, str]:
    """Return each type as this server spells it, `text` if it has none.

    Only types of PostgreSQL itself and of extensions are taken; an
    extension may stand in another schema here than at the source.
    """
    wanted = sorted(set(spellings))
    sound = [text for text in wanted if _SPELLING.fullmatch(text)]
    known = {row[0]: row[0] for row in session.execute(_KNOWN, [sound])}
    unknown = [text for text in sound if text not in known]
    known |= _of_extensions(session, unknown)
    spelled = _spelled_by_server(session, list(known.values()))
    canonical = dict(zip(known, spelled, strict=True))
    return {text: canonical.get(text, "text") for text in wanted}


def _of_extensions(session: Session, unknown: list[str]) -> dict[str, str]:
    if not unknown:
        return {}
    parts = {
        text: match
        for text in unknown
        if (match := _SPELLING.fullmatch(text)) and not match["more"]
    }
    names = [match["name"].strip('"') for match in parts.values()]
    found: dict[str, str] = dict(
        session.execute(_OF_EXTENSIONS, [names]).fetchall()
    )
    return {
        text: found[name] + (match["modifiers"] or "") + match["array"]
        for text, match in parts.items()
        if (name := match["name"].strip('"')) in found
    }


def _spelled_by_server(session: Session, spellings: list[str]) -> list[str]:
    """Return what format_type makes of the types, modifiers included."""
    nulls = [SQL("NULL::{}").format(verbatim(text)) for text in spellings]
    query = SQL("SELECT {}").format(SQL(", ").join(nulls))
    result = session.execute(query).pgresult
    if result is None or not spellings:
        return []
    pairs = [(result.ftype(i), result.fmod(i)) for i in range(result.nfields)]
    rows = session.execute(
        "SELECT format_type(oid, modifier)"
        " FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY"
        " AS t (oid, modifier, place) ORDER BY place",
        [list(column) for column in zip(*pairs, strict=True)],
    )
    return [row[0] for row in rows]
