"""`make demo`: two days of a generated shop, through the real commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape

from daybook.day import Day
from daybook.errors import DaybookError
from daybook.lake import layout, partition
from demo import (
    databases,
    graph,
    graph_report,
    northwind,
    report,
    source,
)
from demo.graph_report import Elements
from demo.runs import LABEL, Shell

ROOT = Path(__file__).parent.parent
SCRATCH = ROOT / ".services" / "demo"
LOG = SCRATCH / "meltano.log"
FIRST, SECOND = Day(2024, 12, 20), Day(2024, 12, 21)
SOURCES = ("csv", "postgres")


def main() -> int:
    """Run the demo; return the exit code."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    LOG.unlink(missing_ok=True)
    try:
        _demo()
    except DaybookError as error:
        print(f"\n{error.reason}\n-> {error.instruction}", file=sys.stderr)
        return 1
    return 0


def _demo() -> None:
    lake = _lake()
    with _servers(lake) as urls:
        _days(lake, urls)
        report.heading(f"Orders with their details on {SECOND}")
        report.evidence(urls["WAREHOUSE_URL"], ROOT / "output", SECOND)
        _audit(lake, urls)
    report.say(f"Meltano's own log: {LOG.relative_to(ROOT)}")


def _days(lake: Path, urls: Mapping[str, str]) -> None:
    """Go from the first day to the second, then run that one again."""
    one, two = northwind.tables(1), northwind.tables(2)
    warehouse = urls["WAREHOUSE_URL"]

    report.heading(f"Day 1, {FIRST}: the shop as it is")
    source.fill(urls["NORTHWIND_URL"], one)
    _run_day(FIRST, one, urls, lake, f"{LABEL}1")
    report.lake_tables(lake, SOURCES, FIRST)
    first = _show_graph(urls)

    report.heading(f"Day 2, {SECOND}: rows were inserted, updated, deleted")
    source.change(urls["NORTHWIND_URL"], one, two)
    _run_day(SECOND, two, urls, lake, f"{LABEL}2")
    report.changes(warehouse, f"{LABEL}2")
    second = _show_changes(urls, first)

    report.heading("Day 2 once more: nothing has changed since")
    before = _manifests(lake)
    _run_day(SECOND, two, urls, lake, f"{LABEL}3")
    report.lake_unchanged(before == _manifests(lake))
    report.changes(warehouse, f"{LABEL}3")
    _show_changes(urls, second)


@contextmanager
def _servers(lake: Path) -> Iterator[Mapping[str, str]]:
    """Start the servers; give the URLs of fresh databases."""
    report.heading("Embedded PostgreSQL and Neo4j, the lake in a folder")
    lacking = graph.problem(ROOT)
    command = "daybook services up" + (" postgres" if lacking else "")
    with report.running(command):
        Shell(ROOT, {}, LOG).run("", command)
    urls = databases.fresh(ROOT)
    for variable, url in urls.items():
        name = url.rsplit("/", 1)[1]
        report.say(f"{variable}: the database {name}, made anew")
    with _graph(lacking) as found:
        report.say(f"LAKE_ROOT: {lake.relative_to(ROOT)}")
        yield {**urls, **found}


@contextmanager
def _graph(lacking: DaybookError | None) -> Iterator[Mapping[str, str]]:
    """Give the URL of an empty graph; say it if there can be none."""
    if lacking:
        report.say(f"{graph.VARIABLE}: none, so the graph is left out.")
        report.say(f"  {escape(lacking.reason)}")
        report.say(f"  -> {escape(lacking.instruction)}")
        yield {}
        return
    with graph.fresh(ROOT, SCRATCH) as (url, what):
        report.say(f"{graph.VARIABLE}: {what}")
        yield {graph.VARIABLE: url}


def _lake() -> Path:
    """Return the lake for the demo: `output`, unless others use its days.

    What somebody extracted there is not the demo's to overwrite.
    """
    lake = ROOT / "output"
    for name in SOURCES:
        for day in (FIRST, SECOND):
            path = lake / layout.day_folder(name, day) / layout.MANIFEST
            if path.exists() and not _is_ours(path):
                return SCRATCH / "lake"
    return lake


def _is_ours(manifest: Path) -> bool:
    run = json.loads(manifest.read_bytes())["daybook"]["run"]
    return str(run).startswith(LABEL)


def _run_day(
    day: Day,
    tables: source.Tables,
    urls: Mapping[str, str],
    lake: Path,
    label: str,
) -> None:
    """Extract both sources of a day, and load it."""
    folder = SCRATCH / str(day)
    source.write_order_details(ROOT / "extract", folder, tables)
    files = json.dumps([{"path": str(folder.relative_to(ROOT))}])
    commands = [
        f"TAP_CSV_FILES='{files}' MELTANO_ENVIRONMENT=extract SOURCE=csv "
        f"DATESTAMP={day} meltano run extract_csv",
        "MELTANO_ENVIRONMENT=extract SOURCE=postgres "
        f"DATESTAMP={day} meltano run extract_postgres",
        "MELTANO_ENVIRONMENT=load SCHEMA=public "
        f"EXTRACTED_AT={day} meltano run tap-csv target-postgres",
    ]
    if graph.VARIABLE in urls:
        commands.append(
            "MELTANO_ENVIRONMENT=load "
            f"EXTRACTED_AT={day} meltano run tap-csv target-neo4j"
        )
    for command in commands:
        _run(command, lake, urls, label)


def _run(command: str, lake: Path, urls: Mapping[str, str], label: str) -> str:
    with report.running(command):
        shell = Shell(ROOT, {**urls, "LAKE_ROOT": str(lake)}, LOG)
        return shell.run(label, command)


def _show_graph(urls: Mapping[str, str]) -> Elements:
    """Print what is in the graph, if there is one, and return it."""
    url = urls.get(graph.VARIABLE)
    if not url:
        return {}
    found = graph_report.read(url)
    graph_report.counts(found)
    graph_report.path(url)
    return found


def _show_changes(urls: Mapping[str, str], before: Elements) -> Elements:
    """Print what a load changed in the graph; return what is there now."""
    url = urls.get(graph.VARIABLE)
    if not url:
        return {}
    after = graph_report.read(url)
    graph_report.changes(before, after)
    return after


def _audit(lake: Path, urls: Mapping[str, str]) -> None:
    """Compare every row of the lake's day with what was loaded."""
    report.heading("Is every row of the lake in the databases?")
    command = f"daybook audit --day {SECOND}"
    if graph.VARIABLE not in urls:
        command += " --target warehouse"
    said = _run(command, lake, urls, "")
    report.say(said.splitlines()[-1])


def _manifests(lake: Path) -> list[bytes]:
    return [
        (partition.folder(lake, name, SECOND) / layout.MANIFEST).read_bytes()
        for name in SOURCES
    ]


if __name__ == "__main__":
    sys.exit(main())
