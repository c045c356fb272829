"""10,000 people and the places they were born in. Pure.

Everything follows from a seed. Two towns of one name lie in different
countries, and some people come from a place that no list has: what a
pipeline must report, and not guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from demo.names import FIRST_NAMES, LAST_NAMES

PEOPLE = 10_000
UNKNOWN = "Brigadoon"
"""A place of birth that is in no list."""

Place = tuple[str, str, str]
Person = tuple[str, str, str, str]

PLACES: tuple[Place, ...] = (
    ("Aberdeen", "Aberdeenshire", "Scotland"),
    ("Inverness", "Inverness-shire", "Scotland"),
    ("Fort William", "Inverness-shire", "Scotland"),
    ("Edinburgh", "Midlothian", "Scotland"),
    ("Glasgow", "Lanarkshire", "Scotland"),
    ("Castle Douglas", "Kirkcudbrightshire", "Scotland"),
    ("Stornoway", "Ross and Cromarty", "Scotland"),
    ("Isle of Whithorn", "Wigtownshire", "Scotland"),
    ("Belfast", "County Antrim", "Northern Ireland"),
    ("Bangor", "County Down", "Northern Ireland"),
    ("Newtownards", "County Down", "Northern Ireland"),
    ("Bangor", "Gwynedd", "Wales"),
    ("Colwyn Bay", "Conwy", "Wales"),
    ("Betws-y-Coed", "Conwy", "Wales"),
    ("Swansea", "Glamorgan", "Wales"),
    ("King's Lynn", "Norfolk", "England"),
    ("Newcastle upon Tyne", "Northumberland", "England"),
    ("Bury St Edmunds", "Suffolk", "England"),
    ("Stratford-upon-Avon", "Warwickshire", "England"),
    ("Dún Laoghaire", "County Dublin", "Ireland"),
    ("Dingle, An Daingean", "County Kerry", "Ireland"),
    ("Saint-Étienne", "Loire", "France"),
    ("L'Haÿ-les-Roses", "Val-de-Marne", "France"),
    ("Mönchengladbach", "Nordrhein-Westfalen", "Germany"),
    ("Łódź", "Województwo łódzkie", "Poland"),
    ("Αθήνα", "Αττική", "Greece"),
    ("京都市", "京都府", "Japan"),
)
_FIRST_BIRTH = date(1921, 1, 1)
_BIRTH_DAYS = 36_000
_UNKNOWN_EVERY = 701


def places() -> Iterator[Place]:
    """Yield `(city, county, country)`."""
    yield from PLACES


def people() -> Iterator[Person]:
    """Yield `(given_name, family_name, date_of_birth, place_of_birth)`."""
    rng = Random("people")  # noqa: S311 (nothing secret)
    for number in range(1, PEOPLE + 1):
        # Random.random is the same on every Python, choice may not be.
        given = FIRST_NAMES[int(rng.random() * len(FIRST_NAMES))]
        family = LAST_NAMES[int(rng.random() * len(LAST_NAMES))]
        born = _FIRST_BIRTH + timedelta(int(rng.random() * _BIRTH_DAYS))
        place = PLACES[int(len(PLACES) * rng.random() ** 2)][0]
        if number % _UNKNOWN_EVERY == 0:
            place = UNKNOWN
        yield given, family, born.isoformat(), place
