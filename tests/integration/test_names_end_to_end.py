"""Names are data: in SQL, in paths, in messages, in the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from psycopg.sql import SQL, Composed, Identifier, Literal
from roundtrip import Held, Trip, change, keys, trip, validate

DAY, NEXT = "2024-12-20", "2024-12-21"
NAMES = [
    "Mixed Case",
    'with "quotes" "',
    "it's",
    "a.b",
    "..",
    ".",
    ".hidden",
    "a/b",
    "../../outside",
    "/absolute",
    "100%",
    "%2F",
    "-dash-",
    "--",
    "; DROP TABLE a; --",
    "select",
    "user_pkey",
    "user",
    "x" * 63,
    "é" * 31,
    "e\u0301",
    "\u00e9",
    "😀 emoji",
    "a\nb",
    "\r",
    " lead",
    "trail ",
    "trail.",
    "back\\slash",
    "$HOME",
    "{x}",
    "*",
    "[a]",
    "#part?x=1&y=2",
    "a:b",
    "a,b",
    '"',
    "'",
    "\\.",
    "\u202eabc",
    "\ufeffmark",
    "A",
    "a",
    "%s",
    "{}",
    "NULL",
    "=cmd",
    "datapackage.json",
    "public-x",
    "loads",
    "daybook",
    "daybook_staged_0",
    "pg_class",
    "_sdc_deleted_at",
    "source",
    "extracted_at",
    "table",
    "live",
    "staged",
    "d",
]


@dataclass(frozen=True)
class Done:
    """What both ends hold after both days, and what lies beside the lake."""

    trip: Trip
    source: dict[str, Held]
    warehouse: dict[str, Held]
    outside: list[str]


@pytest.fixture(scope="module")
def done(
    server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Done]:
    place = tmp_path_factory.mktemp("place")
    lake = place / "lake"
    lake.mkdir()
    with trip(server_url, lake, definitions()) as here:
        here.go(DAY)
        change(here.source, SQL(";").join(map(new_value, NAMES)))
        here.go(NEXT)
        outside = [str(path) for path in place.iterdir() if path != lake]
        held = here.source_holds(), here.warehouse_holds()
        yield Done(here, *held, outside)


def definitions() -> Composed:
    """Every table has a column of each name and refers to the next."""
    tables = [table(name) for name in NAMES]
    links = [link(*pair) for pair in pairwise(NAMES)]
    return SQL(";").join([*tables, *links])


def table(name: str) -> Composed:
    return SQL(
        "CREATE TABLE {table} (id text, {columns}, PRIMARY KEY ({key}));"
        " INSERT INTO {table} VALUES ('', {values})"
    ).format(
        table=Identifier("public", name),
        columns=SQL(", ").join(
            SQL("{} text").format(Identifier(column)) for column in NAMES
        ),
        key=Identifier(name),
        values=SQL(", ").join(map(Literal, NAMES)),
    )


def link(child: str, parent: str) -> Composed:
    return SQL(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}"
    ).format(
        Identifier("public", child),
        Identifier(child),
        Identifier(parent),
        Identifier("public", parent),
    )


def new_value(name: str) -> Composed:
    return SQL("UPDATE {} SET id = 'new'").format(Identifier("public", name))


@pytest.mark.parametrize("name", NAMES)
def test_a_table_arrives_under_its_name(done: Done, name: str) -> None:
    mine = done.source[name]
    assert done.warehouse[name] == mine
    assert b"new\t" in mine.rows[0]


def test_keys_arrive_under_their_names(done: Done) -> None:
    found = keys(done.trip.warehouse)
    assert found == keys(done.trip.source)
    assert len(found) == 2 * len(NAMES) - 1


def test_nothing_is_written_outside_the_day(done: Done) -> None:
    assert done.outside == []
    day = done.trip.lake / f"source=postgres/extracted_at={DAY}"
    files = [path for path in day.rglob("*") if path.is_file()]
    depths = {len(path.relative_to(day).parts) for path in files}
    assert depths == {1, 2}
    assert len(files) == len(NAMES) + 1


def test_frictionless_accepts_the_day(done: Done) -> None:
    report = validate(done.trip.lake, NEXT)
    assert report.returncode == 0, report.stdout
