"""Loads days into MySQL or MariaDB inside the test's process."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from singer_input import Source

import harness
from daybook.mysql.load.load import load_all
from daybook.mysql.load.plan import OFFERED, plan
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules


def load(url: str, *sources: Source, **settings: Any) -> None:
    """Load the sources' days as the target would."""
    rules = parse_rules(settings.pop("strategy", None), OFFERED)
    database = urlsplit(url).path.strip("/")
    received = [one for source in sources for one in source.received()]
    loads = plan(received, rules, database)
    load_all(url, loads, Options(schema=database, **settings))


def outcome(url: str, table: str) -> tuple[Any, ...]:
    """Return outcome and inserted, updated, deleted of the newest load."""
    [row] = harness.mysql(
        url,
        "SELECT outcome, inserted, updated, deleted FROM daybook_loads "
        "WHERE `table` = %s ORDER BY id DESC LIMIT 1",
        [table],
    )
    return row
