"""The graph's figures: nodes and relationships a second, and a reload.

Neo4j has no COPY to measure beside, so figures are rates. Users, movies
and who rated what; all in one lake day, each round into an empty graph.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import neo4j
import psycopg
from psycopg.sql import SQL, Literal

from bench.steps import DAY, Steps
from daybook.neo4j.url import parse_url
from daybook.services import neo4j as server

Figure = tuple[str, float, float | None]

_TABLES = SQL("""
    CREATE TABLE users (id integer PRIMARY KEY, name text, age smallint,
                        occupation text);
    CREATE TABLE movies (id integer PRIMARY KEY, title text, released date);
    CREATE TABLE ratings (user_id integer REFERENCES users,
                          movie_id integer REFERENCES movies,
                          rating real, rated_at timestamptz,
                          PRIMARY KEY (user_id, movie_id));
    CREATE TABLE single (id integer PRIMARY KEY);
""")
_ROWS = SQL("""
    INSERT INTO users SELECT i, 'User ' || i, i % 80, 'Job ' || i % 20
    FROM generate_series(1, {users}) AS i;
    INSERT INTO movies SELECT i, 'Movie ' || i, date '1950-01-01' + i
    FROM generate_series(1, {movies}) AS i;
    INSERT INTO ratings
    SELECT i / 10 + 1, (i::bigint * 7919 + i / 10 * 31) % {movies} + 1,
           i % 10 / 2.0, timestamptz '2024-01-01Z' + i * interval '1 s'
    FROM generate_series(0, {users} * 10 - 1) AS i
    ON CONFLICT DO NOTHING;
    INSERT INTO single VALUES (1);
""")
_EMPTY: tuple[LiteralString, ...] = (
    "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS",
    "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS",
)


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that is loaded again and again.

    Attributes:
        steps: Runs the loads.
        url: The server's.
        users: How many users; there are a tenth as many movies and ten
            times as many ratings.
    """

    steps: Steps
    url: str
    users: int

    def measure(self, rounds: int) -> dict[str, list[float]]:
        """Return the seconds of each step, of every round."""
        seconds: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for name, value in self._round().items():
                seconds[name].append(value)
        return dict(seconds)

    def _round(self) -> dict[str, float]:
        steps, nodes = self.steps, "single,ratings"
        self._empty()
        row = "users,movies,ratings"
        one = {"graph t0": steps.load_graph(self.url, row)}
        self._empty()
        one["graph nodes"] = steps.load_graph(self.url, nodes)
        one["graph reload"] = steps.load_graph(self.url, nodes)
        self._empty()
        one["graph"] = steps.load_graph(self.url, "single")
        return one

    def _empty(self) -> None:
        address = parse_url(self.url, server.VARIABLE)
        auth = (address.user, address.password)
        with (
            neo4j.GraphDatabase.driver(address.uri, auth=auth) as driver,
            driver.session(database=address.database) as session,
        ):
            for statement in _EMPTY:
                session.run(statement).consume()


def prepare(folder: Path, database: str, users: int) -> Graph:
    """Fill a database, extract it into a lake, start a server."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute(_TABLES)
        session.execute(
            _ROWS.format(users=Literal(users), movies=Literal(users // 10))
        )
    steps = Steps(folder / "lake-of-graph", folder)
    steps.extract(database, "users,movies,ratings,single", DAY)
    return Graph(steps, server.up(folder).urls[server.VARIABLE], users)


def figures(seconds: Mapping[str, list[float]], users: int) -> list[Figure]:
    """Return the rates and what a reload costs, from medians."""
    middle = {name: statistics.median(runs) for name, runs in seconds.items()}
    nodes = middle["graph nodes"] - middle["graph t0"]
    relationships = middle["graph"] - middle["graph nodes"]
    reload = middle["graph reload"] - middle["graph t0"]
    return [
        ("nodes created a second", users * 1.1 / nodes, 10_000),
        ("relationships created a second", users * 10 / relationships, 15_000),
        ("reload unchanged graph - t0, s", reload, 1.0),
    ]
