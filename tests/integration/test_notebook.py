"""notebook/validate.ipynb runs top to bottom, whatever .env points at."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import harness
from days import publish_day, table

NOTEBOOK = Path(__file__).parents[2] / "notebook" / "validate.ipynb"
D1, D2 = "2024-12-20", "2024-12-21"
ORDERS = table(
    "orders",
    [
        ("order_id", "smallint"),
        ("customer_id", "bpchar"),
        ("order_date", "date"),
        ("shipped_date", "date"),
        ("ship_region", "text"),
    ],
    ["order_id"],
)
DETAILS = table(
    "order_details",
    [
        ("order_id", "smallint"),
        ("product_id", "smallint"),
        ("unit_price", "real"),
        ("quantity", "smallint"),
        ("discount", "real"),
    ],
    ["order_id", "product_id"],
    schema="",
)
PRODUCTS = table(
    "products",
    [("product_id", "smallint"), ("product_name", "text")],
    ["product_id"],
)
CUSTOMERS = table(
    "customers",
    [("customer_id", "bpchar"), ("company_name", "text")],
    ["customer_id"],
)


def publish_shop(lake: Path, day: str, quantity: str) -> None:
    """Publish a small shop: two orders with two details."""
    publish_day(
        lake,
        "postgres",
        day,
        [
            (
                ORDERS,
                [
                    ["1", "ANNA", "2024-01-05", None, ""],
                    ["2", None, "2024-03-01", "2024-03-02", None],
                ],
            ),
            (PRODUCTS, [["1", "Tea"], ["2", "Señor's Lager"]]),
            (CUSTOMERS, [["ANNA", "Ångström & Co"]]),
        ],
    )
    details = [
        ["1", "1", "9.8", quantity, "0.15"],
        ["2", "2", "26.3", "1", "0"],
    ]
    publish_day(lake, "csv", day, [(DETAILS, details)])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two days of a shop, and no variables set."""
    (tmp_path / "meltano.yml").touch()
    publish_shop(tmp_path / "output", D1, "2")
    publish_shop(tmp_path / "output", D2, "3")
    for name in ("WAREHOUSE_URL", "LAKE_ROOT", "EXTRACTED_AT", "SCHEMA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(project: Path) -> str:
    """Execute the notebook in the project; return all that it shows."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    context = {"metadata": {"path": str(project)}}
    NotebookClient(notebook, timeout=100, resources=context).execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    texts = [o.get("text") or o.data.get("text/plain", "") for o in outputs]
    images = [o for o in outputs if "image/png" in o.get("data", {})]
    return "\n".join([*texts, f"{len(images)} charts"])


def test_it_says_that_lake_and_warehouse_agree(
    project: Path, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tap, target = harness.pipe(
        "tap-csv",
        {
            "lake": str(project / "output"),
            "sources": "csv,postgres",
            "day": D2,
            "handover": "files",
        },
        "target-postgres",
        {"url": warehouse_url, "schema": "shop"},
    )
    assert (tap.returncode, target.returncode) == (0, 0), target.stderr
    (project / ".env").write_text(f"WAREHOUSE_URL={warehouse_url}\n")
    monkeypatch.setenv("SCHEMA", "shop")
    shown = run(project)
    assert "4 of 4 tables have as many rows" in shown
    assert "0 columns have another number of NULLs" in shown
    assert "2 rows, revenue 51.29" in shown
    assert "1 of 4 tables changed" in shown
    assert "2 charts" in shown
    stem = project / "output" / f"orders_joined-{D2}"
    with stem.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["amount"] for row in rows] == ["24.9900", "26.3000"]
    found = json.loads(stem.with_suffix(".json").read_text())
    assert [row["customer"] for row in found] == ["Ångström & Co", None]


def test_it_runs_without_a_warehouse_on_a_day_that_is_no_shop(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = table("notes", [("Text", "text")])
    lake = project / "other lake"
    publish_day(lake, "crm", D1, [(notes, [[None], [""]])])
    monkeypatch.setenv("LAKE_ROOT", "other lake")
    shown = run(project)
    assert "WAREHOUSE_URL is not set" in shown
    assert "nothing to join" in shown
    assert "crm has no earlier day" in shown


def test_it_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells)
