"""Builds models of a test's own with dbt, and carries them into a lake."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import harness
import meltano
from daybook.day import Day
from daybook.lake import partition
from daybook.lake.manifest import Manifest
from days import publish_day, table

DBT = meltano.ROOT / ".meltano" / "utilities" / "dbt" / "venv" / "bin"
DAY = "2024-12-20"

SHOP = "shop"
BOUGHT = table(
    "bought", [("id", "integer"), ("what", "text"), ("price", "numeric(8,2)")]
)
ROWS = [["2", "tea", "3.50"], ["1", "a, b", None], ["3", "", "0.10"]]
SOURCES = """
sources:
- name: shop
  tables: [{name: bought}]
"""
MODEL = "select id, what, price from {{ source('shop', 'bought') }}"
SCHEMA = """
models:
- name: sold
  columns:
  - name: id
    data_type: integer
    constraints: [{type: not_null}, {type: primary_key}]
  - {name: what, data_type: varchar}
  - {name: price, data_type: "decimal(8,2)"}
"""


@dataclass
class Pipeline:
    """A project of dbt's with one pipeline, and a lake.

    Attributes:
        root: The project's root.
        lake: The lake.
        source: The pipeline's name.
        run: The id that the steps of a run share.
    """

    root: Path
    lake: Path
    source: str = "models"
    run: str = field(default_factory=lambda: str(uuid.uuid4()))

    def write(self, files: Mapping[str, str]) -> None:
        """Write models and what describes them."""
        for name, text in files.items():
            path = self.root / "transform" / "models" / self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def dbt(self, *words: str, **variables: str | None) -> harness.Result:
        """Run a command of dbt's."""
        return subprocess.run(
            [str(DBT / "daybook-dbt"), *(words or ("build",))],
            cwd=self.root,
            env=harness.environment(self.variables() | variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=harness.TIMEOUT_SECONDS,
            check=False,
        )

    def carry(self, day: str = DAY) -> tuple[harness.Result, harness.Result]:
        """Let tap-duckdb and target-csv publish what dbt built."""
        return harness.pipe(
            "tap-duckdb",
            {"spool": str(self.lake), "handover": "files"},
            "target-csv",
            {"lake": str(self.lake), "source": self.source, "day": day},
            self.variables(),
        )

    def variables(self) -> dict[str, str | None]:
        """Return what the steps of a run have in their environment."""
        return {
            "MELTANO_PROJECT_ROOT": str(self.root),
            "MELTANO_PARENT_CONTEXT_UUID": self.run,
            "LAKE_ROOT": str(self.lake),
            "SOURCE": self.source,
            "DATESTAMP": DAY,
        }

    def next_run(self) -> None:
        """Begin another run."""
        self.run = str(uuid.uuid4())


def new_pipeline(root: Path, lake: Path) -> Pipeline:
    """Return a pipeline without models, in a project like this one."""
    if not (DBT / "daybook-dbt").exists():
        pytest.skip("dbt is not installed: make .meltano/.dbt")
    transform = root / "transform"
    transform.mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(meltano.ROOT / "transform" / name, transform / name)
    shutil.copytree(
        meltano.ROOT / "transform" / "macros", transform / "macros"
    )
    return Pipeline(root, lake)


def shop_pipeline(folder: Path, lake: Path) -> Pipeline:
    """Return a pipeline with one model, over a day that it publishes."""
    made = new_pipeline(folder / "project", lake)
    made.write(
        {"sources.yml": SOURCES, "schema.yml": SCHEMA, "sold.sql": MODEL}
    )
    publish_day(lake, SHOP, DAY, [(BOUGHT, ROWS)])
    return made


def published(pipeline: Pipeline, day: str = DAY) -> Manifest:
    """Return what is published of the pipeline's day."""
    return partition.open_day(pipeline.lake, pipeline.source, Day.parse(day))


def refused(result: harness.Result) -> str:
    """Return what dbt said when it failed for good."""
    assert result.returncode == 2, result.stdout + result.stderr
    return result.stderr
