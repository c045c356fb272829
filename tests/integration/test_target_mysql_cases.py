"""A server to which names of tables that differ in case are one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mysql_input import load, outcome
from singer_input import Source, Stream, source

import harness
from daybook.errors import RefusedError
from daybook.services import mariadb, mariadb_server
from daybook.table import ForeignKey

pytestmark = pytest.mark.long


@pytest.fixture
def url(
    mariadb_programs: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database on such a server: it keeps names in lower case."""
    settings = (*mariadb_server._SETTINGS, "--lower-case-table-names=1")
    monkeypatch.setattr(mariadb_server, "_SETTINGS", settings)
    root = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    try:
        yield mariadb.up(root, durable=False).urls["PEOPLE_URL"]
    finally:
        mariadb.delete(root)
        shutil.rmtree(root)


def shop(folder: Path, day: str, *names: str) -> Source:
    key = ForeignKey("fk", ("of",), "public", "Customers", ("id",))
    rows = [(str(at), name) for at, name in enumerate(names)]
    orders = [("1", "0"), ("2", "0")]
    return source(
        folder,
        day,
        Stream(
            "Customers", {"id": "integer", "name": "text"}, rows, ("id",)
        ),
        Stream(
            "Orders", {"id": "integer", "of": "integer"}, orders, ("id",),
            (key,),
        ),
    )  # fmt: skip


def test_a_name_in_upper_case_is_known_again(url: str, tmp_path: Path) -> None:
    load(url, shop(tmp_path, "2024-12-20", "Ann"))
    load(url, shop(tmp_path, "2024-12-20", "Ann"))
    assert outcome(url, "Customers") == ("unchanged", 0, 0, 0)
    load(url, shop(tmp_path, "2024-12-21", "Anna", "Bob"), recheck=True)
    assert outcome(url, "Customers") == ("loaded", 1, 1, 0)
    assert outcome(url, "Orders") == ("unchanged", 0, 0, 0)
    names = harness.mysql(url, "SELECT name FROM Customers ORDER BY id")
    assert names == [("Anna",), ("Bob",)]


def test_two_names_that_are_one_there_are_refused(
    url: str, tmp_path: Path
) -> None:
    two = [
        Stream(name, {"id": "integer"}, [("1",)], ("id",))
        for name in ("Shop", "shop")
    ]
    with pytest.raises(RefusedError, match="'Shop, shop' are one"):
        load(url, source(tmp_path, "2024-12-20", *two))
