"""Loads days into a graph, and says what the graph then is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import neo4j
import pytest
from singer_input import Rows, Source, Stream, source

import days
import harness
from daybook.lake import partition
from daybook.neo4j.load.load import load_all
from daybook.neo4j.load.plan import Options
from daybook.neo4j.mapping_settings import parse
from daybook.neo4j.marker import MAPPING_SETTINGS
from daybook.neo4j.model import ROW_HASH
from daybook.neo4j.url import parse_url
from daybook.singer.handover import HandedFile
from daybook.table import ForeignKey

DAY, NEXT, LAST = "2024-12-20", "2024-12-21", "2024-12-22"

Graph = list[str]


def refers(
    columns: str, table: str, references: str = "id", **more: str
) -> ForeignKey:
    """Return a foreign key; several columns have blanks between."""
    return ForeignKey(
        name="",
        columns=tuple(columns.split()),
        schema=more.get("schema", "public"),
        table=table,
        references=tuple(references.split()),
        source=more.get("source", ""),
    )


def stream(
    name: str,
    columns: str,
    rows: Rows,
    key: str = "id",
    *keys: ForeignKey,
) -> Stream:
    """Return a table; a column is `name` or `name:type`."""
    pairs = [each.partition(":") for each in columns.split()]
    types = {n: (t or "integer").replace("_", " ") for n, _, t in pairs}
    return Stream(name, types, list(rows), tuple(key.split()), keys)


def publish(
    lake: Path, day: str, *streams: Stream, name: str = "shop"
) -> Source:
    """Publish a day in the lake; return it as tap-csv would hand it on."""
    tables = [(one.table, one.rows) for one in streams]
    manifest = days.publish_day(lake, name, day, tables)
    folder = partition.folder(lake, manifest.source, manifest.day)
    made = Source(lake, name, day)
    for one in streams:
        file = manifest.file(one.table.stream)
        assert file
        handed = HandedFile(
            folder / file.path, file.rows, file.sha256, file.longest_line
        )
        made.streams.append((one, handed))
    return made


def load(url: str, *sources: Source, **settings: Any) -> None:
    """Load the sources' days in this process, as the target would."""
    known = {one.name for one in dataclasses.fields(Options)}
    options = {n: v for n, v in settings.items() if n in known}
    mapping = {n: v for n, v in settings.items() if n in MAPPING_SETTINGS}
    received = [one for source in sources for one in source.received()]
    options |= {"naming": parse(mapping), "settings": mapping}
    load_all(url, received, Options(**options))


def graph_as_rows(url: str) -> Graph:
    """Return all nodes and relationships, as values that compare.

    What Daybook keeps for itself is left out.
    """
    nodes = [
        _node(*row)
        for row in _asked(url, "MATCH (n) RETURN labels(n), properties(n)")
        if not row[0][0].startswith("Daybook")
    ]
    relationships = [
        f"{_node(*row[1:3])}-[:{row[0]} {_shown(row[5])}]->{_node(*row[3:5])}"
        for row in _asked(
            url,
            "MATCH (a)-[r]->(b) RETURN type(r), labels(a), properties(a),"
            " labels(b), properties(b), properties(r)",
        )
    ]
    return [*sorted(nodes), *sorted(relationships)]


def as_if_loaded_first(url: str, *sources: Source, **settings: Any) -> Graph:
    """Return what loading the days into an empty graph gives."""
    harness.empty_graph(url)
    load(url, *sources, **settings)
    return graph_as_rows(url)


def stored(url: str) -> list[str]:
    """Return all there is, identities, hashes and markers included."""
    nodes = _asked(
        url,
        "MATCH (n) RETURN elementId(n), labels(n), properties(n) ORDER BY 1",
    )
    relationships = _asked(
        url, "MATCH ()-[r]->() RETURN elementId(r), properties(r) ORDER BY 1"
    )
    return [repr(one) for one in (*nodes, *relationships)]


def marker(url: str, source: str = "shop") -> Mapping[str, Any]:
    """Return the properties of a source's marker."""
    (row,) = harness.cypher(
        url,
        "MATCH (m:DaybookLoad {source: $source}) RETURN properties(m) AS m",
        source=source,
    )
    found: Mapping[str, Any] = row["m"]
    return found


def labels(url: str) -> dict[str, int]:
    """Return how many nodes each label has, Daybook's own left out."""
    rows = harness.cypher(
        url, "MATCH (n) RETURN labels(n)[0] AS label, count(*) AS number"
    )
    return {
        row["label"]: row["number"]
        for row in rows
        if not row["label"].startswith("Daybook")
    }


def drawn(url: str) -> list[str]:
    """Return the relationships, as `(:A {1})-[:T]->(:B {2})`, by id."""
    rows = harness.cypher(
        url,
        "MATCH (a)-[r]->(b) RETURN labels(a)[0] + ' ' + a.id + ' ' + type(r)"
        " + ' ' + labels(b)[0] + ' ' + b.id AS text ORDER BY text",
    )
    return [row["text"] for row in rows]


class Written:
    """Counts what loads write, over all transactions of this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look at every result's counters from now on."""
        self.counts: dict[str, int] = {}
        run = neo4j.Transaction.run

        def counted(
            transaction: neo4j.Transaction, query: Any, *rest: Any
        ) -> Any:
            result = run(transaction, query, *rest)
            if "DaybookL" in query:
                return result
            rows = list(result)
            for name, number in vars(result.consume().counters).items():
                if isinstance(number, int) and not name.startswith("_"):
                    self.counts[name] = self.counts.get(name, 0) + number
            return rows

        monkeypatch.setattr(neo4j.Transaction, "run", counted)


def _node(labels: Sequence[str], properties: Mapping[str, Any]) -> str:
    return f"(:{':'.join(sorted(labels))} {_shown(properties)})"


def _shown(properties: Mapping[str, Any]) -> str:
    kept = {k: v for k, v in properties.items() if k != ROW_HASH}
    return repr(sorted(kept.items()))  # 1 is not 1.0, 0.0 is not -0.0


def _asked(url: str, query: str) -> Iterable[list[Any]]:
    address = parse_url(url, "NEO4J_URL")
    with (
        neo4j.GraphDatabase.driver(
            address.uri, auth=(address.user, address.password)
        ) as driver,
        driver.session(database=address.database) as session,
    ):
        found = session.run(query)  # type: ignore[arg-type]
        return [list(record) for record in found]


__all__ = ["Source", "Stream", "source"]


def shop(version: str, rows: int = 1_000) -> list[Stream]:
    """Return users and what they follow; versions differ in many rows."""
    shift = 0 if version == "a" else rows // 10
    ids = [str(n) for n in range(shift, rows + shift)]
    users = [
        (n, version if int(n) % 3 == 0 else "same", ids[int(n) % 7])
        for n in ids
    ]
    step = 1 if version == "a" else 2
    pairs = {(n, str((int(n) + k * step) % rows)) for n in ids for k in (1, 3)}
    follows = [
        (a, b, version if int(a) % 5 == 0 else None)
        for a, b in sorted(pairs)
        if b in set(ids)
    ]
    return [
        stream(
            "users", "id name:text boss", users, "id",
            refers("boss", "users"),
        ),
        stream(
            "follows", "a b since:text", follows, "a b",
            refers("a", "users"), refers("b", "users"),
        ),
    ]  # fmt: skip


def small(lake: Path, day: str, *ids: str, name: str = "shop") -> Source:
    table = stream(f"{name}_things", "id note:text", [(i, "x") for i in ids])
    return publish(lake, day, table, name=name)
