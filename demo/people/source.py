"""The two lists as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from demo.people import rows

PEOPLE = ("given_name", "family_name", "date_of_birth", "place_of_birth")
PLACES = ("city", "county", "country")


def files() -> dict[str, bytes]:
    """Return name to content of the files in `extract/people_places`."""
    return {
        "people.csv": _csv(PEOPLE, rows.people()),
        "places.csv": _csv(PLACES, rows.places()),
    }


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode()
