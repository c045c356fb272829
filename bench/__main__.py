"""`python -m bench`: design figures beside psql's COPY of the same run.

Every figure is the median of several alternating runs. t0 is the same
`meltano run` on a table of one row; a ratio is (t - t0) / COPY. The
graph, MySQL and DuckDB have figures of their own, each in its module.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.table import Table

from bench import data, graph, models, mysql
from bench.steps import NEXT_DAY, ROOT, Steps
from daybook.services import cluster, mariadb, neo4j, postgres

GRAPH_USERS = 100_000
SOURCES = ("base", "changed", "single", "keyed")
console = Console()
Figure = tuple[str, float, float | None]
"""A name, what was measured, and the limit if there is one."""


def main() -> None:
    """Measure on a scratch server and lake, and remove both."""
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="daybook-bench-"))
    folder.chmod(0o755)
    try:
        console.print("Starting PostgreSQL, filling the tables ...")
        postgres.up(folder, databases={})
        rounds = max(1, arguments.rounds)
        seconds, peak = _measure(folder, arguments.rows, rounds)
        figures = _figures(seconds)
        more, of_more = _more(arguments, folder, peak)
        seconds |= more
        figures += _rows(of_more)
    finally:
        mariadb.down(folder)
        neo4j.down(folder)
        postgres.down(folder)
        shutil.rmtree(folder)
    report = {
        "rows": arguments.rows,
        "rounds": arguments.rounds,
        "seconds": {name: sorted(runs) for name, runs in seconds.items()},
        "figures": figures,
        "peak_memory_bytes": peak,
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=2) + "\n")
    _print(figures, seconds, peak)
    console.print(f"Written to {arguments.output}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "output" / "bench.json"
    )
    parser.add_argument(
        "--no-graph", dest="graph", action="store_false", help="skip Neo4j"
    )
    for name, what in (("mysql", "MariaDB"), ("models", "DuckDB")):
        parser.add_argument(
            f"--no-{name}",
            dest=name,
            action="store_false",
            help=f"skip {what}",
        )
    return parser.parse_args()


def _measure(
    folder: Path, rows: int, rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    urls = _databases(folder, rows)
    steps = Steps(folder / "lake", cluster.programs() / "psql")
    single = Steps(folder / "lake-of-one-row", steps.psql)
    keyed = Steps(folder / "lake-with-keys", steps.psql)
    steps.extract(urls["changed"], "orders", NEXT_DAY)
    single.extract(urls["single"], "orders", NEXT_DAY)
    keyed.extract(urls["keyed"], "orders,customers")
    seconds: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        console.print(f"Round {number + 1} of {rounds} ...")
        for name, value in _round(steps, single, keyed, urls, folder).items():
            seconds[name].append(value)
    done = steps.watch()
    _round(steps, single, keyed, urls, folder)
    done.set()
    return dict(seconds), steps.peak


def _measure_graph(
    folder: Path, rounds: int, peak: dict[str, int]
) -> dict[str, list[float]]:
    """Measure loads into Neo4j; add its plugin to `peak`."""
    console.print("Starting Neo4j, filling its tables ...")
    superuser = postgres.superuser_url(folder)
    with psycopg.connect(superuser, autocommit=True) as session:
        session.execute("CREATE DATABASE graph")
    database = make_conninfo(superuser, dbname="graph")
    prepared = graph.prepare(folder, database, GRAPH_USERS)
    done = prepared.steps.watch()
    seconds = prepared.measure(rounds)
    done.set()
    seen = prepared.steps.peak
    peak |= {name: seen[name] for name in seen if name == "target-neo4j"}
    return seconds


def _more(
    arguments: argparse.Namespace, folder: Path, peak: dict[str, int]
) -> tuple[dict[str, list[float]], list[Figure]]:
    """Measure what is asked for beside COPY."""
    rows, rounds = arguments.rows, max(1, arguments.rounds)
    seconds: dict[str, list[float]] = {}
    found: list[Figure] = []
    if arguments.graph:
        seconds |= _measure_graph(folder, rounds, peak)
        found += graph.figures(seconds, GRAPH_USERS)
    if arguments.mysql:
        console.print("Starting MariaDB, filling its tables ...")
        seconds |= _watched(mysql.prepare(folder, rows), rounds, peak)
        found += mysql.figures(seconds, rows)
    if arguments.models:
        seconds |= _watched(models.prepare(folder, rows), rounds, peak)
        found += models.figures(seconds, rows)
    return seconds, found


def _watched(
    prepared: mysql.MySQL | models.Models, rounds: int, peak: dict[str, int]
) -> dict[str, list[float]]:
    """Measure; add to `peak` the plugins that were not seen before."""
    done = prepared.steps.watch()
    seconds = prepared.measure(rounds)
    done.set()
    peak |= {
        name: size
        for name, size in prepared.steps.peak.items()
        if name not in peak
    }
    return seconds


def _round(
    steps: Steps,
    single: Steps,
    keyed: Steps,
    urls: Mapping[str, str],
    folder: Path,
) -> dict[str, float]:
    """Run every step once, psql's and ours in turn."""
    file, warehouse = folder / "orders.csv", urls["warehouse"]
    seconds = {"meltano --version": steps.version()}
    seconds["COPY TO"] = steps.copy_to(urls["base"], file)
    seconds["extract t0"] = single.extract(urls["single"], "orders")
    seconds["extract"] = steps.extract(urls["base"], "orders")
    seconds["extract two"] = steps.extract(
        urls["base"], "orders,orders_again", "2024-12-19"
    )
    data.empty_table(urls["copy"])
    seconds["COPY FROM"] = steps.copy_from(urls["copy"], file)
    data.empty_warehouse(warehouse)
    seconds["load t0"] = single.load(warehouse)
    seconds["reload t0"] = single.load(warehouse)
    data.empty_warehouse(warehouse)
    seconds["load"] = steps.load(warehouse)
    seconds["reload unchanged"] = steps.load(warehouse)
    seconds["reload 1 % changed"] = steps.load(warehouse, NEXT_DAY)
    data.empty_warehouse(warehouse)
    seconds["load with a foreign key"] = keyed.load(warehouse)
    return seconds


