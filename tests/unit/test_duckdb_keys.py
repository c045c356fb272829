"""Keys that models declare are checked without an index."""

from __future__ import annotations

import duckdb
import pytest

from daybook.dbt.keys import check, spelled
from daybook.duck.declared_keys import (
    FOREIGN,
    PRIMARY,
    UNIQUE,
    DeclaredKey,
    read,
    write,
)
from daybook.errors import InputError

FILMS = DeclaredKey("main", "films", PRIMARY, "", ("id",))
SEEN = DeclaredKey(
    "main", "seen", FOREIGN, "", ("film", "part"), "films", ("id", "part")
)


@pytest.fixture
def films():
    """Two tables, of which one refers to the other."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE films (id INTEGER, part INTEGER)")
        connection.execute("INSERT INTO films VALUES (1, 1), (2, 1)")
        connection.execute("CREATE TABLE seen (film INTEGER, part INTEGER)")
        yield connection


def broken(connection, *keys: DeclaredKey) -> str:
    """Return what is said of keys that do not hold."""
    with pytest.raises(InputError) as refusal:
        check(connection, keys)
    return refusal.value.reason


def unique(*columns: str) -> DeclaredKey:
    return DeclaredKey("main", "films", UNIQUE, "", columns)


def test_keys_that_hold_are_fine(films):
    films.execute("INSERT INTO seen VALUES (1, 1), (NULL, 9), (NULL, NULL)")
    check(films, [FILMS, unique("id", "part"), SEEN])


@pytest.mark.parametrize("row", ["(2, 5)", "(NULL, 5)"])
def test_a_primary_key_is_on_one_row_and_not_null(films, row):
    films.execute(f"INSERT INTO films VALUES {row}")
    assert "the primary key (id)" in broken(films, FILMS)


def test_what_is_null_in_a_key_is_shown_so(films):
    films.execute("INSERT INTO films VALUES (NULL, 5)")
    assert "first: 'NULL'" in broken(films, FILMS)


def test_a_unique_key_may_be_null_on_many_rows(films):
    films.execute("INSERT INTO films VALUES (NULL, 5), (NULL, 5)")
    check(films, [unique("id")])
    films.execute("INSERT INTO films VALUES (2, 7)")
    assert "the unique (id)" in broken(films, unique("id"))


def test_rows_that_refer_to_nothing_are_named(films):
    films.execute("INSERT INTO seen VALUES (1, 2), (1, 1)")
    said = broken(films, FILMS, unique("id", "part"), SEEN)
    assert "seen: (film, part) is in no row of films" in said
    assert "first: '1, 2'." in said


def test_a_reference_needs_a_key_at_its_other_end(films):
    assert "declares no key" in broken(films, FILMS, SEEN)


def test_keys_are_noted_in_the_database(films):
    assert read(films) == []
    write(films, [FILMS])
    write(films, [FILMS, SEEN])
    assert read(films) == [FILMS, SEEN]


def test_keys_are_spelled_as_the_columns_are(films):
    assert spelled(films, [unique("ID", "Part")]) == [unique("id", "part")]
