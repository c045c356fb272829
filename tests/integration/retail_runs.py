"""Delivers rows of a shop, and processes days of them without Meltano."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_runs import Pipeline, new_pipeline

import harness
import meltano
from daybook.day import Day
from daybook.duck.views import open_days
from daybook.lake import partition

RAW, MODELS = "retail_raw", "retail"
DAY, NEXT = "2020-01-01", "2020-01-02"
_PATH = "extract/retail/date={}/hour={{hour}}/{{dataset}}.json*"

Row = dict[str, Any]
Rows = list[tuple[Any, ...]]


def customer(key: str = "007", **fields: Any) -> Row:
    """Return a customer without fault."""
    return {
        "id": key,
        "first_name": "Ada",
        "last_name": "King",
        "email": f"{key}@example.com",
        "date_of_birth": "1980-02-03",
        "phone_number": "+44 20 7946 0000",
        "address": "1 High Street",
        "city": "Leeds",
        "country": "United Kingdom",
        "postcode": "LS1 1AA",
        "last_change": "2019-12-31",
    } | fields


def product(sku: Any = 1, **fields: Any) -> Row:
    """Return a product without fault."""
    made = {"sku": sku, "name": "tea", "price": "1.50", "category": "drinks"}
    return made | {"popularity": 0.5} | fields


def item(sku: Any = 1, **fields: Any) -> Row:
    """Return what was bought of a product."""
    return {
        "sku": sku, "quanitity": 2, "price": "1.50", "total": "3.00"
    } | fields  # fmt: skip


def sale(key: Any = "t1", **fields: Any) -> Row:
    """Return a transaction without fault, by 007 of product 1."""
    made = {
        "transaction_id": key,
        "transaction_time": "2020-01-01T10:00:00",
        "customer_id": "007",
        "delivery_address": {
            "address": "1 High Street\nFlat 2",
            "postcode": "LS1 1AA",
            "city": "Leeds",
            "country": "United Kingdom",
        },
        "purchases": {"products": [item()], "total_cost": "3.00"},
    }
    return made | fields


def bought(*items: Any, total: Any = "3.00") -> Row:
    """Return the field `purchases` of a transaction."""
    return {"products": list(items), "total_cost": total}


def write_lines(path: Path, *rows: Row | str) -> None:
    """Write rows, or lines that are none; packed if it is called so."""
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, "".join(f"{text}\n" for text in texts).encode())


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@dataclass
class Shop:
    """A project with the models of retail, and what is delivered to it."""

    pipeline: Pipeline

    @property
    def lake(self) -> Path:
        """The lake."""
        return self.pipeline.lake

    def deliver(
        self, hour: str, dataset: str, *rows: Row | str, day: str = DAY
    ) -> Path:
        """Write a plain file of rows, or of lines that are none."""
        path = self.folder(hour, day) / f"{dataset}.json"
        write_lines(path, *rows)
        return path

    def write(
        self, hour: str, name: str, data: bytes, *, day: str = DAY
    ) -> Path:
        """Write a file; one that is called so is packed."""
        path = self.folder(hour, day) / name
        _write(path, data)
        return path

    def folder(self, hour: str, day: str = DAY) -> Path:
        """Return the folder of an hour."""
        retail = self.pipeline.root / "extract" / "retail"
        path = retail / f"date={day}" / f"hour={hour}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def bring(self, day: str = DAY) -> None:
        """Bring what was delivered on a day into the lake."""
        lines = [{"name": "lines", "path": _PATH.format(day)}]
        ended = harness.pipe(
            "tap-duckdb",
            {"lines": lines, "spool": str(self.lake), "handover": "files"},
            "target-csv",
            {"lake": str(self.lake), "source": RAW, "day": day},
            self.pipeline.variables(),
        )
        for result in ended:
            assert result.returncode == 0, result.stderr

    def build(self, day: str = DAY) -> harness.Result:
        """Build the models of a day."""
        self.pipeline.next_run()
        return self.pipeline.dbt(DATESTAMP=day)

    def process(self, day: str = DAY) -> None:
        """Do all that `extract_retail` does."""
        self.bring(day)
        built = self.build(day)
        assert built.returncode == 0, built.stdout + built.stderr
        for result in self.pipeline.carry(day):
            assert result.returncode == 0, result.stderr

    def query(self, sql: str, day: str = DAY) -> Rows:
        """Return what SQL over the day of the models gives."""
        manifest = partition.open_day(self.lake, MODELS, Day.parse(day))
        with open_days(self.lake, [manifest]) as connection:
            rows: Rows = connection.execute(sql).fetchall()
            return rows

    def broken(self, dataset: str) -> dict[int, list[str]]:
        """Return, per rejected line's number, the rules that it breaks."""
        rows = self.query(f"SELECT line, reasons FROM {dataset}__rejected")
        return {line: list(_rules(reasons)) for line, reasons in rows}

    def counts(self, day: str = DAY) -> dict[str, tuple[int, ...]]:
        """Return lines, valid, rejected and repeated ones per dataset."""
        rows = self.query(
            "SELECT dataset, sum(lines)::int, sum(valid)::int, "
            "sum(rejected)::int, sum(duplicates)::int "
            "FROM statistics GROUP BY 1",
            day,
        )
        return {name: tuple(numbers) for name, *numbers in rows}


def _rules(reasons: Any) -> Iterator[str]:
    for reason in reasons.strip("{}").split(",") if reasons else ():
        rule, colon, _ = reason.strip('"').partition(":")
        if colon:
            yield rule


def new_shop(folder: Path, lake: Path) -> Shop:
    """Return a project of nothing but the models of retail."""
    pipeline = new_pipeline(folder / "project", lake)
    pipeline.source = MODELS
    transform = Path("transform")
    models = transform / "models" / MODELS
    shutil.copytree(meltano.ROOT / models, pipeline.root / models)
    tests = pipeline.root / transform / "tests"
    tests.mkdir()
    for name in (
        "every_line_is_accounted_for.sql",
        "not_too_many_are_rejected.sql",
    ):
        shutil.copy(meltano.ROOT / transform / "tests" / name, tests)
    return Shop(pipeline)
