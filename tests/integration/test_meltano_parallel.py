"""The four steps of a pipeline at once, in one project, many times."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

import harness
from meltano import ROOT, Meltano, litter_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

ROUNDS = int(os.environ.get("DAYBOOK_ROUNDS", "20"))
START = date(2024, 12, 20)
DDL = """
    CREATE TABLE customers (id text PRIMARY KEY, name text);
    CREATE TABLE orders (
        order_id integer PRIMARY KEY, customer_id text REFERENCES customers
    );
    INSERT INTO customers VALUES ('ALFKI', 'x'), ('B', NULL);
"""


@dataclass(frozen=True)
class Pipeline:
    """One project, its source, its lake and both targets."""

    shell: Meltano
    lake: Path
    source_url: str

    def extract(self, source: str, day: str) -> harness.Result:
        return self.shell.extract(
            f"extract_{source}", SOURCE=source, DATESTAMP=day
        )

    def load(self, target: str, day: str) -> harness.Result:
        return self.shell.load("tap-csv", target, day=day)

    def change_source(self, number: int) -> None:
        """Give the source `number + 1` orders."""
        statement = f"INSERT INTO orders VALUES ({number}, 'ALFKI')"
        harness.sql(self.source_url, statement)

    def all_at_once(self, extracted: str, loaded: str) -> None:
        """Run all four steps together; each must succeed."""
        with ThreadPoolExecutor(4) as pool:
            runs = [
                pool.submit(self.extract, "csv", extracted),
                pool.submit(self.extract, "postgres", extracted),
                pool.submit(self.load, "target-postgres", loaded),
                pool.submit(self.load, "target-neo4j", loaded),
            ]
        for run in runs:
            result = run.result()
            assert result.returncode == 0, result.stderr
            assert "Traceback" not in result.stderr

    def rows(self, source: str, day: str) -> dict[str, int]:
        """Return how many rows each table of a published day has."""
        folder = self.lake / f"source={source}/extracted_at={day}"
        body = json.loads((folder / "datapackage.json").read_text())
        assert body["daybook"]["day"] == day
        return {
            one["daybook"]["table"]: one["daybook"]["rows"]
            for one in body["resources"]
        }


@pytest.fixture
def pipeline(
    lake: Path, source_url: str, warehouse_url: str, graph_url: str
) -> Pipeline:
    """A source that has nothing but two customers."""
    harness.sql(source_url, DDL)
    shell = Meltano(
        {
            "LAKE_ROOT": str(lake),
            "NORTHWIND_URL": source_url,
            "WAREHOUSE_URL": warehouse_url,
            "NEO4J_URL": graph_url,
        }
    )
    return Pipeline(shell, lake, source_url)


def test_all_four_steps_at_once_do_not_disturb_each_other(
    pipeline: Pipeline,
) -> None:
    days = [str(START + timedelta(n)) for n in range(ROUNDS + 1)]
    pipeline.change_source(0)
    for source in ("csv", "postgres"):
        assert pipeline.extract(source, days[0]).returncode == 0
    for number in range(1, len(days)):
        pipeline.change_source(number)
        pipeline.all_at_once(extracted=days[number], loaded=days[number - 1])
    for number, day in enumerate(days):
        found = pipeline.rows("postgres", day)
        assert found == {"customers": 2, "orders": number + 1}
        assert pipeline.rows("csv", day) == pipeline.rows("csv", days[0])
    assert litter_of(pipeline.lake) == []
    audit = harness.run_daybook(
        "audit", "--day", days[-2], cwd=ROOT, env=pipeline.shell.variables
    )
    assert audit.returncode == 0, audit.stdout
