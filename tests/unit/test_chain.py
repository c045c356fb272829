"""Which parts of a table must be loaded before another one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import days
from daybook.day import Day
from daybook.errors import RefusedError
from daybook.relational import chain
from daybook.relational.chain import Part
from daybook.relational.loads import Load
from daybook.relational.strategies import Strategy
from daybook.singer.handover import HandedFile
from daybook.singer.schema import Origin
from daybook.window import Mark, Window

KEYED = days.table("t", [("id", "integer")], ["id"])
FILE = HandedFile(Path("f.csv"), 0, "", 0)
D1, D2, D3 = (Day(2024, 12, number) for number in (1, 2, 3))


def load(
    day: Day,
    start: Mark | None,
    strategy: Strategy = Strategy.UPSERT,
    *,
    keyed: bool = True,
) -> Load:
    """Return the load of the part after `start`; D1 and D2 lie before."""
    key = KEYED.primary_key if keyed else ()
    window = Window(("id",), start, ("9",))
    table = dataclasses.replace(KEYED, window=window, primary_key=key)
    earlier = tuple(one for one in (D1, D2) if one < day)
    origin = Origin("shop", day, earlier)
    return Load(table.stream, table, origin, FILE, strategy, "public")


def part(day: Day, end: Mark | None) -> Part:
    found = chain.end_of(Window(("id",), None, end))
    assert found
    return Part(day, found)


def days_before(one: Load, *held: Part) -> list[Day] | None:
    found = chain.gap(one, held)
    return None if found is None else list(found.days)  # type: ignore[arg-type]


def test_the_first_part_follows_nothing() -> None:
    assert days_before(load(D1, None)) is None


def test_a_part_follows_the_one_that_ends_where_it_begins() -> None:
    assert days_before(load(D2, ("1",)), part(D1, ("1",))) is None


def test_a_part_may_begin_before_what_is_held() -> None:
    held = part(D1, ("1",)), part(D2, ("2",))
    assert days_before(load(D3, ("1",)), *held) is None


def test_the_days_that_are_missing_are_named_in_order() -> None:
    assert days_before(load(D3, ("2",))) == [D1, D2]
    assert days_before(load(D3, ("2",)), part(D1, ("1",))) == [D2]


def test_an_end_over_other_columns_is_another() -> None:
    other = chain.end_of(Window(("at",), None, ("1",)))
    assert days_before(load(D2, ("1",)), Part(D1, str(other))) == []


def test_texts_that_look_alike_are_kept_apart() -> None:
    two = Window(("a", "b"), None, ("1, 2", "3"))
    other = Window(("a", "b"), None, ("1", "2, 3"))
    assert chain.end_of(two) != chain.end_of(other)


def test_a_whole_table_has_no_end() -> None:
    assert chain.end_of(None) is None


def test_a_history_follows_nothing() -> None:
    assert days_before(load(D3, ("2",), Strategy.HISTORY)) is None


@pytest.mark.parametrize(
    ("start", "follows"), [(("1",), False), (("2",), True), (None, False)]
)
def test_without_a_key_a_part_follows_the_last_one_only(
    start: Mark | None, follows: bool
) -> None:
    one = load(D3, start, Strategy.INSERT, keyed=False)
    held = part(D1, ("1",)), part(D2, ("2",))
    assert (days_before(one, *held) is None) is follows


def test_without_a_key_a_day_may_come_again() -> None:
    one = load(D1, None, Strategy.INSERT, keyed=False)
    held = part(D1, ("1",)), part(D2, ("2",))
    assert days_before(one, *held) is None


def test_all_gaps_are_named_at_once() -> None:
    gaps = [chain.gap(load(D3, (mark,)), []) for mark in ("7", "8")]
    with pytest.raises(RefusedError) as caught:
        chain.refuse([*gaps, None], "target-postgres")
    assert "after (7)" in caught.value.reason
    assert "after (8)" in caught.value.reason
    assert caught.value.instruction.count("EXTRACTED_AT=") == 2


def test_no_gap_is_no_refusal() -> None:
    chain.refuse([None, None], "target-postgres")
