"""The pipelines beside the shop, run from end to end by their DAGs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import harness
from airflow_days import empty_airflow, facts_of, run_days
from demo.movielens import source
from demo.movielens.rows import NO_GENRES, Site
from demo.people import rows as people_rows
from meltano import files_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
DAY, NEXT = "2024-12-20", "2024-12-21"
SITE = Site(1, 0.01)
LOST = (1, 999_999, "3.0", 1_700_000_000)
RATINGS = """
    SELECT "userId", "movieId", rating, timestamp FROM movielens.ratings
"""
RATED = """
    MATCH (u:User)-[r:RATED]->(m:Movie)
    RETURN u.userId AS user, m.movieId AS movie, r.rating AS rating,
           r.timestamp AS timestamp
"""


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lake = tmp_path_factory.mktemp("lake")
    airflow = empty_airflow(tmp_path_factory.mktemp("airflow"))
    return airflow | {"LAKE_ROOT": str(lake)}


@pytest.fixture(scope="module")
def urls(
    server_url: str, neo4j_url: str, mariadb_server_url: str
) -> Iterator[dict[str, str]]:
    """A small site to extract, and empty targets."""
    harness.empty_graph(neo4j_url)
    warehouse = harness.create_database(server_url, "films")
    mysql = [
        harness.create_mysql_database(mariadb_server_url, name)
        for name in ("movielens", "people")
    ]
    source.fill(mysql[0], SITE)
    harness.mysql(mysql[0], f"INSERT INTO ratings VALUES {LOST}")
    yield {
        "MOVIELENS_URL": mysql[0],
        "PEOPLE_URL": mysql[1],
        "WAREHOUSE_URL": warehouse,
        "NEO4J_URL": neo4j_url,
    }
    harness.drop_database(server_url, warehouse)
    for url in mysql:
        harness.drop_mysql_database(mariadb_server_url, url)


def run(
    dag: str, day: str, variables: dict[str, str], urls: dict[str, str]
) -> str:
    """Run a day, all of whose tasks must succeed; return what was said."""
    (states,), said = run_days(dag, variables | urls, {"date": day})
    assert set(states.values()) == {"success"}, said
    return said


@pytest.fixture(scope="module")
def films(variables: dict[str, str], urls: dict[str, str]) -> str:
    return run("movielens", DAY, variables, urls)


@pytest.fixture(scope="module")
def persons(variables: dict[str, str], urls: dict[str, str]) -> str:
    return run("people_places", DAY, variables, urls)


@pytest.mark.parametrize(
    ("dag", "order"),
    [
        (
            "movielens",
            {
                "extract.movielens": ["day"],
                "transform.movielens_graph": ["extract.movielens"],
                "load.neo4j": ["transform.movielens_graph"],
                "load.postgres": ["transform.movielens_graph"],
                "audit": ["load.neo4j", "load.postgres"],
            },
        ),
        (
            "people_places",
            {
                "extract.people_places": ["day"],
                "transform.people": ["extract.people_places"],
                "load.mysql": ["transform.people"],
                "audit": ["load.mysql"],
                "summary": ["load.mysql"],
            },
        ),
    ],
)
def test_the_steps_follow_each_other(
    variables: dict[str, str], dag: str, order: dict[str, list[str]]
) -> None:
    facts = facts_of(dag, variables)
    assert facts["did"] == []
    after = {name: task["after"] for name, task in facts["tasks"].items()}
    assert after == {"day": [], **order}


def test_every_rating_is_in_the_warehouse(
    films: str, urls: dict[str, str]
) -> None:
    assert ratings_of(harness.sql(urls["WAREHOUSE_URL"], RATINGS)) == given()


def test_genres_are_a_list_in_the_warehouse(
    films: str, urls: dict[str, str]
) -> None:
    found = harness.sql(
        urls["WAREHOUSE_URL"],
        'SELECT "movieId", title, genres FROM movielens.movies',
    )
    assert sorted(found) == [
        (movie, title, split(genres)) for movie, title, genres in SITE.movies()
    ]


def test_films_are_ranked_by_a_mean_that_few_ratings_do_not_win(
    films: str, urls: dict[str, str]
) -> None:
    stars: dict[int, list[float]] = defaultdict(list)
    for _, movie, rating, _ in SITE.ratings():
        stars[movie].append(float(rating))
    usual = sum(map(len, stars.values())) / len(stars)
    mean = sum(map(sum, stars.values())) / sum(map(len, stars.values()))
    found = harness.sql(
        urls["WAREHOUSE_URL"],
        'SELECT "movieId", ratings, mean, bayesian_mean '
        "FROM movielens.movie_stats",
    )
    assert len(found) == len(stars)
    for movie, ratings, own, bayesian in found:
        given = stars[movie]
        assert ratings == len(given)
        assert own == pytest.approx(sum(given) / len(given), abs=1e-6)
        expected = (usual * mean + sum(given)) / (usual + len(given))
        assert bayesian == pytest.approx(expected, abs=1e-6)


def test_a_rating_of_a_missing_film_is_reported_with_its_keys(
    films: str, urls: dict[str, str]
) -> None:
    found = harness.sql(
        urls["WAREHOUSE_URL"],
        'SELECT "userId", "movieId" FROM movielens.ratings_without_movie',
    )
    assert found == [LOST[:2]]
    assert "ratings_without_movie" in films


def test_every_rating_is_in_the_graph(
    films: str, urls: dict[str, str]
) -> None:
    found = harness.cypher(urls["NEO4J_URL"], RATED)
    assert ratings_of(row.values() for row in found) == given()


def test_every_genre_is_in_the_graph_and_none_where_there_is_none(
    films: str, urls: dict[str, str]
) -> None:
    found = harness.cypher(
        urls["NEO4J_URL"],
        "MATCH (m:Movie)-[:IN_GENRE]->(g:Genre) "
        "RETURN m.movieId AS movie, g.name AS genre",
    )
    assert sorted(tuple(row.values()) for row in found) == sorted(
        (movie, genre)
        for movie, _, genres in SITE.movies()
        for genre in split(genres)
    )


def test_a_film_has_an_id_and_a_title_in_the_graph(
    films: str, urls: dict[str, str]
) -> None:
    found = harness.cypher(
        urls["NEO4J_URL"],
        "MATCH (m:Movie) RETURN m.movieId AS id, m.title AS title, "
        "[key IN keys(m) WHERE NOT key STARTS WITH '_'] AS keys",
    )
    assert sorted((row["id"], row["title"]) for row in found) == [
        movie[:2] for movie in SITE.movies()
    ]
    assert {tuple(sorted(row["keys"])) for row in found} == {
        ("movieId", "title")
    }


def test_a_second_run_of_the_films_changes_nothing(
    films: str, variables: dict[str, str], urls: dict[str, str]
) -> None:
    before = files_of(Path(variables["LAKE_ROOT"]))
    stamps = "SELECT xmin::text FROM movielens.ratings ORDER BY 1"
    xmin = harness.sql(urls["WAREHOUSE_URL"], stamps)
    said = run("movielens", DAY, variables, urls)
    assert "unchanged" in said
    assert files_of(Path(variables["LAKE_ROOT"])) == before
    assert harness.sql(urls["WAREHOUSE_URL"], stamps) == xmin


def test_rows_changed_removed_and_added_arrive_with_the_next_day(
    films: str, variables: dict[str, str], urls: dict[str, str]
) -> None:
    changed, removed, *_ = SITE.ratings()
    where = "WHERE userId = {} AND movieId = {}"
    for statement in (
        f"UPDATE ratings SET rating = 0.5 {where.format(*changed[:2])}",
        f"DELETE FROM ratings {where.format(*removed[:2])}",
        "UPDATE movies SET genres = 'War|Western' WHERE movieId = 1",
        "INSERT INTO movies VALUES (5000, 'Ende (2024)', 'Drama')",
        "INSERT INTO ratings VALUES (700, 5000, 5.0, 1734739200)",
    ):
        harness.mysql(urls["MOVIELENS_URL"], statement)
    run("movielens", NEXT, variables, urls)
    expected = given()
    expected[changed[:2]] = (0.5, changed[3])
    del expected[removed[:2]]
    expected[700, 5000] = (5.0, 1734739200)
    found = harness.cypher(urls["NEO4J_URL"], RATED)
    assert ratings_of(row.values() for row in found) == expected
    rows = harness.sql(urls["WAREHOUSE_URL"], RATINGS)
    assert ratings_of(rows) == expected


def test_a_source_that_is_gone_fails_the_run(
    films: str, variables: dict[str, str], urls: dict[str, str]
) -> None:
    gone = urls | {"MOVIELENS_URL": "mysql://user:secret@127.0.0.1:9/films"}
    (states,), said = run_days(
        "movielens", variables | gone, {"date": "2024-12-22"}
    )
    assert states["extract.movielens"] == "failed", said
    assert states["transform.movielens_graph"] != "success"
    assert "MOVIELENS_URL" in said
    assert "secret@" not in said


def test_every_person_is_in_mysql(persons: str, urls: dict[str, str]) -> None:
    found = harness.mysql(
        urls["PEOPLE_URL"],
        "SELECT given_name, family_name, date_of_birth, place_of_birth "
        "FROM people",
    )
    assert Counter(
        (given, family, str(born), place)
        for given, family, born, place in found
    ) == Counter(people_rows.people())


def test_a_person_refers_to_the_place_of_birth(
    persons: str, urls: dict[str, str]
) -> None:
    found = harness.mysql(
        urls["PEOPLE_URL"],
        "SELECT count(*) FROM people AS p JOIN places AS q "
        "USING (place_id) WHERE p.place_of_birth = q.city "
        "AND p.country_of_birth = q.country",
    )
    sure = [row for row in people_rows.people() if country(row[3])]
    assert [tuple(row) for row in found] == [(len(sure),)]


def test_the_summary_counts_people_by_country(
    persons: str, variables: dict[str, str]
) -> None:
    folder = summary(variables)
    counted = Counter(
        country(row[3]) for row in people_rows.people() if country(row[3])
    )
    told = json.loads((folder / "summary_output.json").read_text())
    assert told == dict(counted)
    lines = (folder / "summary_output.csv").read_text().splitlines()
    assert lines[0] == "country,people"
    assert len(lines) == 1 + len(counted)


def test_people_of_an_unknown_country_are_told_apart(
    persons: str, variables: dict[str, str]
) -> None:
    text = (summary(variables) / "country_unknown.csv").read_text()
    doubts = Counter(line.rpartition(",")[2] for line in text.splitlines())
    places = Counter(row[3] for row in people_rows.people())
    assert doubts == {
        "doubt": 1,
        "unknown": places[people_rows.UNKNOWN],
        "in several countries": places["Bangor"],
    }


def test_a_second_run_of_the_people_changes_nothing(
    persons: str, variables: dict[str, str], urls: dict[str, str]
) -> None:
    sums = "CHECKSUM TABLE people, places"
    before = files_of(Path(variables["LAKE_ROOT"]))
    checksums = harness.mysql(urls["PEOPLE_URL"], sums)
    said = run("people_places", DAY, variables, urls)
    assert "unchanged" in said
    assert files_of(Path(variables["LAKE_ROOT"])) == before
    assert harness.mysql(urls["PEOPLE_URL"], sums) == checksums


def given() -> dict[Any, Any]:
    """Return stars and moment of each rating of the site."""
    return {
        (user, movie): (float(stars), moment)
        for user, movie, stars, moment in SITE.ratings()
    }


def ratings_of(rows: Iterable[Iterable[Any]]) -> dict[Any, Any]:
    """Return the same of rows, none of which may be there twice."""
    found = [tuple(row) for row in rows]
    by_key = {row[:2]: row[2:] for row in found}
    assert len(by_key) == len(found)
    return by_key


def split(genres: str) -> list[str]:
    return [] if genres == NO_GENRES else sorted(genres.split("|"))


def country(place: str) -> str | None:
    """Return the one country that has a town of this name."""
    found = {row[2] for row in people_rows.places() if row[0] == place}
    return found.pop() if len(found) == 1 else None


def summary(variables: dict[str, str]) -> Any:
    lake = Path(variables["LAKE_ROOT"])
    return lake / "summary" / "people" / f"extracted_at={DAY}"
