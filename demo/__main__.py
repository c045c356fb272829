"""`make demo`: two days of a generated shop, through the real commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from daybook.day import Day
from daybook.errors import DaybookError
from daybook.lake import layout, partition
from demo import databases, northwind, report, source
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
    urls = _servers(lake)
    one, two = northwind.tables(1), northwind.tables(2)

    report.heading(f"Day 1, {FIRST}: the shop as it is")
    source.fill(urls["NORTHWIND_URL"], one)
    _run_day(FIRST, one, urls, lake, f"{LABEL}1")
    report.lake_tables(lake, SOURCES, FIRST)

    report.heading(f"Day 2, {SECOND}: rows were inserted, updated, deleted")
    source.change(urls["NORTHWIND_URL"], one, two)
    _run_day(SECOND, two, urls, lake, f"{LABEL}2")
    report.changes(urls["WAREHOUSE_URL"], f"{LABEL}2")

    report.heading("Day 2 once more: nothing has changed since")
    before = _manifests(lake)
    _run_day(SECOND, two, urls, lake, f"{LABEL}3")
    report.lake_unchanged(before == _manifests(lake))
    report.changes(urls["WAREHOUSE_URL"], f"{LABEL}3")

    report.heading(f"Orders with their details on {SECOND}")
    report.evidence(urls["WAREHOUSE_URL"], ROOT / "output", SECOND)
    report.say(f"Meltano's own log: {LOG.relative_to(ROOT)}")


def _servers(lake: Path) -> Mapping[str, str]:
    """Start the server; return the URLs of fresh databases."""
    report.heading("An embedded PostgreSQL, the lake in a folder")
    with report.running("daybook services up"):
        Shell(ROOT, {}, LOG).run("", "daybook services up")
    urls = databases.fresh(ROOT)
    for variable, url in urls.items():
        name = url.rsplit("/", 1)[1]
        report.say(f"{variable}: the database {name}, made anew")
    report.say(f"LAKE_ROOT: {lake.relative_to(ROOT)}")
    return urls


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
    shell = Shell(ROOT, {**urls, "LAKE_ROOT": str(lake)}, LOG)
    for command in (
        f"TAP_CSV_FILES='{files}' MELTANO_ENVIRONMENT=extract SOURCE=csv "
        f"DATESTAMP={day} meltano run extract_csv",
        "MELTANO_ENVIRONMENT=extract SOURCE=postgres "
        f"DATESTAMP={day} meltano run extract_postgres",
        "MELTANO_ENVIRONMENT=load SCHEMA=public "
        f"EXTRACTED_AT={day} meltano run tap-csv target-postgres",
    ):
        with report.running(command):
            shell.run(label, command)


def _manifests(lake: Path) -> list[bytes]:
    return [
        (partition.folder(lake, name, SECOND) / layout.MANIFEST).read_bytes()
        for name in SOURCES
    ]


if __name__ == "__main__":
    sys.exit(main())
