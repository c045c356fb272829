"""Which tables of a database are extracted: globs over names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from daybook.errors import ConfigError

_WILDCARD = re.compile(r"[*?\[]")
_SHOWN = 20
"""So many names of what exists are shown in a message."""


class Relation(Protocol):
    """A table, view or the like of a source."""

    @property
    def schema(self) -> str:
        """Its schema's name."""

    @property
    def name(self) -> str:
        """Its own name."""

    @property
    def full_name(self) -> str:
        """`schema.name`, for messages and patterns."""

    @property
    def is_whole_table(self) -> bool:
        """Whether it is a table that holds rows of its own."""


_Relation = TypeVar("_Relation", bound=Relation)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The settings that choose relations, as lists of globs.

    Attributes:
        schemas: Over schema names; `""` where the source has none.
        tables: Over `schema.table` or `table`; empty means every table.
        exclude: As `tables`; wins over it.
    """

    schemas: Sequence[str]
    tables: Sequence[str] = ()
    exclude: Sequence[str] = ()


def choose(
    relations: Iterable[_Relation], wanted: Wanted, *, or_none: bool = False
) -> list[_Relation]:
    """Return the relations to extract, in the order given.

    Every whole table of the schemas. What is none (a view, a foreign
    table, a single partition) is taken only if a pattern without
    wildcards names it.

    Raises:
        ConfigError: Nothing is left (which `or_none` allows, where there
            are queries), or a pattern of `tables` matches nothing: a
            typing error must not lose a table.
    """
    everything = list(relations)
    inside = [
        relation
        for relation in everything
        if any(_matches(relation.schema, glob) for glob in wanted.schemas)
    ]
    idle = [
        glob
        for glob in wanted.tables
        if not any(_takes(glob, relation) for relation in inside)
    ]
    chosen = [
        relation
        for relation in inside
        if _is_wanted(relation, wanted.tables)
        and not any(_names(glob, relation) for glob in wanted.exclude)
    ]
    if idle or not (chosen or or_none):
        raise _nothing(everything, inside, wanted, idle)
    return chosen


def _is_wanted(relation: Relation, tables: Sequence[str]) -> bool:
    if not tables:
        return relation.is_whole_table
    return any(_takes(glob, relation) for glob in tables)


def _takes(glob: str, relation: Relation) -> bool:
    if not _names(glob, relation):
        return False
    return relation.is_whole_table or not _WILDCARD.search(glob)


def _names(glob: str, relation: Relation) -> bool:
    return _matches(relation.name, glob) or _matches(relation.full_name, glob)


def _matches(name: str, glob: str) -> bool:
    return name == glob or fnmatchcase(name, glob)


def _nothing(
    everything: Sequence[Relation],
    inside: Sequence[Relation],
    wanted: Wanted,
    idle: Sequence[str],
) -> ConfigError:
    lists = {
        "schemas": wanted.schemas,
        "tables": wanted.tables,
        "exclude": wanted.exclude,
    }
    settings = ", ".join(
        f"`{name}` is {','.join(globs)!r}"
        for name, globs in lists.items()
        if any(globs)
    )
    reason = (
        f"No table matches {', '.join(map(repr, idle))}"
        if idle
        else "No table is left to extract"
    )
    there = [r.full_name for r in inside if r.is_whole_table or idle]
    schemas = sorted({r.schema for r in everything if r.is_whole_table})
    where = "In these schemas" if any(wanted.schemas) else "In the database"
    instruction = f"{where} there are: {_some(there)}."
    if not there and any(wanted.schemas):
        instruction = f"Schemas that hold tables: {_some(schemas)}."
    return ConfigError(
        f"{reason}{': ' if settings else ''}{settings}.",
        f"{instruction} Views must be named without wildcards.",
    )


def _some(names: Sequence[str]) -> str:
    if len(names) > _SHOWN:
        more = len(names) - _SHOWN
        return f"{', '.join(names[:_SHOWN])} and {more} more"
    return ", ".join(names) or "none"