def _databases(folder: Path, rows: int) -> dict[str, str]:
    superuser = postgres.superuser_url(folder)
    urls = {
        name: make_conninfo(superuser, dbname=name)
        for name in (*SOURCES, "warehouse", "copy")
    }
    with psycopg.connect(superuser, autocommit=True) as session:
        for name in urls:
            session.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    data.fill(urls["base"], rows, "orders", "orders_again")
    data.fill(urls["changed"], rows, "orders")
    data.change_one_percent(urls["changed"])
    data.fill(urls["single"], 1, "orders")
    data.fill(urls["keyed"], rows, "orders", keys=True)
    return urls


def _figures(seconds: Mapping[str, list[float]]) -> list[dict[str, object]]:
    """Return each figure with its limit; ratios from medians."""
    middle = {name: statistics.median(runs) for name, runs in seconds.items()}
    return _rows([*_ratios(middle), *_starts(middle)])


def _rows(figures: Sequence[Figure]) -> list[dict[str, object]]:
    return [
        {"figure": name, "value": round(value, 3), "limit": limit}
        for name, value, limit in figures
    ]


def _ratios(middle: Mapping[str, float]) -> list[Figure]:
    """Return what is measured beside COPY, t0 taken off."""
    extract = middle["extract"] - middle["extract t0"]
    two = middle["extract two"] - middle["extract t0"]
    load = middle["load"] - middle["load t0"]
    changed = middle["reload 1 % changed"] - middle["load t0"]
    keyed = middle["load with a foreign key"] - middle["load"]
    copy = middle["COPY FROM"]
    return [
        ("extract / COPY TO", extract / middle["COPY TO"], 1.25),
        ("load into an empty table / COPY FROM", load / copy, 1.15),
        ("reload 1 % changed / COPY FROM", changed / copy, 1.6),
        ("two equal tables / one", two / extract, 2.0),
        ("a foreign key and its index, s", keyed, None),
    ]


def _starts(middle: Mapping[str, float]) -> list[Figure]:
    """Return what a run costs that has next to nothing to do."""
    unchanged = middle["reload unchanged"] - middle["reload t0"]
    version = middle["meltano --version"]
    extract, load = middle["extract t0"], middle["load t0"]
    return [
        ("reload unchanged - t0, s", unchanged, 0.4),
        ("extract t0 / meltano --version", extract / version, 2.3),
        ("load t0 / meltano --version", load / version, 2.3),
    ]


def _print(
    figures: list[dict[str, object]],
    seconds: Mapping[str, list[float]],
    peak: Mapping[str, int],
) -> None:
    table = Table("figure", "value", "limit", title="Against psql's COPY")
    for row in figures:
        sign = ">=" if "a second" in str(row["figure"]) else "<="
        limit = "" if row["limit"] is None else f"{sign} {row['limit']:,}"
        table.add_row(str(row["figure"]), f"{row['value']:,.2f}", limit)
    for plugin, size in sorted(peak.items()):
        most = 200 if plugin == "target-neo4j" else 150
        table.add_row(
            f"peak memory of {plugin}, MB", f"{size / 1e6:.0f}", f"<= {most}"
        )
    console.print(table)
    times = Table("step", "median s", "min", "max", title="Seconds")
    for name, runs in seconds.items():
        times.add_row(
            name,
            f"{statistics.median(runs):.2f}",
            f"{min(runs):.2f}",
            f"{max(runs):.2f}",
        )
    console.print(times)


if __name__ == "__main__":
    main()
