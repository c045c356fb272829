"""Builds what target-postgres receives: files, and messages about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daybook import dialect
from daybook.day import Day
from daybook.personal import Personal
from daybook.postgres.load.load import load_all
from daybook.postgres.load.plan import plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules
from daybook.singer.handover import HandedFile
from daybook.singer.receipt import Receipt
from daybook.singer.received import Received
from daybook.singer.schema import Origin, to_singer
from daybook.table import Column, ForeignKey, Table

Rows = Iterable[Sequence[str | None]]


@dataclass(frozen=True)
class Stream:
    """A table and its rows, as text; None is NULL."""

    name: str
    types: Mapping[str, str]
    rows: Rows
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    schema: str = "public"
    personal: Mapping[str, str] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The table's definition."""
        columns = tuple(
            Column(
                name,
                sql_type,
                name not in self.key,
                personal=Personal(self.personal[name])
                if name in self.personal
                else None,
            )
            for name, sql_type in self.types.items()
        )
        return Table(
            self.schema, self.name, columns, self.key, self.foreign_keys
        )


@dataclass
class Source:
    """A source on one day; its files lie in `folder`."""

    folder: Path
    source: str = "shop"
    day: str = "2024-12-20"
    streams: list[tuple[Stream, HandedFile]] = field(default_factory=list)

    def add(self, stream: Stream) -> HandedFile:
        """Write the stream's file."""
        data = [dialect.encode_row(list(stream.types))]
        data += [dialect.encode_row(row) for row in stream.rows]
        folder = self.folder / f"{self.source}-{self.day}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{len(self.streams)}.csv"
        path.write_bytes(b"".join(data))
        handed = HandedFile(
            path,
            len(data) - 1,
            hashlib.sha256(b"".join(data)).hexdigest(),
            max(map(len, data)),
        )
        self.streams.append((stream, handed))
        return handed

    @property
    def origin(self) -> Origin:
        """The lake day that the streams come from."""
        return Origin(self.source, Day.parse(self.day))

    def received(self) -> list[Received]:
        """Return what the target's base class hands on."""
        return [
            Received(stream.table.stream, stream.table, self.origin, file)
            for stream, file in self.streams
        ]

    def messages(self, *, receipt: bool = True) -> str:
        """Return the messages that tap-csv would send."""
        lines: list[dict[str, Any]] = []
        for stream, file in self.streams:
            lines += [
                {
                    "type": "SCHEMA",
                    "stream": stream.table.stream,
                    "schema": to_singer(stream.table, self.origin),
                    "key_properties": list(stream.key),
                },
                {
                    "type": "BATCH",
                    "stream": stream.table.stream,
                    "encoding": {"format": "csv"},
                    "manifest": [file.to_url()],
                },
            ]
        if receipt:
            counts = {s.table.stream: f.rows for s, f in self.streams}
            value = Receipt("tap-csv", "", counts).to_state()
            lines.append({"type": "STATE", "value": value})
        return "".join(json.dumps(line) + "\n" for line in lines)


def load(url: str, *sources: Source, **settings: Any) -> None:
    """Load the sources' days in this process, as the target would."""
    strategy = settings.pop("strategy", None)
    settings.setdefault("schema", "public")
    received = [one for source in sources for one in source.received()]
    loads = plan(received, parse_rules(strategy), settings["schema"])
    load_all(url, loads, Options(**settings))


def source(
    folder: Path, day: str, *streams: Stream, name: str = "shop"
) -> Source:
    """Return a source's day with these streams."""
    made = Source(folder, name, day)
    for stream in streams:
        made.add(stream)
    return made


def orders(folder: Path, day: str, *rows: tuple[str, ...]) -> Source:
    """Return a day of a small table."""
    types = {"id": "integer", "name": "text"}
    return source(folder, day, Stream("orders", types, rows, ("id",)))


def hub(*records: dict[str, Any]) -> str:
    """Return what a tap from the Hub sends of `orders`: no receipt."""
    properties = {
        "id": {"type": "integer"},
        "name": {"type": ["string", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "tags": {"type": ["array", "null"]},
    }
    first = {
        "type": "SCHEMA",
        "stream": "orders",
        "schema": {"type": "object", "properties": properties},
        "key_properties": ["id"],
    }
    messages = [first] + [
        {"type": "RECORD", "stream": "orders", "record": record}
        for record in records
    ]
    messages.append({"type": "STATE", "value": {"bookmarks": {}}})
    return "".join(json.dumps(message) + "\n" for message in messages)
