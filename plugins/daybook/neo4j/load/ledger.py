"""What the markers hold before, while and after a load. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from daybook.neo4j import marker as markers
from daybook.neo4j.load import context, plan
from daybook.neo4j.marker import COMPLETE, RUNNING, Held, Marker

if TYPE_CHECKING:
    from daybook.neo4j.load.changes import Change
    from daybook.neo4j.load.context import Context

Places = frozenset[tuple[str, str, str]]


def gone(ctx: Context) -> list[Held]:
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


def staying(ctx: Context, source: str, cleared: Places) -> list[Held]:
    """Return what is held of streams that are not loaded now."""
    marker = ctx.markers.get(source)
    return [
        one
        for one in (marker.held if marker else ())
        if one.stream not in ctx.received and one.place not in cleared
    ]


def complete(
    ctx: Context,
    found: Iterable[Change],
    cleared: Places,
    digests: Mapping[str, str],
) -> list[Marker]:
    """Return the markers as they are to be in the end."""
    by_place = {context.place(one.part): one for one in found}
    rows = {place: one.rows for place, one in by_place.items()}
    orphans = {place: one.orphans for place, one in by_place.items()}
    received = list(ctx.received.values())
    made = []
    for source in sorted(ctx.applied):
        old = ctx.markers.get(source)
        kept = staying(ctx, source, cleared)
        made.append(
            Marker(
                source=source,
                day=plan.day_of(received, source),
                state=COMPLETE,
                mapping=digests[source],
                files=_files(ctx, old, kept) | plan.files_of(received, source),
                held=(
                    *markers.held_of(ctx.graph, source, rows, orphans),
                    *kept,
                ),
                settings=ctx.options.settings,
                run=ctx.options.run,
                personal=_personal(ctx, old, kept, source),
            )
        )
    return made


def _personal(
    ctx: Context, old: Marker | None, kept: Iterable[Held], source: str
) -> dict[str, Mapping[str, Any]]:
    """Return what was said about columns, of what stays too."""
    streams = {one.stream for one in kept}
    before = old.personal if old else {}
    return {
        **{name: said for name, said in before.items() if name in streams},
        **plan.personal_of(ctx.received.values(), source),
    }


def _files(
    ctx: Context, old: Marker | None, kept: Iterable[Held]
) -> dict[str, str]:
    """Return the files of what stays, and stays as it was."""
    streams = {one.stream for one in kept}
    return {
        name: sha256
        for name, sha256 in (_fresh(ctx, old) if old else {}).items()
        if name in streams
    }


def _fresh(ctx: Context, marker: Marker) -> dict[str, str]:
    """Return the files whose relationships are where they should be."""
    return {
        name: sha256
        for name, sha256 in marker.files.items()
        if (marker.source, name) not in ctx.stale
    }


def running(ctx: Context, marker: Marker, cleared: Sequence[Held]) -> Marker:
    """Return the marker of a load under way: it holds old and new.

    `marker` is the one of its end. What is `cleared` stays in it as it
    was, and old properties stay with the new ones: whoever finishes the
    load must know them.
    """
    old = ctx.markers.get(marker.source)
    before = old.held if old else ()
    places = {one.place for one in marker.held}
    more = [o for o in before if o.place not in places or o in cleared]
    return dataclasses.replace(
        marker,
        state=RUNNING,
        files={},
        held=(*(_with_old(one, before) for one in marker.held), *more),
    )


def others(ctx: Context) -> list[Marker]:
    """Return other sources' markers, where the load takes from them.

    Labels may be taken over; relationships may have become stale.
    """
    taken = {node.label: node.source for node in ctx.nodes}
    found = []
    for source, marker in sorted(ctx.markers.items()):
        streams = {
            one.stream
            for one in marker.held
            if one.is_node and taken.get(one.name, source) != source
        }
        is_stale = source not in ctx.applied and source in dict(ctx.stale)
        if streams or is_stale:
            held = tuple(o for o in marker.held if o.stream not in streams)
            files = _fresh(ctx, marker)
            found.append(dataclasses.replace(marker, held=held, files=files))
    return found


def news(ctx: Context, made: Iterable[Marker]) -> list[Marker]:
    """Return the markers that say something new."""
    return [one for one in made if not _says_same(ctx, one)]


def _is_rekeyed(old: Held, new: Held) -> bool:
    if not old.is_node:
        return False
    return old.stream != new.stream or _key(old) != _key(new)


def _key(held: Held) -> list[tuple[str, str]]:
    kinds = dict(held.properties)
    return [(name, kinds.get(name, "")) for name in held.key]


def _tied(ctx: Context, labels: set[str], found: list[Held]) -> list[Held]:
    """Return the relationships that go because their nodes go."""
    return [
        held
        for source in sorted(ctx.applied)
        if source in ctx.markers
        for held in ctx.markers[source].held
        if {held.start, held.end} & labels and held not in found
    ]


def _with_old(new: Held, before: Iterable[Held]) -> Held:
    names = {name for name, _ in new.properties}
    more = [
        pair
        for old in before
        if old.place == new.place
        for pair in old.properties
        if pair[0] not in names
    ]
    return dataclasses.replace(new, properties=(*new.properties, *more))


def _says_same(ctx: Context, marker: Marker) -> bool:
    old = ctx.markers.get(marker.source)
    return (
        old is not None and dataclasses.replace(old, run=marker.run) == marker
    )
