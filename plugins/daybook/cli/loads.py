"""Where days are loaded, as the warehouse's load log tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 3
_LOADS = """
    WITH loads AS (
        SELECT source, day::text, schema, "table", loaded_at,
            strategy = 'history' OR id = max(id) OVER (
                PARTITION BY schema, "table") AS stands
        FROM daybook.loads
        WHERE outcome <> 'superseded' AND day IS NOT NULL
    )
    SELECT source, day, schema, count(DISTINCT "table"),
        count(DISTINCT "table") FILTER (WHERE stands),
        to_char(max(loaded_at) AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    FROM loads GROUP BY source, day, schema ORDER BY schema
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A day in a schema of the warehouse.

    Attributes:
        schema: The schema.
        tables: How many tables of the day were loaded into it.
        current_tables: How many of them still hold that day, as far as
            the log tells; the others hold a day loaded later.
        loaded_at: When last, ISO 8601 in UTC.
    """

    schema: str
    tables: int
    current_tables: int
    loaded_at: str


@dataclass(frozen=True, slots=True)
class LoadLog:
    """What the warehouse knows.

    Attributes:
        problem: Why it could not be asked, `""` if it could.
        days: Where each `(source, day)` was loaded.
    """

    problem: str
    days: Mapping[tuple[str, str], list[Loaded]]


def read(env: Mapping[str, str]) -> LoadLog:
    """Ask the warehouse that WAREHOUSE_URL names.

    That it cannot be asked is an answer too, not an error.
    """
    url = env.get("WAREHOUSE_URL")
    if not url:
        return LoadLog("WAREHOUSE_URL is not set", {})
    import psycopg

    from daybook.errors import ConfigError
    from daybook.postgres.url import check_url
    from daybook.singer.log import mask

    try:
        check_url(url, "WAREHOUSE_URL")
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as session:
            return LoadLog("", _read(session))
    except ConfigError as error:
        return LoadLog(error.reason.rstrip("."), {})
    except psycopg.Error as error:
        said = mask(str(error).strip())
        return LoadLog(f"WAREHOUSE_URL cannot be read: {said}", {})


def _read(
    session: psycopg.Connection[tuple[object, ...]],
) -> Mapping[tuple[str, str], list[Loaded]]:
    found: dict[tuple[str, str], list[Loaded]] = defaultdict(list)
    known = session.execute("SELECT to_regclass('daybook.loads')").fetchone()
    if known is None or known[0] is None:
        return found
    rows = session.execute(_LOADS).fetchall()
    for source, day, schema, tables, current, loaded_at in rows:
        place = (str(source), str(day))
        found[place].append(
            Loaded(
                str(schema),
                int(str(tables)),
                int(str(current)),
                str(loaded_at),
            )
        )
    return found
