"""The demo's Neo4j: the embedded one, as long as only the demo uses it.

Neo4j's Community edition has one database. If somebody else has put
anything into it, the demo starts a server of its own beside it, and
deletes that in the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from daybook.cli import project
from daybook.errors import DaybookError
from daybook.neo4j import cypher, marker
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.names import quote
from daybook.neo4j.server import Server, connect
from daybook.services import artifacts, java, neo4j
from demo.runs import LABEL

VARIABLE = neo4j.VARIABLE

_HASH = quote(ROW_HASH)
_LABELS = "MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label"
_OTHERS = (
    f"MATCH (n) WHERE n.{_HASH} IS NULL AND NOT n:{cypher.MARKER} "
    "RETURN count(n)",
    f"MATCH ()-[r]->() WHERE r.{_HASH} IS NULL RETURN count(r)",
)
_EMPTY = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS"


def problem(root: Path) -> DaybookError | None:
    """Return why there can be no Neo4j here, None if there can be one.

    Its programs are downloaded, if they are not there already.
    """
    os.environ.update(project.find(root).env)  # may name a mirror, a Java
    try:
        java.find()
        artifacts.install(artifacts.read_lock(neo4j.NAME))
    except DaybookError as error:
        return error
    return None


@contextmanager
def fresh(root: Path, scratch: Path) -> Iterator[tuple[str, str]]:
    """Give the URL of an empty graph, and whose it is.

    It is that of the project at `root`, which must have been started,
    unless others use it; then one in the folder `scratch`.
    """
    url = neo4j.up(root).urls[VARIABLE]
    if _is_ours(url):
        with _connected(url) as server:
            server.execute(_EMPTY)
        yield url, "the embedded Neo4j, emptied"
        return
    _delete(scratch)
    try:
        url = neo4j.up(scratch).urls[VARIABLE]
        yield url, "a Neo4j of the demo's own, deleted when it ends"
    finally:
        _delete(scratch)


def _connected(url: str) -> AbstractContextManager[Server]:
    return connect(url, variable=VARIABLE, plugin="demo")


def _is_ours(url: str) -> bool:
    """Return whether the demo loaded all that is in a graph."""
    with _connected(url) as server:
        known = marker.read_all(server).values()
        labels = {cypher.MARKER, *(name for m in known for name in m.labels)}
        return (
            all(one.run.startswith(LABEL) for one in known)
            and {row[0] for row in server.rows(_LABELS)} <= labels
            and not any(server.value(query) for query in _OTHERS)
        )


def _delete(scratch: Path) -> None:
    if neo4j.status(scratch) is not None:
        neo4j.delete(scratch)
