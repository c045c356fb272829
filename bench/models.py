"""tap-duckdb's figures, beside DuckDB's own COPY of the same rows."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.steps import DAY, Steps

Figure = tuple[str, float, float | None]

_ROWS = """
    CREATE TABLE orders (
        order_id bigint PRIMARY KEY, customer varchar, placed timestamp,
        freight decimal(10, 2), weight double, tags varchar[], address varchar
    );
    INSERT INTO orders
    SELECT i, 'C' || i * 7 % 1000, timestamp '2020-01-01' + to_seconds(i),
           i * 31 % 99999 / 100, i / 7, ['a', 'b' || i % 9],
           i || ' Rue du "Marché", ' || i % 77
    FROM range(1, {} + 1) AS r (i)
"""


@dataclass(frozen=True, slots=True)
class Models:
    """A DuckDB file whose table is extracted again and again.

    Attributes:
        steps: Runs the extracts.
        folder: Where the files are, of all rows and of one.
    """

    steps: Steps
    folder: Path

    def measure(self, rounds: int) -> dict[str, list[float]]:
        """Return the seconds of each step, of every round."""
        seconds: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            seconds["DuckDB's COPY"].append(self._copy())
            for name in ("one", "all"):
                step = "tap-duckdb" + (" t0" if name == "one" else "")
                seconds[step].append(self._extract(name))
        return dict(seconds)

    def _copy(self) -> float:
        file = self.folder / "copy.csv"
        start = time.perf_counter()
        with duckdb.connect(str(self._file("all")), read_only=True) as base:
            base.execute("SET threads = 2")
            base.execute(
                f"COPY (FROM orders ORDER BY order_id) TO '{file}' (HEADER)"
            )
        return time.perf_counter() - start

    def _extract(self, name: str) -> float:
        return self.steps.meltano(
            "transform",
            "tap-duckdb",
            "target-csv",
            TAP_DUCKDB_DATABASE=str(self._file(name)),
            SOURCE=name,
            DATESTAMP=DAY,
        )

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.duckdb"


def prepare(folder: Path, rows: int) -> Models:
    """Make the files."""
    made = Models(Steps(folder / "lake-of-models", folder), folder)
    for name, count in (("one", 1), ("all", rows)):
        with duckdb.connect(str(made._file(name))) as base:
            base.execute(_ROWS.format(count))
    return made


def figures(seconds: Mapping[str, list[float]], rows: int) -> list[Figure]:
    """Return what an extract costs, from medians, t0 taken off."""
    middle = {name: statistics.median(runs) for name, runs in seconds.items()}
    extract = middle["tap-duckdb"] - middle["tap-duckdb t0"]
    return [
        (
            "extract from DuckDB / its COPY",
            extract / middle["DuckDB's COPY"],
            None,
        ),
        ("rows extracted from DuckDB a second", rows / extract, None),
    ]
