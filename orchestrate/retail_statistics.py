"""What a shop delivered on a day, and what became of it, as tables.

`python -m orchestrate.retail_statistics --day D` reads the day in the
lake; without `--day` it is DATESTAMP.
"""

from __future__ import annotations

from typing import Annotated

import typer

from daybook.cli import project, render
from daybook.cli.script import main
from daybook.day import Day
from daybook.duck.views import open_days
from daybook.lake import partition

_NAME, _SOURCE = "retail_statistics", "retail"
_HEADER = (
    "dataset", "day", "hour", "lines", "valid", "rejected", "duplicates",
    "bytes", "first", "last", "seconds",
)  # fmt: skip
_HOURS = """
    SELECT dataset, delivered_on::VARCHAR, delivered_hour::VARCHAR, lines,
        valid, rejected, duplicates, bytes, first_time::VARCHAR,
        last_time::VARCHAR, seconds
    FROM statistics WHERE delivered_on = ?
    ORDER BY delivered_hour, dataset
"""
_ALL = """
    SELECT dataset, 'all days', 'all', sum(lines)::BIGINT,
        sum(valid)::BIGINT, sum(rejected)::BIGINT, sum(duplicates)::BIGINT,
        sum(bytes)::BIGINT, min(first_time)::VARCHAR, max(last_time)::VARCHAR,
        datediff('second', min(first_time), max(last_time))
    FROM statistics GROUP BY dataset ORDER BY dataset
"""
_RULES = """
    SELECT dataset, rule,
        coalesce(sum(rows) FILTER (delivered_on = ?), 0)::BIGINT,
        sum(rows)::BIGINT
    FROM rejections GROUP BY ALL ORDER BY dataset, rule
"""


def run(
    day: Annotated[
        str, typer.Option(envvar="DATESTAMP", help="The day, YYYY-MM-DD.")
    ],
) -> None:
    """Print a day's hours, all days up to it, and the rules broken.

    Raises:
        InputError: The lake has no such day.
    """
    wanted = Day.parse(day, variable="--day")
    lake = project.find().lake
    manifest = partition.open_day(lake, _SOURCE, wanted)
    with open_days(lake, [manifest]) as connection:
        hours = connection.execute(_HOURS, [str(wanted)]).fetchall()
        everything = connection.execute(_ALL).fetchall()
        rules = connection.execute(_RULES, [str(wanted)]).fetchall()
    render.print_table(_HEADER, [*hours, *everything])
    if rules:
        header = ("dataset", "rule", f"on {wanted}", "in all")
        render.print_table(header, rules)


if __name__ == "__main__":
    main(_NAME, run)
