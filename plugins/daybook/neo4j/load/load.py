"""A load: the graph goes from one day to the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from daybook.duck.session import open_session
from daybook.errors import InputError
from daybook.lake.files import sha256_of, storage_errors
from daybook.neo4j import graph as graphs
from daybook.neo4j import marker as markers
from daybook.neo4j.load import (
    apply,
    changes,
    context,
    guards,
    kinds_of_day,
    lock,
    plan,
    report,
    schema,
)
from daybook.neo4j.load.context import Context
from daybook.neo4j.load.write import Writer
from daybook.neo4j.marker import COMPLETE, RUNNING, Held, Marker
from daybook.neo4j.model import Graph, Node, Relationship
from daybook.neo4j.server import connect
from daybook.singer.day_file import check_file, mended_by
from daybook.singer.log import logger

if TYPE_CHECKING:
    from daybook.duck.session import Session
    from daybook.neo4j.kinds import Kind
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.server import Server, Transaction
    from daybook.singer.received import Received

VARIABLE = "NEO4J_URL"
PLUGIN = "target-neo4j"
_MEMORY_BYTES = 40_000_000
"""DuckDB's own library takes some 70 MB beside."""

Places = frozenset[tuple[str, str, str]]


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
    with connect(url, variable=VARIABLE, plugin=PLUGIN) as server:
        if _is_there(server, graph, received, options):
            return
        sources = plan.sources(received)
        with lock.taken(server, sources, options.run) as held:
            _load(server, held, graph, received, options)


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
    counted = context.has_counted(server, [m for _, m, _ in done if m])
    for source, marker, day in done:
        mapping = plan.mapping_digest(graph, source, options)
        files = plan.files_of(received, source)
        same = plan.is_unchanged(marker, mapping, files)
        if not same or source not in counted or options.recheck:
            return False
        if marker is None or marker.day != day:
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
    _check_content([one for one in received if one.source in applied])
    files = [plan.data_file(one) for one in received]
    with open_session(files, memory_bytes=_MEMORY_BYTES, threads=1) as duck:
        ctx = _context(server, duck, received, options, known, applied)
        digests = {
            source: plan.mapping_digest(static, source, options)
            for source in sorted(applied)
        }
        _bring(ctx, held, digests)


def _check_content(received: Sequence[Received]) -> None:
    for one in received:
        with storage_errors(f"Reading {one.file.path}"):
            sha256 = sha256_of(one.file.path)
        if sha256 != one.file.sha256:
            raise InputError(
                f"{one.described}: {one.file.path} was edited or is "
                f"damaged: its sha256 is {sha256}, not {one.file.sha256}. "
                "Nothing was changed.",
                mended_by(one),
            )


def _context(
    server: Server,
    duck: Session,
    received: Sequence[Received],
    options: Options,
    known: Mapping[str, Marker],
    applied: frozenset[str],
) -> Context:
    by_stream = {one.stream: one for one in received}
    ctx = Context(
        server, duck, options, by_stream, known, Graph((), ()), applied
    )
    kinds: dict[tuple[str, str], Kind] = {}
    for one in received:
        if one.source in applied:
            kinds |= kinds_of_day.find(
                duck.connection,
                one.stream,
                one.table,
                ctx.scan(one.stream),
                text_for_others=options.text_for_others,
            )
    ctx.graph = graphs.build(plan.sourced(received), options.naming, kinds)
    for node in ctx.nodes:
        kinds_of_day.check_key(duck.connection, node, ctx.scan(node.stream))
    own = [known[s] for s in applied if s in known and known[s].is_complete]
    ctx.trusted = context.has_counted(server, own)
    return ctx


def _bring(
    ctx: Context, held: Transaction, digests: Mapping[str, str]
) -> None:
    guards.check_labels(ctx)
    gone = _gone(ctx)
    cleared = frozenset(one.place for one in gone)
    found = changes.find(ctx, cleared)
    guards.check_orphans(ctx, found)
    guards.check_deletes(ctx, found)
    complete = _complete(ctx, found, cleared, digests)
    if not gone and not any(one.size for one in found):
        _mark(ctx, complete)
    else:
        found = _write(ctx, held, found, gone, complete)
    for source in sorted(ctx.applied):
        report.say_staying(source, _staying(ctx, source, cleared))
    report.say_changes(found, sum(one.rows for one in gone))


def _gone(ctx: Context) -> list[Held]:
    """Return what was held under names or keys that are no more."""
    found: list[Held] = []
    for source in sorted(ctx.applied):
        marker = ctx.markers.get(source)
        now = {
            one.place: one
            for one in markers.held_of(ctx.graph, source, {}, {})
        }
        for held in marker.held if marker else ():
            new = now.get(held.place)
            known = held.stream in ctx.received
            if (new is None and known) or (new and _is_rekeyed(held, new)):
                found.append(held)
    labels = {one.name for one in found if one.is_node}
    return [*found, *_tied(ctx, labels, found)]


