"""RECORD messages: of taps from the Hub to us, of our taps to others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import pipe, run_daybook, run_tap, run_target, sql
from meltano import ROOT, files_of, litter_of

pytestmark = pytest.mark.long

GOLDEN = Path(__file__).parents[1] / "golden"
DAY = "2024-12-20"
RUN = "11111111-2222-4333-8444-555555555555"
IN_RUN = {"MELTANO_PARENT_CONTEXT_UUID": RUN}
INTEGER, TEXT = {"type": "integer"}, {"type": ["null", "string"]}


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.singer").read_text()


def schema(stream: str = "s", **properties: Any) -> str:
    """Return a SCHEMA message whose key is `id`."""
    message = {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": {"id": INTEGER, **properties}},
        "key_properties": ["id"],
    }
    return json.dumps(message) + "\n"


def record(stream: str = "s", **values: Any) -> str:
    message = {"type": "RECORD", "stream": stream, "record": values}
    return json.dumps(message) + "\n"


def config(lake: Path, source: str = "hub") -> dict[str, object]:
    return {"lake": str(lake), "source": source, "day": DAY}


def day_of(lake: Path, source: str) -> dict[str, bytes]:
    """Return the data files of a source, by their path in the day."""
    return {
        path.split("/", 2)[2]: data
        for path, data in files_of(lake).items()
        if path.startswith(f"source={source}/") and path.endswith(".csv")
    }


@pytest.mark.parametrize("name", ["hub_tap_all_types", "hub_tap_repeats_keys"])
def test_what_a_tap_of_the_hub_sent_is_published_by_its_run(
    lake: Path, name: str
) -> None:
    parked = run_target("target-csv", config(lake), golden(name), IN_RUN)
    assert parked.returncode == 0, parked.stderr
    assert files_of(lake) == {}
    env = {"LAKE_ROOT": str(lake)}
    published = run_daybook("publish", "--run", RUN, cwd=ROOT, env=env)
    assert published.returncode == 0, published.stderr
    assert len(day_of(lake, "hub")) == golden(name).count('"SCHEMA"') - (
        name == "hub_tap_repeats_keys"  # sends its schema twice
    )
    assert litter_of(lake) == []


def test_the_last_record_of_a_key_is_published(lake: Path) -> None:
    said = golden("hub_tap_repeats_keys")
    parked = run_target("target-csv", config(lake), said, IN_RUN)
    assert "1 record replaced by a later record" in parked.stderr
    run_daybook(
        "publish", "--run", RUN, cwd=ROOT, env={"LAKE_ROOT": str(lake)}
    )
    (data,) = day_of(lake, "hub").values()
    assert [line[:7] for line in data.decode().splitlines()[1:]] == [
        '2,"",,,',
        "1,done,",
    ]
    assert litter_of(lake) == []


def test_the_last_record_of_a_key_is_upserted(
    lake: Path, warehouse_url: str
) -> None:
    settings = {
        "url": warehouse_url,
        "receipt": "optional",
        "strategy": "upsert",
        "spool": str(lake),
    }
    for _ in range(2):
        said = golden("hub_tap_repeats_keys")
        result = run_target("target-postgres", settings, said)
        assert result.returncode == 0, result.stderr
        assert "not proven" in result.stderr
    rows = "SELECT id, state, hours::text, open, at, custom FROM tickets"
    assert sql(warehouse_url, f"{rows} ORDER BY id") == [
        (1, "done", "100", False, None, None),
        (2, "", None, None, None, None),
    ]
    assert litter_of(lake) == []


def test_a_stream_without_a_key_is_told_what_it_can_have(
    lake: Path, warehouse_url: str
) -> None:
    said = schema().replace('["id"]', "[]") + record(id=1)
    settings = {
        "url": warehouse_url,
        "receipt": "optional",
        "strategy": "upsert",
        "spool": str(lake),
    }
    refused = run_target("target-postgres", settings, said)
    assert refused.returncode == 2
    assert "TARGET_POSTGRES_STRATEGY='s=insert'" in refused.stderr
    settings["strategy"] = "s=insert"
    loaded = run_target("target-postgres", settings, said)
    assert loaded.returncode == 0, loaded.stderr
    assert sql(warehouse_url, "SELECT id FROM s") == [(1,)]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("hello\n", "not JSON"),
        (schema() + "\n", "not JSON"),
        ("[1]\n", "not a JSON object"),
        ('{"type": "FOO"}\n', "'FOO'"),
        ('{"stream": "s"}\n', "type"),
        ('{"type": "RECORD", "stream": "s"}\n', "`record` is missing"),
        (schema() + '{"type":"RECORD","stream":"s","record":1}\n', "`record`"),
        ('{"type":"SCHEMA","stream":"s","schema":{}}\n', "`properties`"),
        (schema().replace('["id"]', '["ID"]'), "'ID'"),
        (record(id=1), "before the stream's schema"),
        (schema() + schema(more=TEXT), "changed the stream's schema"),
        (schema() + record(id=1, x=2), "row 1 has 'x'"),
        (schema() + record(id=1) + record(id="a"), "row 2, column 'id'"),
        (schema() + record(), "row 1, column 'id'"),
        (schema(t=TEXT) + record(id=1, t="a\0"), "NUL"),
        (
            schema()
            + '{"type":"BATCH","stream":"s","encoding":{"format":"jsonl"},'
            '"manifest":["file:///etc/passwd"]}\n',
            "'jsonl'",
        ),
    ],
)
def test_what_no_tap_should_send_is_refused_by_name(
    lake: Path, said: str, named: str
) -> None:
    result = run_target("target-csv", config(lake), said, IN_RUN)
    assert result.returncode == 2, result.stderr
    assert named in result.stderr
    assert "\nERROR   -> " in result.stderr
    assert "Traceback" not in result.stderr
    assert files_of(lake) == {}
    assert litter_of(lake) == []


@pytest.mark.parametrize(
    "stream",
    ["../../x", "/etc/😀", "..", "a\n" * 100, "%2e%2e%2f"],
)
def test_a_hostile_stream_stays_inside_its_day(
    lake: Path, stream: str
) -> None:
    said = schema(stream) + record(stream, id=1)
    parked = run_target("target-csv", config(lake), said, IN_RUN)
    assert parked.returncode == 0, parked.stderr
    env = {"LAKE_ROOT": str(lake)}
    published = run_daybook("publish", "--run", RUN, cwd=ROOT, env=env)
    assert published.returncode == 0, published.stderr
    (path,) = day_of(lake, "hub")
    assert path.startswith("table=")
    assert path.count("/") == 1
    assert [p.name for p in lake.parent.iterdir()] == ["lake"]


def test_our_records_are_the_very_files(lake: Path, source_url: str) -> None:
    sql(
        source_url,
        "CREATE TABLE t (id bigint PRIMARY KEY, n numeric, f float8, r real,"
        " b bool, s text, j json, ts timestamptz, y bytea, a int[]);"
        "INSERT INTO t VALUES"
        " (1, 1.10, 1e300, 0.1, true, '', '{\"a\" : 1.0}', now(), '\\x00',"
        "  '{1,NULL}'),"
        " (-9223372036854775808, 1e30, -0.0, 1e-30, false, E'a\\r\\n\"é😀',"
        "  'null', '0044-03-15 BC', '', '{}'),"
        " (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    for handover in ("files", "records"):
        tap = {"url": source_url, "spool": str(lake), "handover": handover}
        target = config(lake, handover)
        ends = pipe("tap-postgres", tap, "target-csv", target)
        assert [end.returncode for end in ends] == [0, 0], ends
    assert day_of(lake, "records") == day_of(lake, "files")
    assert len(day_of(lake, "files")) == 1


def test_our_records_are_plain_singer(source_url: str) -> None:
    sql(source_url, "CREATE TABLE t (id int PRIMARY KEY, s text)")
    sql(source_url, "INSERT INTO t VALUES (1, 'é'), (2, NULL)")
    tap = run_tap("tap-postgres", {"url": source_url, "handover": "records"})
    assert tap.returncode == 0, tap.stderr
    messages = [json.loads(line) for line in tap.stdout.splitlines()]
    kinds = [message["type"] for message in messages]
    assert kinds == ["SCHEMA", "RECORD", "RECORD", "STATE"]
    assert messages[0]["key_properties"] == ["id"]
    types = messages[0]["schema"]["properties"]
    assert types["id"]["type"] == "integer"
    assert types["s"]["type"] == ["string", "null"]
    assert messages[1]["record"] == {"id": 1, "s": "é"}
