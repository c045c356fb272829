"""Finds people's nodes and relationships, and writes them anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daybook.erasure.rows import RowEraser, RowReader
from daybook.neo4j import cypher_erase, erase_places, erase_texts

if TYPE_CHECKING:
    import duckdb

    from daybook.erasure import rows
    from daybook.erasure.subjects import Subjects
    from daybook.neo4j.erase_places import Place, Value
    from daybook.neo4j.server import Server

_PER_PART = 200_000
_DOCUMENTS_PER_PART = 20_000
"""The server collects a part in its memory before it sends any of it."""

_PER_LIST = 10_000
_AT_ONCE = 1_000

Texts = list[str | None]


@dataclass(frozen=True, slots=True)
class Changed:
    """Nodes or relationships, and what is to become of them.

    Attributes:
        ids: Their element ids.
        hashes: Of their rows, as they are.
        before: Their properties as the lake's texts.
        after: Likewise, as they are to be.
    """

    ids: list[str]
    hashes: list[int | None]
    before: list[Texts]
    after: list[Texts]


def records(server: Server, place: Place) -> Iterator[list[rows.Value]]:
    """Yield the personal values of all that have some."""
    reader = RowReader(erase_places.table(place.personal))
    for _, texts in _all(server, place, place.personal):
        found = reader.values(texts)
        if found:
            yield found


def found(server: Server, place: Place, people: Subjects) -> Iterator[Changed]:
    """Yield what is people's and changes, some at a time."""
    ids: list[str] = []
    eraser = RowEraser(erase_places.table(place.naming), people)
    for id_, texts in _all(server, place, place.naming):
        if eraser.concerns_them(texts):
            ids.append(id_)
    for first in range(0, len(ids), _AT_ONCE):
        changed = _changed(
            server, place, people, ids[first : first + _AT_ONCE]
        )
        if changed.ids:
            yield changed


def write(
    server: Server,
    duck: duckdb.DuckDBPyConnection,
    place: Place,
    changed: Changed,
) -> None:
    """Write new values and hashes, in a transaction of their own."""
    hashes = erase_texts.hashes(
        duck, place, changed.before, changed.after, changed.hashes
    )
    places = [at for at, one in enumerate(place.properties) if one.changes]
    values = [place.properties[at] for at in places]
    fresh = [
        [
            id_,
            *(
                erase_texts.sent(place.properties[at].kind, texts[at])
                for at in places
            ),
            hash_,
        ]
        for id_, texts, hash_ in zip(
            changed.ids, changed.after, hashes, strict=True
        )
    ]
    with server.transaction() as transaction:
        transaction.run(cypher_erase.write(place.held, values), rows=fresh)


def _all(
    server: Server, place: Place, values: Sequence[Value]
) -> Iterator[tuple[str, Texts]]:
    """Yield the element id and values of each."""
    number = int(server.value(cypher_erase.count(place.held)))
    documents = any(one.personal and one.personal.fields for one in values)
    size = _DOCUMENTS_PER_PART if documents else _PER_PART
    parts = number // size + 1
    lists = number // parts // _PER_LIST + 1
    query = cypher_erase.read(place.held, values)
    for part in range(parts):
        for _, some in server.rows(query, parts=parts, part=part, lists=lists):
            for id_, *row in some:
                yield id_, _texts(values, row)


def _changed(
    server: Server, place: Place, people: Subjects, ids: list[str]
) -> Changed:
    eraser = RowEraser(erase_places.table(place.values), people)
    width = len(place.properties)
    changed = Changed([], [], [], [])
    query = cypher_erase.read_some(place.held, place.values)
    for id_, row, hash_ in server.rows(query, ids=ids):
        before = _texts(place.values, row)
        after = eraser.erased(before)
        if after and after[:width] != before[:width]:
            changed.ids.append(id_)
            changed.hashes.append(hash_)
            changed.before.append(before[:width])
            changed.after.append(after[:width])
    return changed


def _texts(values: Sequence[Value], row: Sequence[Any]) -> Texts:
    pairs = zip(values, row, strict=True)
    return [erase_texts.text(one, value) for one, value in pairs]
