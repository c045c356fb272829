"""The documentation that dbt makes of the models, in a real browser.

With DOCS_SCREENSHOT=docs/img/lineage.png this draws the README's picture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import browser
import harness
from meltano import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(200)]
GRAPH = "#!/overview?g_v=1&g_i=%2Bmovielens_graph"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make docs` writes, of a copy of the models."""
    copy = tmp_path_factory.mktemp("project") / "transform"
    ignored = shutil.ignore_patterns("target")
    shutil.copytree(ROOT / "transform", copy, ignore=ignored)
    made = subprocess.run(
        [str(harness.BIN / "meltano"), "invoke", "dbt:docs"],
        cwd=ROOT,
        env=harness.environment(
            {"DBT_PROJECT_DIR": str(copy), "DBT_PROFILES_DIR": str(copy)}
        ),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return copy / "target" / "static_index.html"


def test_it_draws_what_a_table_is_made_of(
    page_file: Path, tmp_path: Path
) -> None:
    with browser.open_page(1300, 620) as page:
        page.goto(f"{page_file.as_uri()}{GRAPH}")
        page.get_by_role("heading", name="Lineage Graph").wait_for()
        graph = page.locator("canvas").first
        graph.wait_for()
        page.wait_for_timeout(1500)  # it moves into its place
        picture = Path(os.environ.get("DOCS_SCREENSHOT", tmp_path / "x.png"))
        page.screenshot(
            path=picture,
            clip={"x": 20, "y": 90, "width": 1260, "height": 440},
        )
        assert page.get_by_text("movielens").first.is_visible()
    assert picture.stat().st_size > 10_000
