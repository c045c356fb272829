"""Erases people from the graph; what broke off is ended by the next try.

A transaction of Neo4j lies in the server's memory, so there are several.
Before the first the marker forgets the files of what is changed: from then
on loads compare with the graph itself, whatever it holds by then.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from daybook.erasure.found import Found
from daybook.neo4j import erase_places, erase_rows
from daybook.neo4j import marker as markers
from daybook.neo4j.load import lock
from daybook.neo4j.load.load import VARIABLE
from daybook.neo4j.server import connect

if TYPE_CHECKING:
    from daybook.erasure import rows
    from daybook.erasure.found import Declared
    from daybook.erasure.subjects import Subjects
    from daybook.neo4j.erase_places import Place
    from daybook.neo4j.server import Server

_PLUGIN = "erase"
_ERASED = "erased"
"""Stands in a marker for the hash of a file that people were erased from:
with that hash and the file as it is now, what they were could be guessed."""


def search(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Return what `erase` would change; nothing is.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there or refuses.
    """
    with connect(url, variable=VARIABLE, plugin=_PLUGIN) as server:
        found = [
            Found(_where(place), _count(server, place, people))
            for place in _places(server, declared)
        ]
    return [one for one in found if one.rows]


def erase(url: str, declared: Declared, people: Subjects) -> list[Found]:
    """Erase people from all nodes and relationships.

    Raises:
        ConfigError: `url` is no connection URL.
        InputError: Two nodes would have one key.
        UnreachableError: The server is not there or refuses.
    """
    with connect(url, variable=VARIABLE, plugin=_PLUGIN) as server:
        sources = sorted({o.source for o in _places(server, declared)})
        if not sources:
            return []
        with lock.taken(server, sources, _PLUGIN):
            found = [
                Found(_where(place), _erase(server, place, people))
                for place in _places(server, declared)
                if place.source in sources
            ]
    return [one for one in found if one.rows]


def records(url: str, declared: Declared) -> Iterator[list[rows.Value]]:
    """Yield the personal values of every node and relationship.

    Raises:
        ConfigError: `url` is no connection URL.
        UnreachableError: The server is not there or refuses.
    """
    with connect(url, variable=VARIABLE, plugin=_PLUGIN) as server:
        for place in _places(server, declared):
            yield from erase_rows.records(server, place)


def _places(server: Server, declared: Declared) -> list[Place]:
    return erase_places.find(markers.read_all(server).values(), declared)


def _count(server: Server, place: Place, people: Subjects) -> int:
    found = erase_rows.found(server, place, people)
    return sum(len(some.ids) for some in found)


def _erase(server: Server, place: Place, people: Subjects) -> int:
    import duckdb

    total = 0
    with duckdb.connect(config={"threads": 1}) as duck:
        for some in erase_rows.found(server, place, people):
            if not total:
                _forget_file(server, place)
            erase_rows.write(server, duck, place, some)
            total += len(some.ids)
    return total


def _forget_file(server: Server, place: Place) -> None:
    marker = markers.read_all(server)[place.source]
    stream = place.held.stream
    if marker.files.get(stream, _ERASED) != _ERASED:
        files = {**marker.files, stream: _ERASED}
        with server.transaction() as transaction:
            fresh = dataclasses.replace(marker, files=files)
            markers.write(transaction, fresh)


def _where(place: Place) -> str:
    return f"graph: {place}"
