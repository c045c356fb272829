"""The models of film ratings take ratings as other sites keep them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dbt_runs import DAY, Pipeline, new_pipeline

import meltano
from daybook.day import Day
from daybook.lake import partition
from days import publish_day, table

pytestmark = pytest.mark.long

MODELS = "movielens_graph"
FILMS = [["7", "Ende (1999)", "War"]]
SECONDS = "964982703"


@pytest.fixture
def pipeline(tmp_path: Path, lake: Path) -> Pipeline:
    """The models of this project."""
    made = new_pipeline(tmp_path / "project", lake)
    made.source = MODELS
    models = Path("transform") / "models" / MODELS
    shutil.copytree(meltano.ROOT / models, made.root / models)
    return made


def publish_site(lake: Path, id_type: str, moment: tuple[str, str]) -> None:
    """Publish a film, a rating of it, and one of a film that is missing."""
    films = table(
        "movies", [("movieId", id_type), ("title", "text"), ("genres", "text")]
    )
    ratings = table(
        "ratings",
        [
            ("userId", id_type),
            ("movieId", id_type),
            ("rating", "real"),
            ("timestamp", moment[0]),
        ],
    )
    rows = [["1", film, "3.5", moment[1]] for film in ("7", "8")]
    publish_day(lake, "movielens", DAY, [(films, FILMS), (ratings, rows)])


def lines(pipeline: Pipeline, name: str) -> list[str]:
    """Return the rows of a table that the models made."""
    day = Day.parse(DAY)
    folder = partition.folder(pipeline.lake, MODELS, day)
    (path,) = (
        folder / file.path
        for file in partition.read(pipeline.lake, MODELS, day).files
        if file.table.name == name
    )
    return path.read_text().splitlines()[1:]


@pytest.mark.parametrize(
    ("id_type", "moment"),
    [
        ("bigint", ("numeric(20,0)", SECONDS)),
        (
            "integer",
            ("timestamp(0) without time zone", "2000-07-30 18:45:03"),
        ),
        (
            "integer",
            ("timestamp(6) with time zone", "2000-07-30 18:45:03.9+00"),
        ),
        ("text", ("text", SECONDS)),
    ],
)
def test_ids_and_moments_may_be_of_other_types(
    pipeline: Pipeline, lake: Path, id_type: str, moment: tuple[str, str]
) -> None:
    publish_site(lake, id_type, moment)
    result = pipeline.dbt()
    assert result.returncode == 0, result.stdout + result.stderr
    assert [ended.returncode for ended in pipeline.carry()] == [0, 0]
    assert lines(pipeline, "ratings") == [f"1,7,3.5,{SECONDS}"]
    lost = lines(pipeline, "ratings_without_movie")
    assert lost == [f"1,8,3.5,{SECONDS}"]
