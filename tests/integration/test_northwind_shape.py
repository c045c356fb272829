"""Tables of every shape arrive with rows, types and keys, day after day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from roundtrip import Held, Trip, change, keys, trip, validate

from meltano import files_of

DAY, NEXT = "2024-12-20", "2024-12-21"
WIDE = ", ".join(f"c{number} int" for number in range(999))
SHAPES = {
    "no_key": """
        CREATE TABLE no_key (a int, b text);
        INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL),
            (NULL, NULL), (2, '')""",
    "wide": f"""
        CREATE TABLE wide (id int PRIMARY KEY, {WIDE});
        INSERT INTO wide (id, c500) VALUES (1, 7), (2, NULL)""",
    "parted": """
        CREATE TABLE parted (id int, at date, v text, PRIMARY KEY (id, at))
            PARTITION BY RANGE (at);
        CREATE TABLE parted_1 PARTITION OF parted
            FOR VALUES FROM ('2024-01-01') TO ('2024-07-01')
            PARTITION BY LIST (id);
        CREATE TABLE parted_1a (at date NOT NULL, gone int, v text,
            id int NOT NULL);
        ALTER TABLE parted_1a DROP COLUMN gone;
        ALTER TABLE parted_1 ATTACH PARTITION parted_1a FOR VALUES IN (1);
        CREATE TABLE parted_1d PARTITION OF parted_1 DEFAULT;
        CREATE TABLE parted_d PARTITION OF parted DEFAULT;
        INSERT INTO parted SELECT i, d, 'v' FROM generate_series(1, 3) AS i,
            unnest(ARRAY['2024-01-01', '2025-01-01']::date[]) AS d""",
    "of_parted": """
        CREATE TABLE of_parted (id int PRIMARY KEY, p int, at date,
            FOREIGN KEY (p, at) REFERENCES parted (id, at));
        INSERT INTO of_parted VALUES (1, 1, '2024-01-01'), (2, NULL, now())""",
    "parent": """
        CREATE TABLE parent (id int PRIMARY KEY, v text);
        INSERT INTO parent VALUES (1, 'p')""",
    "heir": """
        CREATE TABLE heir (extra text) INHERITS (parent);
        INSERT INTO heir VALUES (1, 'h', 'x'), (2, 'h', 'y')""",
    "self": """
        CREATE TABLE self (id int PRIMARY KEY, boss int REFERENCES self);
        INSERT INTO self VALUES (1, 2), (2, 1), (3, 3), (4, NULL)""",
    "egg": """
        CREATE TABLE egg (id int PRIMARY KEY, hen int);
        INSERT INTO egg VALUES (1, 1), (2, 2)""",
    "hen": """
        CREATE TABLE hen (id int PRIMARY KEY, egg int REFERENCES egg);
        INSERT INTO hen VALUES (1, 1), (2, 2);
        ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen DEFERRABLE""",
    "composite": """
        CREATE TABLE composite (x int, y text, z date, w int,
            PRIMARY KEY (z, x, y), UNIQUE (w, y));
        INSERT INTO composite VALUES (1, 'a', '2024-01-01', 7)""",
    "of_composite": """
        CREATE TABLE of_composite (id int PRIMARY KEY, y text, z date, x int,
            w int, FOREIGN KEY (y, z, x) REFERENCES composite (y, z, x),
            FOREIGN KEY (y, w) REFERENCES composite (y, w));
        INSERT INTO of_composite VALUES (1, 'a', '2024-01-01', 1, 7)""",
    "by_code": """
        CREATE TABLE by_code (id int PRIMARY KEY, code text UNIQUE);
        INSERT INTO by_code VALUES (1, 'a'), (2, 'b'), (3, NULL)""",
    "of_code": """
        CREATE TABLE of_code (id int PRIMARY KEY,
            code text REFERENCES by_code (code));
        INSERT INTO of_code VALUES (1, 'a'), (2, 'b'), (3, NULL)""",
    "padded": """
        CREATE TABLE padded (k char(5) PRIMARY KEY);
        INSERT INTO padded VALUES ('ab'), (''), ('abcde')""",
    "of_padded": """
        CREATE TABLE of_padded (k char(5) REFERENCES padded,
            k2 char(3) REFERENCES padded);
        INSERT INTO of_padded VALUES ('ab', 'ab'), ('', '')""",
    "look_alike": r"""
        CREATE TABLE look_alike (k text PRIMARY KEY);
        INSERT INTO look_alike VALUES (''), (' '), ('NULL'), ('\N'), ('\.')""",
    "of_look_alike": """
        CREATE TABLE of_look_alike (k text REFERENCES look_alike);
        INSERT INTO of_look_alike SELECT k FROM look_alike;
        INSERT INTO of_look_alike VALUES (NULL)""",
    "scaled": """
        CREATE TABLE scaled (n numeric PRIMARY KEY);
        INSERT INTO scaled VALUES (1.0), ('NaN')""",
    "of_scaled": """
        CREATE TABLE of_scaled (id int PRIMARY KEY,
            n numeric REFERENCES scaled);
        INSERT INTO of_scaled VALUES (1, 1), (2, 'NaN')""",
    "odd_keys": """
        CREATE TABLE odd_keys (a int[], r int4range, f float8, i interval,
            PRIMARY KEY (a, r, f, i));
        INSERT INTO odd_keys VALUES ('{1,2}', '[1,2)', '-0', '1 mon'),
            ('[0:1]={1,2}', 'empty', 'NaN', '0')""",
    "buyer": """
        CREATE TABLE buyer (id int PRIMARY KEY, name text);
        INSERT INTO buyer VALUES (1, 'a'), (2, 'b')""",
    "bought": """
        CREATE TABLE bought (id int PRIMARY KEY, buyer int
            CONSTRAINT bought_by REFERENCES buyer ON DELETE CASCADE);
        INSERT INTO bought VALUES (1, 1), (2, 2)""",
    "freed": """
        CREATE TABLE freed (id int PRIMARY KEY,
            buyer int CONSTRAINT freed_by REFERENCES buyer);
        INSERT INTO freed VALUES (1, 1)""",
    "rekeyed": """
        CREATE TABLE rekeyed (a int CONSTRAINT old PRIMARY KEY, b int);
        INSERT INTO rekeyed VALUES (1, 1), (2, 2)""",
    "grown": """
        CREATE TABLE grown (id int PRIMARY KEY, v varchar(3),
            price numeric(5,2), padded char(3), at timestamp(3));
        INSERT INTO grown VALUES (1, 'abc', 1.5, 'a', '2024-01-01 00:00:00.1')
        """,
}
"""The shapes that Northwind and its like have, and harder ones."""

SECOND_DAY = """
    INSERT INTO no_key VALUES (1, 'x'); DELETE FROM no_key WHERE a IS NULL;
    UPDATE wide SET c998 = 1 WHERE id = 2;
    UPDATE parted SET at = '2026-01-01' WHERE id = 3 AND at < '2025-01-01';
    DELETE FROM heir WHERE id = 1; UPDATE ONLY parent SET v = '';
    UPDATE self SET boss = 3 WHERE id = 1;
    SET CONSTRAINTS ALL DEFERRED;
    UPDATE egg SET hen = 3 - hen; UPDATE hen SET egg = 3 - egg;
    DELETE FROM of_composite; DELETE FROM composite;
    INSERT INTO composite VALUES (2, 'b', '2024-02-01', 8);
    INSERT INTO of_composite VALUES (2, 'b', '2024-02-01', 2, 8);
    DELETE FROM of_code;
    UPDATE by_code SET code = NULL WHERE id = 1;
    UPDATE by_code SET code = 'a' WHERE id = 2;
    UPDATE by_code SET code = 'b' WHERE id = 1;
    INSERT INTO of_code VALUES (1, 'a'), (2, 'b');
    UPDATE padded SET k = 'abcd' WHERE k = 'abcde';
    UPDATE scaled SET n = 1.00 WHERE n = 1;
    UPDATE of_scaled SET n = 1.000 WHERE id = 1;
    UPDATE odd_keys SET f = 0, i = '30 days' WHERE f = 0;
    DELETE FROM buyer WHERE id = 2; UPDATE buyer SET name = 'A';
    INSERT INTO buyer VALUES (3, NULL);
    INSERT INTO bought VALUES (3, 3);
    COMMIT;
    ALTER TABLE freed DROP CONSTRAINT freed_by;
    INSERT INTO freed VALUES (9, 99);
    ALTER TABLE rekeyed DROP CONSTRAINT old;
    ALTER TABLE rekeyed ALTER a DROP NOT NULL;
    ALTER TABLE rekeyed ADD PRIMARY KEY (b);
    INSERT INTO rekeyed VALUES (1, 3), (NULL, 4);
    ALTER TABLE grown ALTER id TYPE bigint, ALTER v TYPE varchar(9),
        ALTER price TYPE numeric(9,4), ALTER padded TYPE char(5),
        ALTER at TYPE timestamp, ADD n numeric(6,2) DEFAULT 1.5;
    INSERT INTO grown VALUES (5000000000, 'abcdefghi', 1.2345, 'abcde',
        '2024-01-01 00:00:00.123456', 2)
