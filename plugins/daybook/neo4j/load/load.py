"""A load: the graph goes from one day to the next."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.duck import room
from daybook.duck.session import MEMORY_BYTES
from daybook.errors import BusyError
from daybook.neo4j import graph as graphs
from daybook.neo4j import marker as markers
from daybook.neo4j.failures import is_deadlock
from daybook.neo4j.load import (
    apply,
    changes,
    context,
    guards,
    ledger,
    lock,
    plan,
    prepare,
    referrers,
    report,
    schema,
)
from daybook.neo4j.load.context import Context
from daybook.neo4j.load.write import Writer
from daybook.neo4j.model import Graph, Node, Relationship
from daybook.neo4j.server import connect
from daybook.singer.day_file import check_file
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.marker import Held, Marker
    from daybook.neo4j.server import Server, Transaction
    from daybook.singer.received import Received

VARIABLE = "NEO4J_URL"
PLUGIN = "target-neo4j"
_ATTEMPTS = 5
"""Loads of sources that are tied to each other can deadlock."""


def load_all(url: str, received: Sequence[Received], options: Options) -> None:
    """Bring the graph to the day, in one transaction if it is small.

    Raises:
        DaybookError: Nothing was changed, or what was begun will be
            finished by the next run; the message says which.
    """
    if not received:
        logger.info("There is no table to load.")
        return
    for one in received:
        check_file(one)
    graph = graphs.build(plan.sourced(received), options.naming)
    for warning in graph.warnings:
        logger.warning("%s", warning)
    for attempt in range(_ATTEMPTS):
        try:
            _load_once(url, graph, received, options)
        except BusyError as error:
            if not is_deadlock(error) or attempt == _ATTEMPTS - 1:
                raise
        else:
            return
        logger.info("In each other's way with another load: trying again.")
        time.sleep(random.uniform(0.1, 1.0))  # noqa: S311 - no secret


def _load_once(
    url: str, graph: Graph, received: Sequence[Received], options: Options
) -> None:
    """Load; what another attempt has begun is finished."""
    with connect(url, variable=VARIABLE, plugin=PLUGIN) as server:
        if _is_there(server, graph, received, options):
            return
        while True:
            sources = _locked(server, graph, received, options)
            with lock.taken(server, sources, options.run) as held:
                if _locked(server, graph, received, options) == sources:
                    _load(server, held, graph, received, options)
                    return


def _locked(
    server: Server,
    graph: Graph,
    received: Sequence[Received],
    options: Options,
) -> list[str]:
    """Return the sources whose markers may change."""
    known = markers.read_all(server)
    others = known if options.adopt else referrers.sources(known, graph.nodes)
    return sorted({*plan.sources(received), *others})


def _is_there(
    server: Server,
    graph: Graph,
    received: Sequence[Received],
    options: Options,
) -> bool:
    """Return whether the markers show all of it, and say so."""
    known = markers.read_all(server)
    done = [
        (source, known.get(source), plan.day_of(received, source))
        for source in plan.sources(received)
    ]
    counted = context.has_counted(server, known)
    for source, marker, day in done:
        mapping = plan.mapping_digest(graph, source, options)
        files = plan.files_of(received, source)
        same = plan.is_unchanged(marker, mapping, files)
        if not same or source not in counted or options.recheck:
            return False
        if marker is None or marker.day != day:
            return False
        said = plan.personal_of(received, source)
        if any(marker.personal.get(s) != one for s, one in said.items()):
            return False
    for source, _, day in done:
        report.say_unchanged(source, day)
    return True


def _load(
    server: Server,
    held: Transaction,
    static: Graph,
    received: Sequence[Received],
    options: Options,
) -> None:
    known = markers.read_all(server)
    over = guards.superseded(received, known, options)
    guards.say_superseded(over, received, known)
    applied = frozenset(plan.sources(received)) - over
    if not applied:
        return
    prepare.check_content([o for o in received if o.source in applied])
    with prepare.opened(received) as duck:
        ctx = prepare.context_of(
            server, duck, received, options, known, applied
        )
        digests = {
            source: plan.mapping_digest(static, source, options)
            for source in sorted(applied)
        }
        _bring(ctx, held, digests)


def _bring(
    ctx: Context, held: Transaction, digests: Mapping[str, str]
) -> None:
    guards.check_labels(ctx)
    gone = ledger.gone(ctx)
    cleared = frozenset(one.place for one in gone)
    found = changes.find(ctx, cleared)
    guards.check_orphans(ctx, found)
    guards.check_deletes(ctx, found, gone)
    ctx.stale = referrers.stale(ctx, cleared)
    complete = ledger.complete(ctx, found, cleared, digests)
    if not gone and not any(one.size for one in found):
        _mark(ctx, [*complete, *ledger.others(ctx)])
    else:
        found = _write(ctx, held, found, gone, digests)
    for source in sorted(ctx.applied):
        report.say_staying(source, ledger.staying(ctx, source, cleared))
    report.say_changes(found, sum(one.rows for one in gone))


def _mark(ctx: Context, complete: Sequence[Marker]) -> None:
    """Write the markers that say something new."""
    new = ledger.news(ctx, complete)
    if new:
        with Writer(ctx.server, ctx.options, whole=True) as writer:
            for one in new:
                writer.mark(one)


def _write(
    ctx: Context,
    held: Transaction,
    found: Sequence[Change],
    gone: Sequence[Held],
    digests: Mapping[str, str],
) -> list[Change]:
    """Write all of it; return the changes with what found no end."""
    # Rows are sent while they are read, which cannot begin again.
    room.widen(ctx.duck.connection, MEMORY_BYTES)
    cleared = frozenset(one.place for one in gone)
    others = ledger.others(ctx)
    whole = _is_whole(ctx.options, found, gone)
    if not whole:
        complete = ledger.complete(ctx, found, cleared, digests)
        running = [ledger.running(ctx, one, gone) for one in complete]
        _mark(ctx, [*running, *others])
    if gone:
        schema.drop(ctx.server, gone)
        with Writer(ctx.server, ctx.options, whole=False) as writer:
            apply.clear(ctx, writer, gone)
    schema.ensure(ctx.server, ctx.nodes)
    with Writer(ctx.server, ctx.options, whole=whole) as writer:
        done = _send(ctx, writer, found)
        lock.check(held)
        complete = ledger.complete(ctx, done, cleared, digests)
        new = [*complete, *others]
        for marker in ledger.news(ctx, new) if whole else new:
            writer.mark(marker)
    return done


def _is_whole(
    options: Options, found: Sequence[Change], gone: Sequence[Held]
) -> bool:
    """Return whether all of it can be one transaction."""
    return (
        not gone
        and sum(one.size for one in found) <= options.transaction_rows
        and sum(one.bytes for one in found) <= options.transaction_bytes
        and sum(one.values for one in found) <= plan.TRANSACTION_VALUES
    )


def _send(
    ctx: Context, writer: Writer, found: Sequence[Change]
) -> list[Change]:
    apply.delete(ctx, writer, found)
    done = []
    for change in found:
        if isinstance(change.part, Node):
            apply.put_nodes(ctx, writer, change, change.part)
            done.append(change)
    for change in found:
        if isinstance(change.part, Relationship):
            lost, first = apply.put_relationships(
                ctx, writer, change, change.part
            )
            if lost:
                guards.judge_orphans(ctx, change.part, lost, first)
            done.append(
                dataclasses.replace(
                    change,
                    rows=change.rows - lost,
                    created=change.created - lost,
                    orphans=change.orphans + lost,
                )
            )
    return done
