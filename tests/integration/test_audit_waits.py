"""`daybook audit` of a warehouse while somebody works in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg

import harness
from days import publish_day, table

DAY = "2024-12-20"


def test_it_says_at_once_what_it_waits_for(
    tmp_path: Path, warehouse_url: str
) -> None:
    (tmp_path / "meltano.yml").touch()
    lake = tmp_path / "output"
    orders = table("orders", [("id", "integer")], ["id"])
    publish_day(lake, "csv", DAY, [(orders, [["1"]])])
    tap = {"lake": str(lake), "sources": "csv", "day": DAY}
    target = {"url": warehouse_url}
    for end in harness.pipe(
        "tap-csv", tap | {"handover": "files"}, "target-postgres", target
    ):
        assert end.returncode == 0, end.stderr
    with psycopg.connect(warehouse_url) as holder:
        holder.execute("LOCK TABLE public.orders IN ACCESS EXCLUSIVE MODE")
        waiting = subprocess.Popen(
            [str(harness.BIN / "daybook"), "audit", "--day", DAY],
            cwd=tmp_path,
            env=harness.environment({"WAREHOUSE_URL": warehouse_url}),
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            encoding="utf-8",
        )
        assert waiting.stderr
        said = [waiting.stderr.readline(), waiting.stderr.readline()]
    with waiting:
        assert waiting.wait(harness.TIMEOUT_SECONDS) == 0
    assert "NEO4J_URL is not set" in said[0]
    assert "Waiting up to 60 s for tables: public.orders is" in said[1]
