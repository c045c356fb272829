"""Days in any order: the graph is always that of the day loaded last."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from neo4j_input import (
    Graph,
    Source,
    Stream,
    as_if_loaded_first,
    graph_as_rows,
    load,
    publish,
    refers,
    stored,
    stream,
)

pytestmark = pytest.mark.long
DAYS = ("2024-12-20", "2024-12-21", "2024-12-22")
KEYS = ("ab", "cd", "e`f", "", "null")


def shop(chance: random.Random) -> list[Stream]:
    """Return tables with all kinds of keys, of which each day has others."""

    def some(values: list[str], share: float = 0.7) -> list[str]:
        return [one for one in values if chance.random() < share]

    def text() -> str | None:
        return chance.choice(["x", "y", "", None, "ü🙂`"])

    def one_of(values: list[str]) -> str | None:
        return chance.choice([*values, None]) if values else None

    regions = some([str(n) for n in range(4)])
    codes = chance.sample("pqrstuv", len(regions))
    people = some([str(n) for n in range(8)])
    bosses = {one: one_of(people) for one in people}
    things = some(list(KEYS), 0.8)
    orders = some([f"{a} {b}" for a in range(3) for b in range(3)])
    lines = some([f"{o}|{t}" for o in orders for t in things], 0.5)
    return [
        stream(
            "regions",
            "id code:text name:text",
            [(r, c, text()) for r, c in zip(regions, codes, strict=True)],
        ),
        stream(
            "people",
            "id name:text boss region region_code:text",
            [
                (p, text(), bosses[p], one_of(regions), one_of(codes))
                for p in people
            ],
            "id",
            refers("boss", "people"),
            refers("region", "regions"),
            refers("region_code", "regions", "code"),
        ),
        stream(
            "things",
            "name:text size:real",
            [
                (t, chance.choice(["1", "0", "-0", "NaN", None]))
                for t in things
            ],
            "name",
        ),
        stream(
            "orders",
            "shop number at:timestamp_with_time_zone person",
            [
                (
                    *o.split(),
                    chance.choice(["2024-12-20 00:00:00+00", None]),
                    one_of(people),
                )
                for o in orders
            ],
            "number shop",
            refers("person", "people"),
        ),
        stream(
            "lines",
            "number shop thing:text amount note:text",
            [
                (
                    *reversed(line.split("|")[0].split()),
                    line.split("|")[1],
                    chance.choice("12"),
                    text(),
                )
                for line in lines
            ],
            "shop number thing",
            refers("shop number", "orders", "shop number"),
            refers("thing", "things", "name"),
        ),
    ]


@pytest.fixture(scope="module")
def expected(
    neo4j_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], tuple[Path, dict[str, Source], dict[str, Graph]]]:
    """Publish days and load each into an empty graph."""

    def make(
        seed: int,
    ) -> tuple[Path, dict[str, Source], dict[str, Graph]]:
        chance = random.Random(seed)
        lake = tmp_path_factory.mktemp("lake")
        published = {day: publish(lake, day, *shop(chance)) for day in DAYS}
        graphs = {
            day: as_if_loaded_first(neo4j_url, one)
            for day, one in published.items()
        }
        return lake, published, graphs

    return make


@pytest.mark.parametrize("seed", range(2))
def test_days_in_any_order_give_the_graph_of_the_last(
    seed: int,
    graph_url: str,
    expected: Callable[
        [int], tuple[Path, dict[str, Source], dict[str, Graph]]
    ],
) -> None:
    lake, published, graphs = expected(seed)
    chance = random.Random(seed)
    order = [chance.choice(DAYS) for _ in range(5)]
    for number, day in enumerate(order):
        load(
            graph_url,
            published[day],
            lake=chance.choice([lake, None]),
            transaction_rows=chance.choice([10, 50_000]),
            allow_older_day=True,
        )
        assert graph_as_rows(graph_url) == graphs[day], order[: number + 1]
        before = stored(graph_url)
        load(graph_url, published[day], run="again")
        assert stored(graph_url) == before
