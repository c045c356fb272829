"""`make movielens`: a day of film ratings, from MySQL to both targets."""

from __future__ import annotations

from typing import Annotated

import psycopg
import typer
from rich.markup import escape

from daybook.cli import project
from daybook.day import Day
from daybook.neo4j.server import connect
from demo import report
from demo.movielens import source
from demo.movielens.rows import Site
from demo.pipeline import ROOT, Pipeline, main

_RAW, _MODELS = "movielens", "movielens_graph"
_BEST = """
    SELECT m.title, s.ratings, s.mean, s.bayesian_mean
    FROM movielens.movie_stats AS s
    JOIN movielens.movies AS m USING ("movieId")
    ORDER BY s.bayesian_mean DESC, m."movieId" LIMIT 5
"""
_LOST = """
    SELECT "userId", "movieId", count(*) OVER ()
    FROM movielens.ratings_without_movie
    ORDER BY 1, 2 LIMIT 5
"""
_PATH = """
    MATCH (u:User)-[r:RATED]->(m:Movie)-[:IN_GENRE]->(g:Genre)
    RETURN u.userId, r.rating, m.title, g.name
    ORDER BY u.userId, m.movieId, g.name LIMIT 1
"""


def run(
    day: Annotated[str, typer.Option(help="The day, YYYY-MM-DD.")],
    scale: Annotated[
        float,
        typer.Option(help="Size of the generated site; 1: 100,000 ratings."),
    ] = 1,
    changed: Annotated[
        bool,
        typer.Option(help="Let the generated site go to its second day."),
    ] = False,
) -> None:
    """Extract, transform, load and audit one day of film ratings."""
    wanted = Day.parse(day, variable="DAY")
    pipeline = Pipeline("movielens")
    report.heading("The source and the targets")
    _start(pipeline, scale, changed=changed)
    report.heading(f"The day {wanted}")
    _run_day(pipeline, wanted)
    _show(pipeline, wanted)


def _start(pipeline: Pipeline, scale: float, *, changed: bool) -> None:
    """Start what the user does not have; fill a source of our own."""
    pipeline.start("WAREHOUSE_URL", "NEO4J_URL", source.VARIABLE)
    url = pipeline.variables()[source.VARIABLE]
    if pipeline.is_embedded(source.VARIABLE) and source.is_empty(url):
        source.fill(url, Site(2 if changed else 1, scale))
        report.say(f"{source.VARIABLE}: filled with generated ratings")
    elif changed:
        source.change(url, Site(2, source.generated_scale(url)))
        report.say(f"{source.VARIABLE}: the generated site's second day")
    else:
        report.say(f"{source.VARIABLE}: read as it is")


def _run_day(pipeline: Pipeline, day: Day) -> None:
    pipeline.run(
        f"MELTANO_ENVIRONMENT=extract SOURCE={_RAW} DATESTAMP={day} "
        "meltano run extract_movielens"
    )
    pipeline.run(
        f"MELTANO_ENVIRONMENT=transform SOURCE={_MODELS} DATESTAMP={day} "
        "meltano run transform_movielens"
    )
    load = (
        f"MELTANO_ENVIRONMENT=load SCHEMA=movielens EXTRACTED_AT={day} "
        f"TAP_CSV_SOURCES={_MODELS} meltano run tap-csv"
    )
    pipeline.together(
        [f"{load} target-postgres", f"{load} target-neo4j-movielens"]
    )
    said = pipeline.run(
        f"daybook audit --day {day} --source {_MODELS} --schema movielens"
    )
    report.say(said.splitlines()[-1])


def _show(pipeline: Pipeline, day: Day) -> None:
    report.lake_tables(project.find(ROOT).lake, (_RAW, _MODELS), day)
    urls = pipeline.variables()
    shown = report.table("title", "ratings", "mean", "bayesian mean")
    with psycopg.connect(urls["WAREHOUSE_URL"]) as session:
        for title, *numbers in session.execute(_BEST):
            shown.add_row(title, *map(str, numbers))
        lost = session.execute(_LOST).fetchall()
    for user, movie, _ in lost:
        report.say(f"the film {movie} is missing, which user {user} has rated")
    if lost and lost[0][2] > len(lost):
        report.say(f"and so on, {lost[0][2]:,} ratings: ratings_without_movie")
    report.console.print(shown)
    with connect(
        urls["NEO4J_URL"], variable="NEO4J_URL", plugin="demo"
    ) as server:
        for user, stars, title, genre in server.rows(_PATH):
            path = (
                f"(user {user})-[:RATED {{rating: {stars}}}]->({title})"
                f"-[:IN_GENRE]->({genre})"
            )
            report.say(escape(path))


if __name__ == "__main__":
    main(run)
