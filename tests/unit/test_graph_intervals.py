"""Intervals become durations of the same months, days and time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from daybook.neo4j.kinds import Base, Kind
from graph_values import fits, sent

INT32 = st.integers(-(2**31), 2**31 - 1)
SMALL = st.integers(-40, 40)


def as_postgres(months: int, days: int, micros: int) -> str:
    """Return an interval as PostgreSQL writes it."""
    years, rest = divmod(abs(months), 12)
    sign = -1 if months < 0 else 1
    words = [
        (years * sign, "year"), (rest * sign, "mon"), (days, "day"),
    ]  # fmt: skip
    said: list[str] = []
    for number, unit in words:
        if number:
            plus = (
                "+" if said and said[-1].startswith("-") and number > 0 else ""
            )
            said.append(f"{plus}{number} {unit}{'' if number == 1 else 's'}")
    if micros or not said:
        seconds, fraction = divmod(abs(micros), 1_000_000)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        clock += f":{seconds % 60:02}"
        clock += f".{fraction:06}".rstrip("0") if fraction else ""
        plus = "+" if said and said[-1].startswith("-") else ""
        said.append(("-" if micros < 0 else plus) + clock)
    return " ".join(said)


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield what an ISO duration adds up: number in units, unit."""
    day, _, time = text.removeprefix("P").partition("T")
    for number, unit in re.findall(r"(-?\d+)([YMD])", day):
        yield int(number), unit
    for number, unit in re.findall(r"(-?[\d.]+)([HMS])", time):
        scale = {"H": 3600, "M": 60, "S": 1}[unit] * 1_000_000
        if unit == "S":
            sign = -1 if number.startswith("-") else 1
            whole, _, rest = number.lstrip("-").partition(".")
            yield sign * (int(whole) * scale + int(rest.ljust(6, "0"))), "T"
        else:
            yield int(number) * scale, "T"


def added_up(text: str) -> tuple[int, int, int]:
    sums = reduce(
        lambda sums, piece: sums | {piece[1]: sums[piece[1]] + piece[0]},
        pieces(text),
        dict.fromkeys("YMDT", 0),
    )
    return sums["Y"] * 12 + sums["M"], sums["D"], sums["T"]


@given(
    SMALL | INT32,
    SMALL | INT32,
    st.integers(-4_000_000_000, 4_000_000_000)
    | st.integers(-(2**63), 2**63 - 1),
)
def test_intervals_keep_months_days_and_time(
    months: int, days: int, micros: int
) -> None:
    kind, text = Kind(Base.DURATION), as_postgres(months, days, micros)
    assert fits(kind, text) is True
    found = sent(kind, text)
    assert added_up(found) == (months, days, micros)
    assert sent(kind, found) == found
