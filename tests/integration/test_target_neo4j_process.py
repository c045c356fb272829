"""target-neo4j as a process: pipes, kills, locks, wrong settings."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import neo4j
import pytest
from neo4j_input import (
    DAY,
    NEXT,
    Source,
    as_if_loaded_first,
    graph_as_rows,
    labels,
    load,
    marker,
    publish,
    refers,
    shop,
    small,
    stored,
    stream,
)

import harness
from daybook.neo4j.url import parse_url


def run(url: str, day: Source, **settings: Any) -> harness.Result:
    config = {"url": url, "lake": str(day.folder), **settings}
    return harness.run_target("target-neo4j", config, day.messages())


def test_a_pipe_loads_the_lakes_day(graph_url: str, lake: Path) -> None:
    day = publish(lake, DAY, *shop("a", 50))
    for outcome in ("loaded", "unchanged"):
        tap, target = harness.pipe(
            "tap-csv",
            {"lake": str(lake), "sources": "shop", "day": DAY},
            "target-neo4j",
            {"url": graph_url, "lake": str(lake)},
            {"LOGLEVEL": "debug"},
        )
        assert (tap.returncode, target.returncode) == (0, 0), target.stderr
        assert outcome in target.stderr
        assert target.stdout == ""
        secret = parse_url(graph_url, "NEO4J_URL").password
        assert secret not in target.stderr + tap.stderr
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, day)


@pytest.mark.parametrize("day", [DAY, NEXT])
def test_without_a_receipt_nothing_changes(
    graph_url: str, lake: Path, day: str
) -> None:
    load(graph_url, small(lake, DAY, "1"))
    before = stored(graph_url)
    text = small(lake, day, "1", "2").messages(receipt=False)
    result = harness.run_target("target-neo4j", {"url": graph_url}, text)
    assert result.returncode == 1
    assert "shop_things" in result.stderr
    assert stored(graph_url) == before


def test_counts_that_differ_from_the_receipt_change_nothing(
    graph_url: str, lake: Path
) -> None:
    lines = small(lake, DAY, "1", "2").messages().splitlines()
    lines[-1] = lines[-1].replace('"rows": 2', '"rows": 3')
    config = {"url": graph_url}
    text = "\n".join(lines) + "\n"
    result = harness.run_target("target-neo4j", config, text)
    assert result.returncode == 1
    assert labels(graph_url) == {}


def test_a_tap_from_the_hub_is_sent_through_the_lake(graph_url: str) -> None:
    messages = [
        {
            "type": "SCHEMA",
            "stream": "things",
            "schema": {"properties": {"id": {"type": "integer"}}},
            "key_properties": ["id"],
        },
        {"type": "RECORD", "stream": "things", "record": {"id": 1}},
        {"type": "STATE", "value": {"bookmarks": {}}},
    ]
    text = "".join(json.dumps(one) + "\n" for one in messages)
    result = harness.run_target("target-neo4j", {"url": graph_url}, text)
    assert result.returncode == 2
    assert "target-csv daybook:publish" in result.stderr
    assert labels(graph_url) == {}


def with_password(url: str, user: str, password: str, path: str = "") -> str:
    parts = urlsplit(url)
    place = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    host = f"{place}{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, host, path or parts.path, "", ""))


SECRET = "p$a'ss\"w@o:r/d%41#with spaces"


def said(result: harness.Result) -> str:
    """Return what a target said, of which no part may be a secret."""
    for part in (SECRET, quote(SECRET, safe=""), "w@o:r", "with spaces"):
        assert part not in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_wrong_password_is_said_without_it(
    neo4j_url: str, lake: Path
) -> None:
    url = with_password(neo4j_url, "nobody", SECRET)
    env = {"LOGLEVEL": "debug", "TARGET_NEO4J_LOGLEVEL": "debug"}
    day = small(lake, DAY, "1")
    config = {"url": url, "lake": str(lake)}
    result = harness.run_target("target-neo4j", config, day.messages(), env)
    assert result.returncode == 1
    assert "Check user and password in NEO4J_URL" in said(result)


def test_a_password_of_all_kinds_of_characters_lets_in(
    graph_url: str, lake: Path
) -> None:
    harness.cypher(
        graph_url,
        "CREATE USER odd IF NOT EXISTS SET PASSWORD $secret"
        " CHANGE NOT REQUIRED",
        secret=SECRET,
    )
    url = with_password(graph_url, "odd", SECRET)
    result = run(url, small(lake, DAY, "1"))
    assert result.returncode == 0, said(result)
    assert labels(graph_url) == {"ShopThing": 1}


def test_an_unknown_database_is_named(graph_url: str, lake: Path) -> None:
    url = f"{graph_url.removesuffix('/neo4j')}/nowhere"
    result = run(url, small(lake, DAY, "1"))
    assert result.returncode == 2
    assert "nowhere" in result.stderr
    assert "The path of NEO4J_URL names the database" in result.stderr


def test_a_server_that_is_not_there_is_named(lake: Path) -> None:
    url = with_password("bolt://127.0.0.1:9/neo4j", "neo4j", SECRET)
    result = run(url, small(lake, DAY, "1"))
    assert result.returncode == 1
    assert "daybook services up neo4j" in said(result)


@pytest.mark.parametrize(
    "url",
    [
        f"bolt://neo4j:{SECRET}@127.0.0.1:7687/neo4j",
        "postgresql://neo4j:with spaces@127.0.0.1/neo4j",
        "bolt://neo4j:w%40o%3Ar@127.0.0.1:port/neo4j",
        "bolt://neo4j:w%40o%3Ar@127.0.0.1:7687/neo4j?x=y",
    ],
)
def test_a_malformed_url_is_refused_without_printing_it(
    lake: Path, url: str
) -> None:
    result = run(url, small(lake, DAY, "1"))
    assert result.returncode == 2
    assert "such as bolt://neo4j:secret@host:7687/neo4j" in said(result)


def test_a_missing_url_is_named_with_an_example(lake: Path) -> None:
    text = small(lake, DAY, "1").messages()
    result = harness.run_target("target-neo4j", {}, text)
    assert result.returncode == 2
    assert "NEO4J_URL" in result.stderr
    assert "meltano run tap-csv target-neo4j" in result.stderr


@pytest.mark.parametrize("setting", ["transaction_rows", "transaction_bytes"])
def test_transactions_have_a_size(
    lake: Path, neo4j_url: str, setting: str
) -> None:
    result = run(neo4j_url, small(lake, DAY, "1"), **{setting: 0})
    assert result.returncode == 2
    assert setting in result.stderr


@contextmanager
def locked(url: str, source: str) -> Iterator[None]:
    """Hold a source's lock, as a load under way does."""
    address = parse_url(url, "NEO4J_URL")
    auth = (address.user, address.password)
    with (
        neo4j.GraphDatabase.driver(address.uri, auth=auth) as driver,
        driver.session(database=address.database) as session,
        session.begin_transaction() as transaction,
    ):
        transaction.run(
            "MERGE (l:DaybookLock {source: $source}) SET l.run = 'x'",
            source=source,
        ).consume()
        yield
        transaction.rollback()


