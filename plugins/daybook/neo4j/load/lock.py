"""Keeps a second load of the same sources out, for a whole run.

A node that a second session has written and not committed blocks whoever
writes the same one; the server frees it when the session ends, however
that comes. It is never committed, so it leaves nothing behind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daybook.neo4j import cypher
from daybook.neo4j.load import schema
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.neo4j.server import Server, Transaction

_PATIENCE_SECONDS = 1.0


@contextmanager
def taken(
    server: Server, sources: Sequence[str], run: str
) -> Iterator[Transaction]:
    """Hold the locks of `sources`, in their order; wait for them.

    Gives the transaction that holds them: as long as it answers, they
    are held.
    """
    schema.ensure_own(server)
    waiting = threading.Timer(
        _PATIENCE_SECONDS,
        logger.warning,
        ("Waiting for another load of %s to end.", " and ".join(sources)),
    )
    waiting.daemon = True
    with server.other_session() as other, other.scratch() as transaction:
        waiting.start()
        try:
            for source in sources:
                transaction.run(cypher.TAKE_LOCK, source=source, run=run)
        finally:
            waiting.cancel()
        yield transaction


def check(transaction: Transaction) -> None:
    """Check that the locks are still held: the server may have ended them.

    Raises:
        neo4j.exceptions.Neo4jError: They are not.
    """
    transaction.run("RETURN 1")