"""
CHANGED = [name for name in SHAPES if not name.startswith(("of_p", "of_l"))]
CHANGED.remove("look_alike")


@dataclass(frozen=True)
class Days:
    """The trip, with what both ends held after each day."""

    trip: Trip
    first: tuple[dict[str, Held], dict[str, Held]]
    first_keys: tuple[list[tuple[object, ...]], list[tuple[object, ...]]]
    second: tuple[dict[str, Held], dict[str, Held]]
    was_unchanged: bool


@pytest.fixture(scope="module")
def days(
    server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Days]:
    """Both days, the first of them twice."""
    lake = tmp_path_factory.mktemp("lake")
    with trip(server_url, lake, ";".join(SHAPES.values())) as here:
        here.go(DAY)
        first = here.source_holds(), here.warehouse_holds()
        first_keys = keys(here.source), keys(here.warehouse)
        before = files_of(lake), here.row_versions()
        here.go(DAY)
        same = (files_of(lake), here.row_versions()) == before
        change(here.source, SECOND_DAY)
        here.go(NEXT)
        second = here.source_holds(), here.warehouse_holds()
        yield Days(here, first, first_keys, second, same)


@pytest.mark.parametrize("name", SHAPES)
def test_a_table_arrives_with_its_rows_and_types(
    days: Days, name: str
) -> None:
    source, warehouse = days.first
    assert source[name].rows
    assert warehouse[name] == source[name]


@pytest.mark.parametrize("name", CHANGED)
def test_the_second_day_arrives(days: Days, name: str) -> None:
    source, warehouse = days.second
    assert source[name] != days.first[0][name]
    assert warehouse[name] == source[name]


def test_every_key_arrives(days: Days) -> None:
    mine, theirs = days.first_keys
    assert theirs == mine
    assert len(mine) == 34


def test_keys_follow_the_source(days: Days) -> None:
    assert keys(days.trip.warehouse) == keys(days.trip.source)


def test_a_second_run_changes_no_file_and_no_row(days: Days) -> None:
    assert days.was_unchanged


def test_frictionless_accepts_the_days(days: Days) -> None:
    for day in (DAY, NEXT):
        report = validate(days.trip.lake, day)
        assert report.returncode == 0, report.stdout
