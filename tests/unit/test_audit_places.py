"""Which table of the warehouse a table of the lake is compared with."""

from __future__ import annotations

from daybook.day import Day
from daybook.lake.manifest import DataFile, Manifest
from daybook.relational.places import Entry, Place, places
from days import table

DAY, NEXT = "2024-12-20", "2024-12-21"


def data_file(
    name: str, schema: str = "public", sha256: str = "f"
) -> DataFile:
    one = table(name, [("id", "integer")], ["id"], schema)
    return DataFile(one, "", 0, sha256, 1, 2)


def manifest(*files: DataFile) -> Manifest:
    return Manifest("shop", Day.parse(DAY), "", "", "", files)


def entry(
    number: int,
    schema: str = "public",
    *,
    source: str = "shop",
    day: str = DAY,
    strategy: str = "snapshot",
    sha256: str = "f",
) -> Entry:
    return Entry(
        number, schema, "orders", source, day, strategy, sha256, day == DAY
    )


def found(*entries: Entry, schema: str | None = None) -> list[Place]:
    orders = data_file("orders")
    return places(entries, manifest(orders), orders, schema)


def test_a_table_that_was_never_loaded_is_nowhere() -> None:
    assert found() == []
    assert found(entry(1, source="other")) == []


def test_the_place_that_holds_the_day_is_preferred() -> None:
    (one,) = found(entry(1, "old"), entry(2, "new", day=NEXT))
    assert (one.schema, one.holds_day) == ("old", True)


def test_without_one_every_place_counts() -> None:
    both = found(entry(1, "a", day=NEXT), entry(2, "b", day=NEXT))
    assert [(one.schema, one.holds_day) for one in both] == [
        ("a", False),
        ("b", False),
    ]


def test_a_schema_can_be_named() -> None:
    (one,) = found(entry(1, "a"), entry(2, "b"), schema="b")
    assert one.schema == "b"


def test_what_was_loaded_last_counts() -> None:
    (one,) = found(entry(1), entry(2, day=NEXT))
    assert (one.newest.day, one.holds_day) == (NEXT, False)
    (one,) = found(entry(3), entry(2, day=NEXT))
    assert one.holds_day


def test_a_table_that_another_source_took_over_holds_no_day() -> None:
    (one,) = found(entry(1), entry(2, source="other"))
    assert (one.newest.source, one.holds_day) == ("other", False)


def test_days_that_stay_are_held_beside_later_ones() -> None:
    for strategy in ("history", "insert"):
        later = entry(2, day=NEXT, strategy=strategy)
        (one,) = found(entry(1, strategy=strategy), later)
        assert one.holds_day
    (one,) = found(entry(2, day=NEXT, strategy="history"))
    assert not one.holds_day


def test_tables_of_one_name_go_by_the_file_that_was_loaded() -> None:
    ours, theirs = data_file("orders"), data_file("orders", "b", "e")
    day = manifest(ours, theirs)
    loaded = [entry(1, "a", sha256="e"), entry(2, "b", sha256="f")]
    assert [p.schema for p in places(loaded, day, ours, None)] == ["b"]
    assert [p.schema for p in places(loaded, day, theirs, None)] == ["a"]


def test_tables_of_one_name_else_go_by_their_schema() -> None:
    ours, theirs = data_file("orders", "a"), data_file("orders", "b", "e")
    day = manifest(ours, theirs)
    loaded = [entry(1, "a", sha256="new"), entry(2, "b", sha256="new")]
    assert [p.schema for p in places(loaded, day, ours, None)] == ["a"]
    assert [p.schema for p in places(loaded, day, theirs, None)] == ["b"]
