"""What types land as, where the target cannot have the source's own."""

from __future__ import annotations

from daybook.postgres.extract.landing import Landing, Type, land

TYPES = {
    each.oid: each
    for each in (
        Type(23, "pg_catalog", "int4", "b"),
        Type(1007, "pg_catalog", "_int4", "b", element=23),
        Type(1700, "pg_catalog", "numeric", "b"),
        Type(2205, "pg_catalog", "regclass", "b"),
        Type(3904, "pg_catalog", "int4range", "r"),
        Type(1, "public", "mood", "e"),
        Type(2, "public", "_mood", "b", element=1),
        Type(3, "public", "price", "d", base=1700, modifier=655366),
        Type(4, "public", "_price", "b", element=3),
        Type(5, "public", "special", "d", base=3),
        Type(6, "public", "ints", "d", base=1007),
        Type(7, "public", "_ints", "b", element=6),
        Type(8, "public", "vector", "b", of_extension=True),
        Type(9, "public", "floatrange", "r"),
        Type(10, "public", "ints2", "d", base=6),
    )
}
TEXT = Landing()


def test_a_type_of_postgresql_stays_with_its_modifier() -> None:
    assert land(TYPES, 1700, 655366) == Landing(1700, 655366)
    assert land(TYPES, 1007, -1) == Landing(23, -1, is_array=True)
    assert land(TYPES, 3904, -1) == Landing(3904)


def test_a_domain_lands_as_what_it_constrains_however_deep() -> None:
    assert land(TYPES, 5, -1) == land(TYPES, 3, -1)
    assert land(TYPES, 3, -1) == Landing(1700, 655366)
    assert land(TYPES, 4, -1) == Landing(1700, 655366, is_array=True)


def test_a_domain_over_an_array_is_an_array() -> None:
    assert land(TYPES, 10, -1) == Landing(23, -1, is_array=True)


def test_an_array_of_a_domain_over_an_array_is_one_of_texts() -> None:
    assert land(TYPES, 7, -1) == Landing(is_array=True)


def test_enums_and_own_ranges_land_as_text() -> None:
    assert land(TYPES, 1, -1) == TEXT
    assert land(TYPES, 9, -1) == TEXT
    assert land(TYPES, 2, -1) == Landing(is_array=True)


def test_a_type_of_an_extension_stays() -> None:
    assert land(TYPES, 8, 3) == Landing(8, 3)


def test_a_type_that_names_the_sources_own_tables_lands_as_text() -> None:
    assert land(TYPES, 2205, -1) == TEXT
