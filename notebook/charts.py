"""Runs validate.ipynb and keeps its charts as docs/img/*.png.

The charts of the README show generated data: run `make demo` first, then
`.venv/bin/python notebook/charts.py`. Exit code 1 if the notebook fails.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
IMAGES = HERE.parent / "docs" / "img"
DEMO_DAY = "2024-12-21"
TAG = "chart:"


def main() -> int:
    """Run the notebook; write one image per cell tagged `chart:<name>`."""
    os.environ.setdefault("EXTRACTED_AT", DEMO_DAY)
    notebook = nbformat.read(HERE / "validate.ipynb", as_version=4)
    context = {"metadata": {"path": str(HERE)}}
    NotebookClient(notebook, timeout=120, resources=context).execute()
    IMAGES.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, image in charts(notebook).items():
        path = IMAGES / f"{name}.png"
        path.write_bytes(image)
        print(f"written: {path.relative_to(HERE.parent)}")
        written += 1
    return 0 if written else 1


def charts(notebook: nbformat.NotebookNode) -> dict[str, bytes]:
    """Return the PNG of each tagged cell of an executed notebook."""
    return {
        tag.removeprefix(TAG): base64.b64decode(output.data["image/png"])
        for cell in notebook.cells
        for tag in cell.metadata.get("tags", ())
        for output in cell.get("outputs", ())
        if tag.startswith(TAG) and "image/png" in output.get("data", {})
    }


if __name__ == "__main__":
    sys.exit(main())
