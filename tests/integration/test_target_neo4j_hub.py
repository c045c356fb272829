"""Taps from the Hub into the graph: only if asked, and nothing is deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import Result, cypher, run_target
from meltano import litter_of

pytestmark = pytest.mark.long

GOLDEN = Path(__file__).parents[1] / "golden" / "hub_tap_repeats_keys.singer"
TICKETS = "MATCH (t:Ticket) RETURN [t.id, t.state] AS ticket ORDER BY t.id"


def load(url: str, lake: Path, said: str, **settings: Any) -> Result:
    config = {"url": url, "lake": str(lake), "spool": str(lake), **settings}
    return run_target("target-neo4j", config, said)


def tickets(url: str) -> list[list[Any]]:
    return [found["ticket"] for found in cypher(url, TICKETS)]


def test_without_a_receipt_a_tap_is_refused(
    lake: Path, graph_url: str
) -> None:
    result = load(graph_url, lake, GOLDEN.read_text())
    assert result.returncode == 2
    assert "TARGET_NEO4J_RECEIPT=optional" in result.stderr
    assert cypher(graph_url, "MATCH (n) RETURN n") == []
    assert litter_of(lake) == []


def test_the_last_record_of_a_key_counts_and_others_stay(
    lake: Path, graph_url: str
) -> None:
    said = GOLDEN.read_text()
    for _ in range(2):
        result = load(graph_url, lake, said, receipt="optional")
        assert result.returncode == 0, result.stderr
        assert "not proven" in result.stderr
    assert tickets(graph_url) == [[1, "done"], [2, ""]]
    lines = [line for line in said.splitlines() if '"id":2.0' not in line]
    later = "\n".join(lines).replace("done", "closed") + "\n"
    assert load(graph_url, lake, later, receipt="optional").returncode == 0
    assert tickets(graph_url) == [[1, "closed"], [2, ""]]
    assert litter_of(lake) == []
