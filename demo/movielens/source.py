"""The rating site's database, in MySQL or MariaDB."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.mysql.connection import connect
from daybook.mysql.load import local_file

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from demo.movielens.rows import Site

VARIABLE = "MOVIELENS_URL"

_TABLES = """
    SELECT count(*) FROM information_schema.tables
    WHERE table_schema = database()
"""
_MOVIES = """
    CREATE TABLE movies (
        movieId int PRIMARY KEY,
        title varchar(255) NOT NULL,
        genres varchar(255) NOT NULL
    ) CHARACTER SET utf8mb4
"""
_RATINGS = """
    CREATE TABLE ratings (
        userId int NOT NULL,
        movieId int NOT NULL,
        rating decimal(2, 1) NOT NULL,
        timestamp bigint NOT NULL,
        PRIMARY KEY (userId, movieId)
    )
"""
_LOAD = """
    LOAD DATA LOCAL INFILE {} INTO TABLE {} CHARACTER SET utf8mb4
    FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY ''
"""


def is_empty(url: str) -> bool:
    """Return whether the database has no table yet."""
    with _session(url) as session, session.cursor() as cursor:
        cursor.execute(_TABLES)
        (count,) = cursor.fetchone() or (0,)
        return bool(count == 0)


def fill(url: str, site: Site) -> None:
    """Create the site's tables in an empty database, and fill them."""
    with _session(url) as session, session.cursor() as cursor:
        cursor.execute(_MOVIES)
        cursor.execute(_RATINGS)
        _load(session, site)


def change(url: str, site: Site) -> None:
    """Let the tables hold what `site` has, in one transaction."""
    with _session(url) as session, session.cursor() as cursor:
        session.begin()
        cursor.execute("DELETE FROM ratings")
        cursor.execute("DELETE FROM movies")
        _load(session, site)
        session.commit()


def _session(url: str) -> Session:
    return connect(url, variable=VARIABLE, plugin="demo", local_infile=True)


def _load(session: Session, site: Site) -> None:
    _load_table(session, "movies", site.movies())
    _load_table(session, "ratings", site.ratings())


def _load_table(
    session: Session, table: str, rows: Iterable[Sequence[object]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="daybook-") as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        statement = _LOAD.format(session.escape(str(path)), table)
        local_file.load(session, statement, path)
