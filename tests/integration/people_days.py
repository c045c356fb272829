"""Days with people in them, who are erased from where they were loaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from daybook.csv.erase_day import erase_day
from daybook.day import Day
from daybook.erasure.found import Declared
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects
from daybook.lake import partition
from daybook.personal import Personal
from daybook.singer.handover import HandedFile
from daybook.singer.received import Received
from daybook.singer.schema import Origin
from daybook.table import Column, ForeignKey, Table
from days import Row, publish_day

DAY, NEXT, LAST = "2024-12-20", "2024-12-21", "2024-12-22"
OF = Pseudonyms(b"a key of the tests, and of nothing else")
FIELDS = (("email", "email"), ("id", "subject"), ("name", "name"))

CUSTOMERS = Table(
    "",
    "customers",
    (
        Column("id", "text", nullable=False, personal=Personal("subject")),
        Column("name", "text", personal=Personal("name")),
        Column("email", "text", personal=Personal("email")),
        Column("born", "date", personal=Personal("date")),
        Column("likes", "text"),
        Column("spent", "numeric(10,2)"),
        Column("seen", "timestamp with time zone"),
    ),
    ("id",),
)
JANE: Row = (
    "007", "Jane", "jane@b.c", "1980-02-03", "Jane's tea", "1.50",
    "2024-01-02 03:04:05.5+00",
)  # fmt: skip
JOE: Row = ("7", "Jane", "joe@b.c", None, None, None, None)
NOBODY: Row = ("8", None, None, "1980-02-03", "", "0.00", None)
PEOPLE: list[Row] = [JANE, JOE, NOBODY]
VISITS = Table(
    "",
    "visits",
    (
        Column("customer", "text", personal=Personal("subject")),
        Column("place", "text", personal=Personal("address")),
    ),
)
VISITED: list[Row] = [
    ("007", "High Street 5"),
    ("007", "High Street 5"),
    ("7", "High Street 5"),
    ("007", None),
    (None, "High Street 5"),
]
LINES = Table(
    "",
    "lines",
    (
        Column("line", "bigint", nullable=False),
        Column("text", "text", personal=Personal("", FIELDS)),
    ),
    ("line",),
)
LINES_READ: list[Row] = [
    ("1", '{"id": "007", "name": "Jane", "email": "jane@b.c"}'),
    ("2", '{"id":  "7", "name": "Jane"}'),
    ("3", '{"id": "9", "name": "Joe", "mail": "<jane@b.c>, "na'),
    ("4", None),
]
ALL: Mapping[Table, Sequence[Row]] = {
    CUSTOMERS: PEOPLE,
    VISITS: VISITED,
    LINES: LINES_READ,
}
ODD = Table(
    "",
    "odd",
    (
        Column("number", "bigint", nullable=False),
        Column("who", "integer", personal=Personal("subject")),
        Column("asks", "uuid", personal=Personal("asked")),
        Column("email", "text", personal=Personal("email")),
        Column("name", "character varying", personal=Personal("name")),
        Column("phone", "text", personal=Personal("phone")),
        Column("home", "text", personal=Personal("address")),
        Column("code", "text", personal=Personal("postcode")),
        Column("other", "text", personal=Personal("text")),
        Column("day", "date", personal=Personal("date")),
        Column(
            "clock", "timestamp without time zone", personal=Personal("date")
        ),
        Column(
            "moment", "timestamp with time zone", personal=Personal("date")
        ),
        Column("said", "jsonb", personal=Personal("", FIELDS)),
        Column("line", "json", personal=Personal("", FIELDS)),
        Column("torn", "text", personal=Personal("", FIELDS)),
        Column("price", "numeric(8,2)"),
        Column("share", "double precision"),
        Column("open", "boolean"),
        Column("raw", "bytea"),
    ),
    ("number",),
)
_UUID = "00000000-0000-0000-0000-00000000000a"
_ODD_VALUES: list[Row] = [
    ("a@b.c", " ", "", "\u00c5\u212b\u00e5 \U0001f600", "\t'\"\\\n", "NULL"),
    ("jane@b.c", "O'Neil", "+49 (0)1", "High St\n5", "AB1 2CD", "\\N"),
    (None, None, "no number", None, "-", "x" * 3_000),
    ("no address", "{}", None, "1", "\u200b", "%s $1 {0} ?"),
]
_ODD_MOMENTS: list[Row] = [
    ("1980-02-03", "1980-02-03 04:05:06.789", "1980-02-03 04:05:06+00"),
    (None, None, None),
    ("0099-01-01", "9999-12-31 23:59:59", "2024-02-29 00:00:00.000001+00"),
]
_ODD_LINES: list[Row] = [
    ('{"id": "42", "name": "O\\u0027N"}', '{"id":42,"name":"a"}', '{"na'),
    (None, None, '"name": "Jane", "email": "jane@b.c", "x'),
    ('{"name": [1, {"a": null}]}', "[]", "jane@b.c, and more"),
]


def odd_rows(number: int = 72) -> list[Row]:
    """Return rows of many kinds, every other one of the person 42."""
    return [
        (
            str(at),
            "42" if at % 2 else str(at),
            _UUID if at % 3 else None,
            *_ODD_VALUES[at % 4],
            *_ODD_MOMENTS[at % 3],
            *_ODD_LINES[at // 3 % 3],
            f"{at}.50",
            f"{at}.25",
            "t" if at % 5 else "f",
            f"\\x{at:02x}",
        )
        for at in range(number)
    ]


def people(**named: str) -> Subjects:
    """Return people by `subject` and `email`."""
    return Subjects(OF, frozenset(OF.digest(*one) for one in named.items()))


JANE_BY_ID = people(subject="007", email="jane@b.c")


PERSON_42 = people(subject="42", email="jane@b.c")


def declared(*tables: Table, source: str = "shop") -> Declared:
    """Return tables as the lake's days declare them."""
    return {source: tables or tuple(ALL)}


