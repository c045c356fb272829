"""What a load needs before it compares anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daybook.duck.session import open_session
from daybook.errors import StorageError
from daybook.neo4j import graph as graphs
from daybook.neo4j.load import context, kinds_of_day, plan
from daybook.neo4j.load.context import Context
from daybook.neo4j.model import Graph
from daybook.singer import day_file

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.neo4j.kinds import Kind
    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.marker import Marker
    from daybook.neo4j.server import Server
    from daybook.singer.received import Received

_MEMORY_BYTES = 40_000_000
"""What DuckDB may use at first (`duck.room`), enough for 1M rows with keys
of numbers; its own library takes some 70 MB beside."""


@contextmanager
def opened(received: Sequence[Received]) -> Iterator[Session]:
    """Open DuckDB, with memory for what was received.

    Raises:
        StorageError: It has no room in memory, or to spill to.
    """
    import duckdb

    files = [day_file.data_file(one) for one in received]
    try:
        with open_session(
            files, memory_bytes=_MEMORY_BYTES, threads=1
        ) as duck:
            yield duck
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StorageError(
            "DuckDB, which compares the day with the graph, gave up: "
            f"{str(error).splitlines()[0]}",
            "Make room in memory and in the temporary folder (TMPDIR), then "
            "run the same command again.",
        ) from error


def check_content(received: Sequence[Received]) -> None:
    """Check that the files are what was published.

    Raises:
        InputError: One was edited.
        StorageError: One cannot be read.
    """
    for one in received:
        day_file.check_content(one)


def context_of(
    server: Server,
    duck: Session,
    received: Sequence[Received],
    options: Options,
    known: Mapping[str, Marker],
    applied: frozenset[str],
) -> Context:
    """Return what all steps look at, the graph among it.

    Raises:
        InputError: A value or key that Neo4j cannot hold.
    """
    by_stream = {one.stream: one for one in received}
    ctx = Context(
        server, duck, options, by_stream, known, Graph((), ()), applied
    )
    ctx.graph = graphs.build(
        plan.sourced(received), options.naming, _kinds(ctx)
    )
    for node in ctx.nodes:
        kinds_of_day.check_key(duck.connection, node, ctx.scan(node.stream))
    own = {s for s in applied if s in known and known[s].is_complete}
    ctx.trusted = context.has_counted(server, known) & own
    return ctx


def _kinds(ctx: Context) -> dict[tuple[str, str], Kind]:
    """Return the kinds that the files of what is loaded ask for."""
    kinds: dict[tuple[str, str], Kind] = {}
    for one in ctx.received.values():
        if one.source in ctx.applied:
            kinds |= kinds_of_day.find(
                ctx.duck.connection,
                one.stream,
                one.table,
                ctx.scan(one.stream),
                text_for_others=ctx.options.text_for_others,
            )
    return kinds
