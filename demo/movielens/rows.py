"""Films, their genres and how people rated them. Pure.

Everything follows from a seed: no clock, no files. The second day is the
first with rows inserted, updated and deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

MOVIES = 10_000
USERS = 600
RATINGS = 100_000
NO_GENRES = "(no genres listed)"
"""What MovieLens writes where a film has no genre."""

_LEAST = 20
"""So many films everybody has rated, as in MovieLens."""

_OPENING = 820_454_400  # 1996-01-01, in seconds
_YEARS = 28 * 365 * 86_400
_SECOND_DAY = 1_734_739_200  # 2024-12-21
_NEW_EACH = 2
_WITHOUT_GENRE = 0.01
_CHANGED_EVERY, _DELETED_EVERY = 4_001, 20_011
_GENRES = (
    "Drama", "Comedy", "Thriller", "Action", "Romance", "Adventure", "Crime",
    "Sci-Fi", "Horror", "Fantasy", "Children", "Animation", "Mystery",
    "Documentary", "War", "Musical", "Western", "IMAX", "Film-Noir",
)  # fmt: skip
_FIRST = (
    "Silent", "Crimson", "Last", "Hidden", "Broken", "Golden", "Midnight",
    "Électrique", "Weiße", "Señor's", "Lost", "Distant", "Paper", "Iron",
    "Small", "Burning", "Second", "Invisible", "Winter's", "Żółty",
)  # fmt: skip
_SECOND = (
    "Harbour", "Garden", "Orchestra", "Letters", "Frontier", "Mirror",
    "Lighthouse", "Detectives", "Parade", "Équipe", "Straße", "Journey",
    "Neighbours", "Carnival", "Railway", "Island", "Winter", "Promise",
    "Comet", "七夕", "Ghost", "Kitchen", "Choir", "Stranger", "Atlas",
)  # fmt: skip
_HALVES = (10, 9, 8, 8, 8, 7, 7, 6, 6, 6, 5, 4, 4, 3, 2, 1)
"""Ratings in halves of a star, as often as they are given."""

Movie = tuple[int, str, str]
Rating = tuple[int, int, str, int]


@dataclass(frozen=True, slots=True)
class Site:
    """The site on one day.

    Attributes:
        day: 1 or 2.
        scale: 1 has the size of MovieLens' small set.
    """

    day: int = 1
    scale: float = 1

    @property
    def movie_count(self) -> int:
        """The number of films."""
        return max(2 * _LEAST, round(MOVIES * self.scale))

    @property
    def user_count(self) -> int:
        """The number of people who rate."""
        return max(1, round(USERS * self.scale))

    def movies(self) -> Iterator[Movie]:
        """Yield `(movieId, title, genres)`, ids with gaps, in order."""
        yield from (_movie(n) for n in range(self.movie_count))
        if self.day == 2:
            yield _movie(self.movie_count)

    def ratings(self) -> Iterator[Rating]:
        """Yield `(userId, movieId, rating, timestamp)`, user by user.

        The rating is in stars, the timestamp in seconds since 1970.
        """
        for number, rating in enumerate(self._first_day(), 1):
            if self.day == 1:
                yield rating
            elif number % _CHANGED_EVERY == 0:
                yield (*rating[:2], "0.5", _SECOND_DAY + number % 86_400)
            elif number % _DELETED_EVERY:
                yield rating
        if self.day == 2:
            newest = movie_id(self.movie_count)
            for user in range(1, self.user_count + 1, _NEW_EACH):
                yield user, newest, "4.0", _SECOND_DAY + user % 86_400

    def _first_day(self) -> Iterator[Rating]:
        total = max(RATINGS * self.scale, _LEAST * self.user_count)
        more = round(total) - _LEAST * self.user_count
        for user in range(1, self.user_count + 1):
            rng = Random(f"user {user}")  # noqa: S311 (nothing secret)
            # Few people rate much: shares fall with the user's number.
            left, so_far = self.user_count, user - 1
            share = _until(more, user, left) - _until(more, so_far, left)
            yield from _ratings_of(rng, user, _LEAST + share, self.movie_count)


def movie_id(number: int) -> int:
    """Return the id of a film; ids have gaps, as films were withdrawn."""
    return number + 1 + number // 7 * 3


def _until(more: int, user: int, users: int) -> int:
    """Return how many of `more` ratings the first `user`s have given."""
    part = user / users
    return round(more * part * (2 - part))


def _ratings_of(
    rng: Random, user: int, count: int, movies: int
) -> Iterator[Rating]:
    count = min(count, movies)
    seen: set[int] = set()
    moment = _OPENING + int(rng.random() * _YEARS)
    while len(seen) < count:
        # Random.random is the same on every Python, choice may not be.
        number = int(movies * rng.random() ** 3)
        while number in seen:
            number = (number + 1) % movies
        seen.add(number)
        moment += int(rng.random() * 600)
        half = _HALVES[int(rng.random() * len(_HALVES))]
        yield user, movie_id(number), f"{half / 2:.1f}", moment


def _movie(number: int) -> Movie:
    rng = Random(f"movie {number}")  # noqa: S311 (nothing secret)
    first = _FIRST[int(rng.random() * len(_FIRST))]
    second = _SECOND[int(rng.random() * len(_SECOND))]
    words = f"{first} {second}"
    title = f"{words}, The" if rng.random() < 0.2 else words
    part = f" {number // 500 + 1}" if number >= 500 else ""
    year = 1920 + int(rng.random() * 104)
    return movie_id(number), f"{title}{part} ({year})", _genres(rng)


def _genres(rng: Random) -> str:
    count = 0 if rng.random() < _WITHOUT_GENRE else 1 + int(rng.random() * 4)
    chosen = {
        _GENRES[int(len(_GENRES) * rng.random() ** 1.6)] for _ in range(count)
    }
    return "|".join(sorted(chosen)) or NO_GENRES
