"""A real browser without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

playwright = pytest.importorskip("playwright.sync_api")

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find() -> str:
    """Return the path of a browser; skip where there is none."""
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        pytest.skip("no browser here: Debian's package is `chromium`")
    return found


@contextmanager
def open_page(width: int, height: int) -> Iterator[playwright.Page]:
    """Give an empty page of that many pixels."""
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=find(),
            # Chromium has no sandbox where its user is root.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = chromium.new_page(
            viewport={"width": width, "height": height}, locale="en-GB"
        )
        page.set_default_timeout(60_000)
        yield page
        chromium.close()
