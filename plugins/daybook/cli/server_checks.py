"""What `daybook doctor` asks of servers and of what they run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daybook.cli.checks import Check
from daybook.errors import ConfigError, DaybookError

_CONNECT_SECONDS = 5
_POSTGRES = ("NORTHWIND_URL", "WAREHOUSE_URL")
_NEO4J = "NEO4J_URL"
_LOADED = "PEOPLE_URL"
_MYSQL = ("MOVIELENS_URL", _LOADED)


def java() -> Check:
    """Look for the Java that the embedded Neo4j runs on."""
    from daybook.services import java

    try:
        found = java.find()
    except ConfigError as error:
        return Check("java", False, error.reason, error.instruction)
    return Check("java", True, f"{found.version}, {found.program}")


def graph(env: Mapping[str, str]) -> Check:
    """Connect to Neo4j, where there is one: only `target-neo4j` needs it."""
    url = env.get(_NEO4J)
    if not url:
        found = "not set; needed to load graphs: daybook services up neo4j"
        return Check(_NEO4J, True, found)
    from daybook.neo4j import server
    from daybook.singer.log import mask

    try:
        with server.connect(url, variable=_NEO4J, plugin="doctor") as session:
            return _graph(url, session)
    except DaybookError as error:
        return Check(_NEO4J, False, mask(error.reason), error.instruction)


def _graph(url: str, session: Any) -> Check:
    from daybook.neo4j.url import parse_url

    address = parse_url(url, _NEO4J)
    query = (
        "CALL dbms.components() YIELD versions, edition "
        "RETURN versions[0] + ' ' + edition"
    )
    version = session.value(query)
    place = f"{address.user} at {address.uri}/{address.database}"
    return Check(_NEO4J, True, f"{place}, Neo4j {version}")


def mysql(env: Mapping[str, str]) -> Iterator[Check]:
    """Connect to MySQL, where there is one: not every project needs it."""
    from daybook.mysql.connection import connect
    from daybook.singer.log import mask

    for variable in _MYSQL:
        url = env.get(variable)
        if not url:
            continue
        try:
            with connect(url, variable=variable, plugin="doctor") as session:
                yield _mysql(variable, session)
        except DaybookError as error:
            yield Check(variable, False, mask(error.reason), error.instruction)


def _mysql(variable: str, session: Any) -> Check:
    query = "SELECT user(), database(), version(), @@local_infile"
    with session.cursor() as cursor:
        cursor.execute(query)
        user, database, version, takes_files = cursor.fetchone()
    found = f"{user.rpartition('@')[0]} at {session.host}:{session.port}"
    found += f"/{database}, version {version}"
    if variable == _LOADED and not takes_files:
        return Check(
            variable,
            False,
            f"{found}: it takes no files from its clients",
            "An administrator can allow it: SET GLOBAL local_infile = ON",
        )
    return Check(variable, True, found)


def servers(env: Mapping[str, str]) -> Iterator[Check]:
    """Connect to what the connection variables name."""
    seen: dict[tuple[str, str, str], str] = {}
    for variable in _POSTGRES:
        url = env.get(variable)
        if not url:
            yield Check(
                variable,
                False,
                "not set",
                "Set it in .env or in the shell; for the embedded server: "
                "daybook services up",
            )
            continue
        yield _server(variable, url, seen)


def _server(
    variable: str, url: str, seen: dict[tuple[str, str, str], str]
) -> Check:
    """Connect to `url`; `seen` holds the databases met before."""
    import psycopg

    from daybook.postgres.url import check_url
    from daybook.singer.log import mask

    try:
        check_url(url, variable)
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as session:
            return _connected(variable, session, seen)
    except ConfigError as error:
        return Check(variable, False, error.reason, error.instruction)
    except psycopg.OperationalError as error:
        return Check(
            variable,
            False,
            mask(str(error).strip()),
            "Check the variable and that the server runs; for the embedded "
            "one: daybook services up",
        )


def _connected(
    variable: str, session: Any, seen: dict[tuple[str, str, str], str]
) -> Check:
    info = session.info
    place = (info.host, str(info.port), info.dbname)
    other = seen.setdefault(place, variable)
    encoding = info.parameter_status("server_encoding")
    version = info.parameter_status("server_version")
    found = (
        f"{info.user} at {info.host}:{info.port}/{info.dbname}, "
        f"PostgreSQL {version}, {encoding}"
    )
    if other != variable:
        problem = f"{found}: the same database as {other}"
        instruction = "A source must not be loaded into itself: change one."
        return Check(variable, False, problem, instruction)
    return Check(
        variable,
        encoding == "UTF8",
        found,
        "Only databases in UTF8 are supported.",
    )
