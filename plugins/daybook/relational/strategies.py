"""How a table follows its source: strategies, chosen by glob. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from daybook.errors import ConfigError, cut
from daybook.singer.settings import split_list

if TYPE_CHECKING:
    from daybook.table import Table


class Strategy(StrEnum):
    """What a load does with the rows that a table already has."""

    SNAPSHOT = "snapshot"
    """The table mirrors the newest day: insert, update, delete."""
    REPLACE = "replace"
    """All rows go, the day's rows come; for tables without a key."""
    HISTORY = "history"
    """Every day is kept, as a partition by `extracted_at`."""
    UPSERT = "upsert"
    """Insert and update by key, delete nothing."""
    INSERT = "insert"
    """Insert only; a key that exists is an error."""

    @property
    def mirrors(self) -> bool:
        """Whether the table then holds the day's rows and no others."""
        return self in {Strategy.SNAPSHOT, Strategy.REPLACE}

    @property
    def keeps_rows(self) -> bool:
        """Whether rows of earlier days stay beside the day's."""
        return not self.mirrors

    @property
    def takes_unproven(self) -> bool:
        """Whether an input that may lack rows can do no harm."""
        return self in {Strategy.UPSERT, Strategy.INSERT}


Rule = tuple[str, Strategy]
"""A glob and the strategy of the tables that it matches."""


def parse_rules(
    setting: Mapping[str, str] | str | None,
    offered: Sequence[Strategy] = tuple(Strategy),
) -> tuple[Rule, ...]:
    """Return the rules that the setting `strategy` holds, in order.

    An object maps globs to strategies; a string is one strategy for all
    tables, or `orders=upsert,*=snapshot` for the shell.

    Raises:
        ConfigError: Some strategy is none of those offered.
    """
    pairs = (
        setting.items()
        if isinstance(setting, Mapping)
        else (_rule(item) for item in split_list(setting))
    )
    return tuple((glob, _strategy(name, offered)) for glob, name in pairs)


def choose(rules: Sequence[Rule], stream: str, table: Table) -> Strategy:
    """Return the strategy of the first rule whose glob matches.

    A glob is matched against `schema.table`, the table's name and the
    stream's name. Without a match: snapshot with a key, else replace; of
    a table of which a day holds a part, upsert and insert.
    """
    for glob, strategy in rules:
        if _matches(glob, stream, table):
            return strategy
    if table.window:
        return Strategy.UPSERT if table.primary_key else Strategy.INSERT
    return Strategy.SNAPSHOT if table.primary_key else Strategy.REPLACE


def unmatched(
    rules: Sequence[Rule], tables: Sequence[tuple[str, Table]]
) -> list[str]:
    """Return the globs that match none of the `(stream, table)` pairs."""
    return [
        glob
        for glob, _ in rules
        if not any(_matches(glob, stream, table) for stream, table in tables)
    ]


def _matches(glob: str, stream: str, table: Table) -> bool:
    names = (f"{table.schema}.{table.name}", table.name, stream)
    return any(fnmatch.fnmatchcase(name, glob) for name in names)


def _rule(item: str) -> tuple[str, str]:
    glob, equals, name = item.rpartition("=")
    return (glob if equals else "*", name)


def _strategy(name: str, offered: Sequence[Strategy]) -> Strategy:
    if name in offered:
        return Strategy(name)
    raise ConfigError(
        f"The setting `strategy` names {cut(name)}, which is none.",
        f"Use one of {', '.join(offered)}, for example "
        f"'orders={offered[-1]},*={offered[0]}'.",
    )
