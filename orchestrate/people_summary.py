"""How many people were born in which country: a day's summary in files.

`python -m orchestrate.people_summary --day D` asks MySQL, compares the
answer with the lake's day, and writes into the lake's folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pymysql
import typer

from daybook import dialect
from daybook.cli import project
from daybook.cli.script import main
from daybook.day import Day
from daybook.duck.views import open_days
from daybook.errors import UnfinishedError, UnreachableError
from daybook.lake import files, partition
from daybook.mysql.connection import connect, said

if TYPE_CHECKING:
    from daybook.mysql.connection import Session

_NAME, _SOURCE, _VARIABLE = "people_summary", "people", "PEOPLE_URL"
_EXAMPLE = "mysql://user:secret@host:3306/people"
_LOAD = "Load that day; `make people` shows the command."
_COUNTRIES = """
    SELECT country_of_birth, count(*) FROM people
    WHERE country_of_birth IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
_DOUBTFUL = """
    SELECT person_id, given_name, family_name, place_of_birth, doubt
    FROM people WHERE doubt IS NOT NULL ORDER BY doubt, place_of_birth, 1
"""
_HELD = """
    SELECT coalesce(cast(day AS char), '') FROM daybook_loads
    WHERE `table` = 'people' AND source = 'people'
    AND outcome <> 'superseded' ORDER BY id DESC LIMIT 1
"""
_PERSON = ("person_id", "given_name", "family_name", "place_of_birth", "doubt")
Person = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of where people were born.

    Attributes:
        countries: People per country, most first.
        doubtful: Each person whose country is not known, and why.
        day: The day that MySQL holds, `""` of a day of the lake.
    """

    countries: Mapping[str, int]
    doubtful: tuple[Person, ...]
    day: str = ""


def run(
    day: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
) -> None:
    """Write how many people were born in which country.

    Where MySQL holds a newer day with other people, nothing is written.

    Raises:
        InputError: The lake has no such day.
        UnfinishedError: MySQL does not hold what the lake's day says.
        UnreachableError: MySQL does not answer, or has no people.
    """
    here, wanted = project.find(), Day.parse(day, variable="--day")
    lake = _of_lake(here.lake, wanted)
    held = _of_mysql(here.need(_VARIABLE, _EXAMPLE))
    if _facts(lake) != _facts(held):
        if held.day > str(wanted):
            print(
                f"{_VARIABLE} holds the newer day {held.day}, so the summary "
                f"of {wanted} stays as it is."
            )
            return
        raise UnfinishedError(
            f"{_VARIABLE} does not hold the people of {wanted}: "
            f"{_counts(held)} there, {_counts(lake)} in the lake. "
            "Nothing was written.",
            _LOAD,
        )
    folder = here.lake / "summary" / _SOURCE / f"extracted_at={wanted}"
    for path in _write(folder, held):
        print(f"written: {path}")
    print(f"{_counts(held)}: {_json(held.countries).decode()}", end="")


def _of_lake(lake: Path, day: Day) -> Summary:
    manifest = partition.open_day(lake, _SOURCE, day)
    with open_days(lake, [manifest]) as connection:
        countries = connection.execute(_COUNTRIES).fetchall()
        return Summary(
            dict(countries), tuple(connection.execute(_DOUBTFUL).fetchall())
        )


def _of_mysql(url: str) -> Summary:
    opened = connect(url, variable=_VARIABLE, plugin=_NAME, reader=True)
    with closing(opened) as session:
        return Summary(
            dict(_ask(session, _COUNTRIES)),
            tuple(_ask(session, _DOUBTFUL)),
            "".join(day for (day,) in _ask(session, _HELD)),
        )


def _ask(session: Session, query: str) -> list[tuple[Any, ...]]:
    try:
        with session.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    except pymysql.MySQLError as error:
        raise UnreachableError(
            f"The people in {_VARIABLE} cannot be read: {said(error)}.",
            f"{_LOAD} Then run the same command again.",
        ) from error


def _facts(summary: Summary) -> tuple[dict[str, int], set[Person]]:
    """Return what does not depend on how a server sorts."""
    return dict(summary.countries), set(summary.doubtful)


def _counts(summary: Summary) -> str:
    known = sum(summary.countries.values())
    return (
        f"{known:,} people of {len(summary.countries)} countries and "
        f"{len(summary.doubtful):,} of none that is known"
    )


def _write(folder: Path, summary: Summary) -> list[Path]:
    """Write the files, each in one step; return their paths."""
    contents = {
        "summary_output.json": _json(summary.countries),
        "summary_output.csv": _csv(
            ("country", "people"), summary.countries.items()
        ),
        "country_unknown.csv": _csv(_PERSON, summary.doubtful),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        files.replace_durably(folder / name, data)
    return [folder / name for name in contents]


def _json(body: Any) -> bytes:
    return (json.dumps(body, ensure_ascii=False) + "\n").encode()


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    lines = (
        [None if value is None else str(value) for value in row]
        for row in (header, *rows)
    )
    return b"".join(map(dialect.encode_row, lines))


if __name__ == "__main__":
    main(_NAME, run)
