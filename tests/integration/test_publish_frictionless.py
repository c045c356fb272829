import subprocess

from daybook.lake import partition
from daybook.table import Column, ForeignKey, Table
from harness import BIN
from lake_days import DAY, publish_day

HOSTILE_NAMES = (
    "Mixed Case",
    "dot.ted",
    "-dash-",
    "..",
    "~home",
    "$HOME",
    "a*b[c]?",
    "{x}",
    "q\"uo'te",
    "sel%ect",
    "a/b",
    "x" * 63,
    "Größe 😀",
    " lead",
    "trail ",
    "trail.",
    "back\\slash",
    "http://x",
    "tab\tnew\nline",
    "%41",
    "a.zip",
    "select",
)
ID = Column("id", "integer", nullable=False)


def table(name, *columns, key=(), refers=()):
    return Table("public", name, columns, key, refers)


def refers(column, to, references=("id",)):
    return ForeignKey("fk", tuple(column), "public", to, references)


def accepted(lake, tables):
    """Return what `frictionless validate` finds wrong, `""` if nothing."""
    publish_day(lake, tables)
    result = subprocess.run(
        [
            BIN / "frictionless",
            "validate",
            "--skip-errors",
            "blank-row,incorrect-label",
            "datapackage.json",
        ],
        cwd=partition.folder(lake, "csv", DAY),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return result.stdout if result.returncode else ""


def test_a_validator_accepts_hostile_table_names(lake):
    columns = (ID, Column("v", "text"))
    tables = {
        table(name, *columns, key=("id",)): [("1", ""), ("2", None)]
        for name in HOSTILE_NAMES
    }
    assert accepted(lake, tables) == ""


def test_a_validator_accepts_hostile_columns(lake):
    names = (" blank ", 'q"x', "a,b", "new\nline", "ü", "ID", "id", "select")
    wide = [Column(f"c{n}", "integer") for n in range(1000)]
    tables = {
        table("names", *(Column(name, "text") for name in names)): [
            ("1",) * 8,
            ("",) * 8,
        ],
        table("only blank", Column(" ", "text"), ID): [("x", "1")],
        table("wide", *wide): [("1",) * 1000],
        table("no column"): [(), ()],
        table("empty", ID, key=("id",)): [],
    }
    assert accepted(lake, tables) == ""


def test_a_validator_accepts_hard_values(lake):
    values = {
        "bigint": ("-9223372036854775808", "9223372036854775807", None),
        "numeric": ("NaN", "1e5", "-0.000000000000000001"),
        "numeric(38,18)": ("1.00", "Infinity", "-Infinity"),
        "real": ("Infinity", "1e+20", "NaN"),
        "double precision": ("-Infinity", "1e-300", None),
        "boolean": ("t", "f", None),
        "date": ("infinity", "0044-03-15 BC", "10000-01-01"),
        "timestamp with time zone": ("infinity", "24:00", None),
        "json": ('{"a": 1}', "[1]", None),
        "text": ("", None, "a\rb\r\nc\nd\\."),
        "bytea": ("\\xdead", "\\x", ""),
        "money": ("$1.00", "-$2.00", None),
        "interval": ("1 mon", "30 days", None),
        "bit(3)": ("101", "000", None),
        "integer[]": ("{1,NULL}", "{{1,2},{3,4}}", "{}"),
    }
    columns = [Column(f"a {kind}", kind) for kind in values]
    rows = [*zip(*values.values(), strict=True), (None,) * len(values)]
    assert accepted(lake, {table("types", *columns): rows}) == ""


def test_a_validator_accepts_keys_with_empty_texts_and_nulls(lake):
    text_key = Column("k", "text", nullable=False)
    pair = (Column("a", "integer"), Column("b", "text"))
    both = ("a", "b")
    tables = {
        table(
            "keys",
            text_key,
            Column("k2", "character(5)", nullable=False),
            key=("k", "k2"),
        ): [("", ""), ("", "a    "), ("NULL", "x    ")],
        table("customers", text_key, key=("k",)): [("",), ("a",)],
        table(
            "orders",
            ID,
            Column("customer", "text"),
            Column("boss", "integer"),
            key=("id",),
            refers=(
                refers(["customer"], "customers", ("k",)),
                refers(["boss"], "orders"),
                refers(["boss"], "elsewhere"),
            ),
        ): [("1", "", None), ("2", None, "1"), ("3", "a", "3")],
        table("pairs", *pair, key=both): [("1", ""), ("1", "z")],
        table("to pairs", ID, *pair, refers=(refers(both, "pairs", both),)): [
            ("1", "1", None),
            ("2", None, ""),
            ("3", "1", "z"),
        ],
    }
    assert accepted(lake, tables) == ""


def test_a_validator_finds_an_edited_day(lake):
    published = publish_day(lake)
    folder = partition.folder(lake, "csv", DAY)
    path = folder / published.manifest.files[1].path
    path.write_bytes(path.read_bytes() + b"4,x\n")
    result = subprocess.run(
        [BIN / "frictionless", "validate", folder / "datapackage.json"],
        capture_output=True,
        check=False,
    )
    assert result.returncode == 1