def undeclared(table: Table) -> Table:
    """Return a table of which nothing is said to be personal."""
    columns = (dataclasses.replace(c, personal=None) for c in table.columns)
    return dataclasses.replace(table, columns=tuple(columns))


def referring(table: Table, columns: str, to: str) -> Table:
    """Return a table with a foreign key to `id` of another."""
    key = ForeignKey("", (columns,), "", to, ("id",))
    return dataclasses.replace(table, foreign_keys=(key,))


def publish(
    lake: Path, tables: Mapping[Table, Sequence[Row]] = ALL, day: str = DAY
) -> None:
    """Publish a day of the source `shop`."""
    publish_day(lake, "shop", day, list(tables.items()))


def erase_from_lake(
    lake: Path, subjects: Subjects = JANE_BY_ID, day: str = DAY
) -> None:
    """Erase people from a day of the lake."""
    erase_day(lake, "shop", Day.parse(day), subjects)


def received(lake: Path, day: str = DAY) -> Iterator[Received]:
    """Yield a day's tables as a target receives them."""
    origin = Origin("shop", Day.parse(day))
    folder = partition.folder(lake, "shop", origin.day)
    for file in partition.read(lake, "shop", origin.day).files:
        path = folder / file.path
        handed = HandedFile(path, file.rows, file.sha256, file.longest_line)
        yield Received(file.table.stream, file.table, origin, handed)


@dataclasses.dataclass(frozen=True)
class Loaded:
    """What a target's tests share: loading days, and erasing Jane.

    Attributes:
        load: Loads a day of the lake as the target would.
        erasing: The target's module that erases.
        tables: What is published if nothing else is said.
    """

    load: Callable[..., None]
    erasing: Any
    tables: Mapping[Table, Sequence[Row]] = dataclasses.field(
        default_factory=lambda: ALL
    )

    def loaded(
        self,
        url: str,
        lake: Path,
        tables: Mapping[Table, Sequence[Row]] | None = None,
        **settings: Any,
    ) -> None:
        """Publish a day and load it."""
        publish(lake, tables or self.tables)
        self.load(url, lake, **settings)

    def erase(self, url: str, *tables: Table) -> dict[str, int]:
        """Erase Jane; return rows by place."""
        found = self.erasing.erase(url, declared(*tables), JANE_BY_ID)
        return {one.where: one.rows for one in found}

    def check_a_search(self, url: str, stored: Callable[[str], Any]) -> None:
        """Check that a search says what erasing does, and changes nothing."""
        before = stored(url)
        search = self.erasing.search
        found = search(url, declared(), JANE_BY_ID)
        assert stored(url) == before
        assert {one.where: one.rows for one in found} == self.erase(url)
        assert stored(url) != before
        assert not search(url, declared(), JANE_BY_ID)
