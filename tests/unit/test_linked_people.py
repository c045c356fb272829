"""Who is on the list by an address has an id when their data comes."""

from pathlib import Path

from daybook.csv import erase
from daybook.dialect import encode_row
from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.subjects import Subjects
from daybook.personal import Personal
from daybook.singer.handover import HandedFile
from daybook.table import Column, Table

OF = Pseudonyms(b"a key of the tests, and of nothing else")
JANE = Subjects(OF, frozenset({OF.digest("email", "jane@b.c")}))
CUSTOMERS = Table(
    "",
    "customers",
    (
        Column("id", "text", nullable=False, personal=Personal("subject")),
        Column("email", "text", personal=Personal("email")),
    ),
    ("id",),
)
ORDERS = Table(
    "",
    "orders",
    (
        Column("customer", "text", personal=Personal("subject")),
        Column("address", "text", personal=Personal("address")),
    ),
)


def handed(path: Path, table: Table, *rows: tuple[str, str]) -> HandedFile:
    lines = [table.column_names, *rows]
    path.write_bytes(b"".join(encode_row(list(row)) for row in lines))
    return HandedFile(path, len(rows), "", 100)


def test_rows_with_only_the_id_are_erased_too(tmp_path: Path) -> None:
    customers = handed(
        tmp_path / "c", CUSTOMERS, ("007", " JANE@b.c"), ("7", "joe@b.c")
    )
    orders = handed(
        tmp_path / "o", ORDERS, ("007", "1 High St"), ("7", "2 High St")
    )
    people = erase.linked(JANE, [(orders, ORDERS), (customers, CUSTOMERS)])
    assert erase.count(orders, ORDERS, JANE) == 0
    assert erase.count(orders, ORDERS, people) == 1


def test_an_address_that_was_erased_before_tells_the_id(
    tmp_path: Path,
) -> None:
    pseudonym = OF.of("email", "jane@b.c")
    customers = handed(tmp_path / "c", CUSTOMERS, ("007", pseudonym))
    people = erase.linked(JANE, [(customers, CUSTOMERS)])
    assert people.are_named_by("subject", "007")
