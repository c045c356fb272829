"""`daybook audit` finds every row in which MySQL is not the day."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

import harness
import lake_days
from daybook.day import Day
from daybook.duck.audit_result import TableAudit
from daybook.lake import partition
from daybook.mysql.audit.audit import audit
from daybook.mysql.load.load import load_all
from daybook.mysql.load.plan import plan
from daybook.relational.loads import Options
from daybook.singer.handover import HandedFile
from daybook.singer.received import Received
from daybook.singer.schema import Origin
from daybook.table import Column, Table

DAY, NEW = Day.parse("2024-12-20"), Day.parse("2024-12-21")
TYPES = {
    "id": "integer",
    "ok": "boolean",
    "at": "timestamp with time zone",
    "local": "timestamp(3) without time zone",
    "day": "date",
    "clock": "time without time zone",
    "price": "numeric(65,30)",
    "small": "numeric(4,2)",
    "any": "numeric",
    "f": "double precision",
    "r": "real",
    "raw": "bytea",
    "note": "text",
    "tags": "text[]",
    "doc": "jsonb",
    "who": "uuid",
}
ROWS = [
    (
        *("1", "t", "2024-01-01 12:00:00.5+00", "2024-01-01 12:00:00.25"),
        *("0044-03-15", "24:00:00", "1" * 35 + ".5", "1.50", "1.10", "1e+100"),
        *("16777216", "\\x00ff", 'a"b\n😀 ', "{a,NULL}", '{"a": 1}'),
        "00000000-0000-0000-0000-00000000000a",
    ),
    ("2", "f", *(None for _ in range(13)), None),
    ("3", None, *(None for _ in range(6)), "0", "-0", "0.1", "\\x", ""),
]


def table(name: str = "things", key: tuple[str, ...] = ("id",)) -> Table:
    columns = tuple(Column(c, kind) for c, kind in TYPES.items())
    return Table("public", name, columns, key)


def rows() -> list[tuple[str | None, ...]]:
    width = len(TYPES)
    return [(*row, *(None for _ in range(width - len(row)))) for row in ROWS]


@pytest.fixture
def day(lake: Path, mariadb_url: str) -> Path:
    """A lake whose day is in the database too."""
    publish(lake, DAY)
    load_day(mariadb_url, lake, DAY)
    return lake


def publish(lake: Path, day: Day, *, source: str = "shop") -> None:
    tables = {table(): rows(), table("keyless", ()): rows() * 2}
    lake_days.publish_day(lake, tables, source=source, day=day)


def load_day(url: str, lake: Path, day: Day) -> None:
    """Load a day as tap-csv and target-mysql would."""
    folder = partition.folder(lake, "shop", day)
    database = urlsplit(url).path.strip("/")
    received = [
        Received(
            one.table.stream,
            one.table,
            Origin("shop", day),
            HandedFile(
                folder / one.path, one.rows, one.sha256, one.longest_line
            ),
        )
        for one in partition.open_day(lake, "shop", day).files
    ]
    load_all(url, plan(received, (), database), Options(schema=database))


def ask(
    url: str, lake: Path, day: Day = DAY, source: str = "shop", **more: bool
) -> dict[str, TableAudit]:
    manifest = partition.open_day(lake, source, day)
    chosen = {(source, one.table.stream) for one in manifest.files}
    found = audit(url, lake, [manifest], chosen, **more)
    return {one.table: one for one in found}


def things(url: str, lake: Path) -> TableAudit:
    return ask(url, lake)["public-things"]


def test_a_loaded_day_is_equal(day: Path, mariadb_url: str) -> None:
    found = ask(mariadb_url, day).values()
    assert all(one.is_equal for one in found), list(found)
    assert [one.rows_target for one in found] == [6, 3]


@pytest.mark.parametrize(
    "edit, column",
    [
        ("at = at + INTERVAL 1 MICROSECOND", "at"),
        ("price = price + 1e-30", "price"),
        ("note = NULL WHERE id = 3", "note"),
        ("note = concat(note, ' ') WHERE id = 1", "note"),
        ("f = 0 WHERE id = 3", "f"),
        ("`raw` = '' WHERE id = 2", "raw"),
    ],
)
def test_a_changed_value_is_shown_with_its_key(
    day: Path, mariadb_url: str, edit: str, column: str
) -> None:
    harness.mysql(mariadb_url, f"UPDATE things SET {edit}")
    [row] = things(mariadb_url, day).differing
    assert list(row.columns) == [column]


def test_rows_that_are_gone_or_too_many_are_named(
    day: Path, mariadb_url: str
) -> None:
    harness.mysql(mariadb_url, "DELETE FROM things WHERE id = 2")
    harness.mysql(mariadb_url, "INSERT INTO things (id) VALUES (9)")
    one = things(mariadb_url, day)
    assert [key["id"] for key in one.missing_keys] == ["2"]
    assert [key["id"] for key in one.extra_keys] == ["9"]


def test_a_row_too_few_without_a_key_is_found(
    day: Path, mariadb_url: str
) -> None:
    harness.mysql(mariadb_url, "DELETE FROM keyless WHERE id = 3 LIMIT 1")
    one = ask(mariadb_url, day)["public-keyless"]
    assert (one.missing, one.extra, one.is_equal) == (1, 0, False)


def test_a_day_that_was_not_loaded_is_told_by_its_rows(
    day: Path, mariadb_url: str
) -> None:
    publish(day, NEW)
    harness.mysql(mariadb_url, "UPDATE things SET note = 'x' WHERE id = 2")
    one = ask(mariadb_url, day, NEW)["public-things"]
    assert (one.problem, one.different) == (f"holds {DAY}", 1)
    load_day(mariadb_url, day, NEW)
    assert ask(mariadb_url, day, NEW)["public-things"].is_equal
    assert "the rows are the same" in things(mariadb_url, day).note


def test_a_source_that_was_never_loaded_counts_only_if_it_is_asked_for(
    day: Path, mariadb_url: str
) -> None:
    publish(day, DAY, source="other")
    assert ask(mariadb_url, day, source="other", only_known=True) == {}
    found = ask(mariadb_url, day, source="other")
    assert {one.problem for one in found.values()} == {"not loaded"}


def test_a_table_that_is_gone_is_said(day: Path, mariadb_url: str) -> None:
    harness.mysql(mariadb_url, "DROP TABLE things")
    assert things(mariadb_url, day).problem == "the table is gone"


def test_a_user_without_temporary_tables_gets_a_note(
    day: Path, mariadb_url: str, mariadb_server_url: str
) -> None:
    name = mariadb_url.rpartition("/")[2]
    harness.mysql(
        mariadb_server_url,
        f"REVOKE CREATE TEMPORARY TABLES ON `{name}`.* "
        f"FROM '{name}'@'127.0.0.1'",
    )
    assert "compared as written" in things(mariadb_url, day).note


def test_the_command_asks_by_the_targets_name(
    day: Path, mariadb_url: str
) -> None:
    root = day.parent
    (root / "meltano.yml").write_text("plugins: {}\n")
    (root / ".env").write_text(
        f"PEOPLE_URL='{mariadb_url}'\nLAKE_ROOT='{day}'\n"
    )
    words = ("audit", "--day", str(DAY), "--target", "mysql")
    result = harness.run_daybook(*words, cwd=root)
    assert result.returncode == 0, result.stderr
    harness.mysql(mariadb_url, "DELETE FROM things WHERE id = 2")
    result = harness.run_daybook(*words, cwd=root)
    assert result.returncode == 1
    assert "meltano run tap-csv target-mysql" in result.stderr