def test_a_second_load_of_a_source_waits(
    graph_url: str, lake: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(graph_url, small(lake, DAY, "1"))
    newer = small(lake, NEXT, "2")
    second = threading.Thread(target=load, args=(graph_url, newer))
    with locked(graph_url, "shop"):
        second.start()
        second.join(1.5)
        assert second.is_alive()
        assert marker(graph_url)["day"] == DAY
    second.join(20)
    assert marker(graph_url)["day"] == NEXT
    assert "Waiting for another load of shop" in caplog.text


def at_once(url: str, *days: Source, **settings: Any) -> list[BaseException]:
    """Load in threads that start together; return what they raised."""
    barrier = threading.Barrier(len(days))
    raised: list[BaseException] = []

    def one(day: Source) -> None:
        barrier.wait()
        try:
            load(url, day, **settings)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            raised.append(error)

    threads = [threading.Thread(target=one, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_loads_of_one_day_at_once_load_it_once(
    graph_url: str, lake: Path
) -> None:
    day = small(lake, DAY, "1", "2")
    assert at_once(graph_url, day, day, day) == []
    assert labels(graph_url) == {"ShopThing": 2}


@pytest.mark.parametrize("again", range(3))
def test_first_loads_of_several_sources_at_once_all_succeed(
    graph_url: str, lake: Path, again: int
) -> None:
    days = [small(lake, DAY, "1", name=f"{name}{again}") for name in "abc"]
    assert at_once(graph_url, *days) == []
    assert len(labels(graph_url)) == 3


@pytest.mark.long
def test_sources_tied_to_each_other_load_at_once(
    graph_url: str, lake: Path
) -> None:
    def day(day: str, version: str) -> list[Source]:
        ids = [str(n) for n in range(400)]
        parents = stream("parents", "id v:text", [(i, version) for i in ids])
        key = refers("parent", "parents", source="shop")
        found = [publish(lake, day, parents)]
        for name in ("crm", "erp"):
            rows = [(i, str(hash((name, version, i)) % 400)) for i in ids]
            child = stream(f"{name}_rows", "id parent", rows, "id", key)
            found.append(publish(lake, day, child, name=name))
        return found

    load(graph_url, *day(DAY, "a"))
    newer = day(NEXT, "b")
    assert at_once(graph_url, *newer, transaction_rows=50) == []
    found = graph_as_rows(graph_url)
    assert found == as_if_loaded_first(graph_url, *newer)
