"""`make people`: people and places, from two files to MySQL."""

from __future__ import annotations

from typing import Annotated

import typer

from daybook.day import Day
from demo import report
from demo.pipeline import Pipeline, main

_RAW, _MODELS = "people_places", "people"
_VARIABLE = "PEOPLE_URL"


def run(
    day: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
) -> None:
    """Extract, transform, load, audit and summarize one day of people."""
    wanted = Day.parse(day, variable="DAY")
    pipeline = Pipeline("people")
    report.heading("The target")
    pipeline.start(_VARIABLE)
    report.heading(f"The day {wanted}")
    for command in _commands(wanted):
        said = pipeline.run(command)
    print(said, end="")


def _commands(day: Day) -> list[str]:
    return [
        f"MELTANO_ENVIRONMENT=extract SOURCE={_RAW} DATESTAMP={day} "
        "meltano run extract_people_places",
        f"MELTANO_ENVIRONMENT=transform SOURCE={_MODELS} DATESTAMP={day} "
        "meltano run transform_people",
        f"MELTANO_ENVIRONMENT=load EXTRACTED_AT={day} "
        f"TAP_CSV_SOURCES={_MODELS} meltano run tap-csv target-mysql",
        f"daybook audit --day {day} --source {_MODELS} --target mysql",
        f"python -m orchestrate.people_summary --day {day}",
    ]


if __name__ == "__main__":
    main(run)
