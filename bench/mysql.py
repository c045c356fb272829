"""MySQL's figures, beside what the server does of itself.

Reading is measured beside SELECT ... INTO OUTFILE, which is what
`mysqldump --tab` runs; loading beside LOAD DATA of the same rows.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.steps import DAY, NEXT_DAY, Steps
from daybook.mysql.connection import connect
from daybook.mysql.load import local_file
from daybook.services import mariadb
from demo.movielens import source
from demo.movielens.rows import RATINGS, Site

Figure = tuple[str, float, float | None]

_OUT = "SELECT * FROM movielens.ratings INTO OUTFILE %s"
_COPY = "CREATE OR REPLACE TABLE copied LIKE movielens.ratings"
_IN = "LOAD DATA LOCAL INFILE {} INTO TABLE copied"
_CHANGE = (
    "UPDATE movielens.ratings SET timestamp = timestamp {} 1 "
    "WHERE (userId + movieId) % 100 = 0"
)
_EMPTY = (
    "SET foreign_key_checks = 0",
    "DROP TABLE IF EXISTS ratings, one, daybook_loads",
)


@dataclass(frozen=True, slots=True)
class MySQL:
    """Film ratings that are read and loaded again and again.

    Attributes:
        steps: Runs the extracts and loads.
        superuser: The server's URL for who may write files.
        urls: Those of a source and of a target.
        folder: Where the server may write.
    """

    steps: Steps
    superuser: str
    urls: Mapping[str, str]
    folder: Path

    def measure(self, rounds: int) -> dict[str, list[float]]:
        """Return the seconds of each step, of every round."""
        seconds: dict[str, list[float]] = defaultdict(list)
        for number in range(rounds):
            for name, value in self._round(number).items():
                seconds[name].append(value)
        return dict(seconds)

    def _round(self, number: int) -> dict[str, float]:
        file = self.folder / f"ratings-{number}.txt"
        one = {"OUTFILE": self._write_out(file)}
        one["mysql extract t0"] = self._extract("one")
        one["mysql extract"] = self._extract("ratings")
        self._run(self.urls["PEOPLE_URL"], _COPY)
        one["LOAD DATA"] = self._load_data(file)
        file.unlink()
        self._empty()
        one["mysql load t0"] = self._load("one")
        self._empty()
        one["mysql load"] = self._load("ratings")
        one["mysql reload"] = self._load("ratings")
        one["mysql load changed"] = self._load("ratings", NEXT_DAY)
        return one

    def extract_changed(self) -> None:
        """Make a next day in which a hundredth of the rows has changed."""
        self._run(self.superuser, _CHANGE.format("+"))
        self._extract("ratings", NEXT_DAY)
        self._run(self.superuser, _CHANGE.format("-"))

    def _extract(self, table: str, day: str = DAY) -> float:
        return self.steps.meltano(
            "extract",
            "extract_movielens",
            MOVIELENS_URL=self.urls["MOVIELENS_URL"],
            TAP_MYSQL_TABLES=table,
            SOURCE=table,
            DATESTAMP=day,
        )

    def _load(self, name: str, day: str = DAY) -> float:
        return self.steps.meltano(
            "load",
            "tap-csv",
            "target-mysql",
            PEOPLE_URL=self.urls["PEOPLE_URL"],
            TAP_CSV_SOURCES=name,
            EXTRACTED_AT=day,
        )

    def _empty(self) -> None:
        for statement in _EMPTY:
            self._run(self.urls["PEOPLE_URL"], statement)

    def _write_out(self, file: Path) -> float:
        start = time.perf_counter()
        self._run(self.superuser, _OUT, str(file))
        return time.perf_counter() - start

    def _run(self, url: str, statement: str, *values: str) -> None:
        session = connect(url, variable=source.VARIABLE, plugin="bench")
        with session, session.cursor() as cursor:
            cursor.execute(statement, values or None)

    def _load_data(self, file: Path) -> float:
        session = connect(
            self.urls["PEOPLE_URL"],
            variable="PEOPLE_URL",
            plugin="bench",
            local_infile=True,
        )
        statement = _IN.format(session.escape(str(file)))
        start = time.perf_counter()
        with session:
            local_file.load(session, statement, file)
        return time.perf_counter() - start


def prepare(folder: Path, rows: int) -> MySQL:
    """Start a server and fill it with about `rows` ratings."""
    urls = mariadb.up(folder).urls
    source.fill(urls[source.VARIABLE], Site(1, rows / RATINGS))
    steps = Steps(folder / "lake-of-mysql", folder)
    outside = folder / "out"
    outside.mkdir()
    outside.chmod(0o777)  # the server's account writes there
    made = MySQL(steps, mariadb.superuser_url(folder), urls, outside)
    for statement in (
        "CREATE TABLE movielens.one (id int PRIMARY KEY)",
        "INSERT INTO movielens.one VALUES (1)",
        "GRANT SELECT ON movielens.ratings TO people@'127.0.0.1'",
    ):
        made._run(made.superuser, statement)
    made.extract_changed()
    return made


def figures(seconds: Mapping[str, list[float]], rows: int) -> list[Figure]:
    """Return what reading and loading cost, from medians, t0 taken off."""
    middle = {name: statistics.median(runs) for name, runs in seconds.items()}
    extract = middle["mysql extract"] - middle["mysql extract t0"]
    load = middle["mysql load"] - middle["mysql load t0"]
    reload = middle["mysql reload"] - middle["mysql load t0"]
    copied = middle["LOAD DATA"]
    changed = middle["mysql load changed"] - middle["mysql load t0"]
    return [
        ("ratings extracted from MySQL a second", rows / extract, 200_000),
        ("extract from MySQL / OUTFILE", extract / middle["OUTFILE"], None),
        ("load into MySQL / LOAD DATA", load / copied, None),
        ("reload unchanged into MySQL - t0, s", reload, None),
        ("1 % changed into MySQL / LOAD DATA", changed / copied, None),
    ]
