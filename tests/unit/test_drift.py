"""Which changes of a definition keep every value."""

import pytest

from daybook.postgres.load.drift import compare, holds, widens
from daybook.relational.drift import Widening


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("smallint", "integer"),
        ("integer", "bigint"),
        ("smallint", "bigint"),
        ("bigint", "numeric"),
        ("character varying(5)", "character varying(6)"),
        ("character varying(5)", "character varying"),
        ("numeric(8,2)", "numeric(10,2)"),
        ("numeric(8,2)", "numeric"),
        ("real", "double precision"),
        ("json", "text"),
        ("character(5)", "text"),
        ("timestamp(3) with time zone", "text"),
    ],
)
def test_a_type_widens(old: str, new: str) -> None:
    assert widens(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("integer", "integer"),
        ("bigint", "integer"),
        ("numeric", "bigint"),
        ("text", "character varying(5)"),
        ("character varying(6)", "character varying(5)"),
        ("character varying", "character varying(5)"),
        ("numeric(8,2)", "numeric(10,4)"),
        ("numeric(8,2)", "numeric(5,-2)"),
        ("numeric", "numeric(10,4)"),
        ("bigint", "numeric(10,2)"),
        ("double precision", "real"),
        ("integer", "double precision"),
        ("date", "timestamp without time zone"),
        ("integer[]", "bigint[]"),
    ],
)
def test_a_type_does_not_widen(old: str, new: str) -> None:
    assert not widens(old, new)


@pytest.mark.parametrize(
    ("old", "new", "holding"),
    [
        ("numeric(8,2)", "numeric(10,4)", True),
        ("numeric(8,2)", "numeric(9,4)", False),
        ("numeric(5,-2)", "numeric(8,0)", True),
        ("numeric(8,2)", "numeric(5,-2)", False),
        ("character(3)", "character(5)", True),
        ("character(5)", "character(3)", False),
        ("timestamp(3) with time zone", "timestamp with time zone", True),
        ("timestamp(3) with time zone", "timestamp(6) with time zone", True),
        ("timestamp(3) with time zone", "timestamp without time zone", False),
        ("timestamp with time zone", "timestamp(3) with time zone", False),
        ("bit(3)", "bit(5)", False),
    ],
)
def test_more_places_hold_every_value(
    old: str, new: str, *, holding: bool
) -> None:
    assert holds(old, new) is holding


def test_the_text_of_other_days_does_not_change() -> None:
    live, wanted = {"a": "numeric(8,2)"}, {"a": "numeric(10,4)"}
    assert compare(live, wanted, keep_missing=True).losses
    assert compare(live, wanted, keep_missing=False).widened


def test_new_columns_are_added() -> None:
    drift = compare(
        {"a": "text"}, {"a": "text", "b": "date"}, keep_missing=False
    )
    assert drift.added == {"b": "date"}
    assert drift.losses == ()


def test_a_wider_type_is_taken() -> None:
    drift = compare({"a": "integer"}, {"a": "bigint"}, keep_missing=False)
    assert drift.widened == (Widening("a", "integer", "bigint"),)
    assert drift.types == {"a": "bigint"}


def test_a_narrower_type_at_the_source_changes_nothing() -> None:
    drift = compare({"a": "bigint"}, {"a": "integer"}, keep_missing=False)
    assert not drift
    assert drift.types == {"a": "bigint"}


def test_a_column_that_is_gone_is_a_loss() -> None:
    drift = compare(
        {"a": "text", "b": "date"}, {"a": "text"}, keep_missing=False
    )
    assert drift.losses == ("column b (date) is gone",)


def test_a_column_that_other_days_need_stays() -> None:
    assert not compare(
        {"a": "text", "b": "date"}, {"a": "text"}, keep_missing=True
    )


def test_another_type_is_named_with_the_old_one() -> None:
    drift = compare({"a": "date"}, {"a": "integer"}, keep_missing=False)
    assert drift.losses == ("column a was date and is integer",)
    assert drift.differences == ["column a was date and is integer"]