def _is_rekeyed(old: Held, new: Held) -> bool:
    return old.is_node and (old.key != new.key or old.stream != new.stream)


def _tied(ctx: Context, labels: set[str], found: list[Held]) -> list[Held]:
    """Return the relationships that go because their nodes go."""
    return [
        held
        for source in sorted(ctx.applied)
        if source in ctx.markers
        for held in ctx.markers[source].held
        if {held.start, held.end} & labels and held not in found
    ]


def _staying(ctx: Context, source: str, cleared: Places) -> list[Held]:
    """Return what is held of streams that are not loaded now."""
    marker = ctx.markers.get(source)
    return [
        one
        for one in (marker.held if marker else ())
        if one.stream not in ctx.received and one.place not in cleared
    ]


def _complete(
    ctx: Context,
    found: Sequence[Change],
    cleared: Places,
    digests: Mapping[str, str],
) -> list[Marker]:
    """Return the markers as they are to be in the end."""
    rows = {context.place(one.part): one.rows for one in found}
    orphans = {context.place(one.part): one.orphans for one in found}
    received = list(ctx.received.values())
    complete = []
    for source in sorted(ctx.applied):
        old = ctx.markers.get(source)
        staying = _staying(ctx, source, cleared)
        streams = {one.stream for one in staying}
        files = {
            stream: sha256
            for stream, sha256 in (old.files if old else {}).items()
            if stream in streams
        }
        complete.append(
            Marker(
                source=source,
                day=plan.day_of(received, source),
                state=COMPLETE,
                mapping=digests[source],
                files=files | plan.files_of(received, source),
                held=(
                    *markers.held_of(ctx.graph, source, rows, orphans),
                    *staying,
                ),
                settings=ctx.options.settings,
                run=ctx.options.run,
            )
        )
    return complete


def _mark(ctx: Context, complete: Sequence[Marker]) -> None:
    """Write the markers that say something new."""
    new = [one for one in complete if not _says_same(ctx, one)]
    if new:
        with Writer(ctx.server, ctx.options, whole=True) as writer:
            for one in new:
                writer.mark(one)


def _says_same(ctx: Context, marker: Marker) -> bool:
    old = ctx.markers.get(marker.source)
    return (
        old is not None and dataclasses.replace(old, run=marker.run) == marker
    )


def _write(
    ctx: Context,
    held: Transaction,
    found: Sequence[Change],
    gone: Sequence[Held],
    complete: Sequence[Marker],
) -> list[Change]:
    """Write all of it; return the changes with what found no end."""
    options = ctx.options
    rekeyed = bool(gone)
    size = sum(one.size for one in found) + sum(one.rows for one in gone)
    whole = (
        not rekeyed
        and size <= options.transaction_rows
        and sum(one.bytes for one in found) <= options.transaction_bytes
    )
    if not whole:
        _mark(ctx, [_running(ctx, one) for one in complete])
    if gone:
        schema.drop(ctx.server, gone)
        with Writer(ctx.server, options, whole=False) as writer:
            apply.clear(writer, gone)
    schema.ensure(ctx.server, ctx.nodes)
    with ExitStack() as stack:
        writer = stack.enter_context(Writer(ctx.server, options, whole=whole))
        done = _send(ctx, writer, found)
        lock.check(held)
        for marker in complete:
            writer.mark(_with_orphans(marker, done))
    return done


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
                guards.judge_orphans(ctx.options, change.part, lost, first)
            done.append(
                dataclasses.replace(
                    change,
                    rows=change.rows - lost,
                    created=change.created - lost,
                    orphans=change.orphans + lost,
                )
            )
    return done


def _running(ctx: Context, complete: Marker) -> Marker:
    """Return the marker of a load under way: it holds old and new."""
    old = ctx.markers.get(complete.source)
    places = {one.place for one in complete.held}
    more = [o for o in (old.held if old else ()) if o.place not in places]
    return dataclasses.replace(
        complete, state=RUNNING, files={}, held=(*complete.held, *more)
    )


def _with_orphans(marker: Marker, done: Sequence[Change]) -> Marker:
    by_place = {context.place(one.part): one for one in done}
    held = tuple(
        dataclasses.replace(
            one,
            rows=by_place[one.place].rows,
            orphans=by_place[one.place].orphans,
        )
        if one.place in by_place
        else one
        for one in marker.held
    )
    return dataclasses.replace(marker, held=held)
