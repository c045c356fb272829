"""The generated film ratings have the shape of MovieLens."""

from __future__ import annotations

from collections import Counter

import pytest

from demo.movielens.rows import NO_GENRES, Site

ONE, TWO = Site(), Site(2)


def test_the_first_day_has_the_size_of_the_small_set() -> None:
    ratings = list(ONE.ratings())
    assert len(list(ONE.movies())) == 10_000
    assert len(ratings) == 100_000
    assert len({rating[0] for rating in ratings}) == 600


def test_nobody_rates_a_film_twice_and_everybody_rates_twenty() -> None:
    ratings = list(ONE.ratings())
    assert len({rating[:2] for rating in ratings}) == len(ratings)
    assert min(Counter(rating[0] for rating in ratings).values()) == 20


@pytest.mark.parametrize("site", [ONE, TWO, Site(2, 0.01)])
def test_every_rating_is_of_a_film_that_is_there(site: Site) -> None:
    movies = {movie[0] for movie in site.movies()}
    assert {rating[1] for rating in site.ratings()} <= movies


def test_genres_are_joined_and_some_films_have_none() -> None:
    genres = Counter(movie[2] for movie in ONE.movies())
    assert 50 < genres[NO_GENRES] < 200
    assert any("|" in joined for joined in genres)


def test_the_second_day_inserts_updates_and_deletes() -> None:
    one = {rating[:2]: rating for rating in ONE.ratings()}
    two = {rating[:2]: rating for rating in TWO.ratings()}
    assert len(two.keys() - one.keys()) == 300
    assert len(one.keys() - two.keys()) == 4
    both = one.keys() & two.keys()
    assert sum(one[key] != two[key] for key in both) == 24


def test_the_scale_multiplies_all_of_it() -> None:
    tenth = Site(1, 0.1)
    assert len(list(tenth.movies())) == 1_000
    assert len(list(tenth.ratings())) == 10_000
