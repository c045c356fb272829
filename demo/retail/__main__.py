"""`make retail`: a day of deliveries, from JSON files to both targets."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from daybook.day import Day
from demo import report
from demo.pipeline import ROOT, Pipeline, main
from demo.retail import source
from demo.retail.rows import Shop

_SOURCE = "retail"
_DELIVERED = ROOT / "extract" / "retail"
_MARK = _DELIVERED / ".generated"
"""Where it is not, deliveries are real, and none are made up for them."""


def run(
    day: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
) -> None:
    """Process, load and audit one day of what a shop delivers."""
    wanted = Day.parse(day, variable="DAY")
    pipeline = Pipeline(_SOURCE)
    report.heading("The deliveries and the targets")
    _deliver(wanted)
    pipeline.start("WAREHOUSE_URL", "NEO4J_URL")
    report.heading(f"The day {wanted}")
    pipeline.run(
        f"MELTANO_ENVIRONMENT=extract SOURCE={_SOURCE} DATESTAMP={wanted} "
        "meltano run extract_retail"
    )
    load = (
        f"MELTANO_ENVIRONMENT=load SCHEMA={_SOURCE} EXTRACTED_AT={wanted} "
        f"TAP_CSV_SOURCES={_SOURCE} meltano run tap-csv"
    )
    pipeline.together(
        [f"{load} target-postgres", f"{load} target-neo4j-retail"]
    )
    said = pipeline.run(
        f"daybook audit --day {wanted} --source {_SOURCE} --schema {_SOURCE}"
    )
    report.say(said.splitlines()[-1])
    print(
        pipeline.run(
            f"python -m orchestrate.retail_statistics --day {wanted}"
        ),
        end="",
    )


def _deliver(day: Day) -> None:
    """Generate the day's deliveries, unless there are some of anybody's."""
    folder = _DELIVERED / f"date={day}"
    there = sorted(_DELIVERED.glob("date=*"))
    if folder in there or (there and not _MARK.exists()):
        report.say(f"{_DELIVERED.relative_to(ROOT)}: read as it is")
        return
    folder.mkdir(parents=True)
    _MARK.touch()
    days = [path.name.removeprefix("date=") for path in (*there, folder)]
    made = source.deliver(
        _DELIVERED,
        date.fromisoformat(str(day)),
        Shop(),
        date.fromisoformat(min(days)),
    )
    report.say(f"{folder.relative_to(ROOT)}: {len(made)} generated files")


if __name__ == "__main__":
    main(run)
