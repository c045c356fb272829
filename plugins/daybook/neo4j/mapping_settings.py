"""The settings that name what a graph is made of. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from daybook.errors import ConfigError, cut
from daybook.singer.settings import split_list

if TYPE_CHECKING:
    from daybook.table import Table

_Name = TypeVar("_Name")

_EXAMPLES = {
    "labels": "customers=Client,us_states=State",
    "relationships": "orders.customer_id=<PURCHASED,order_details=ORDERS",
    "exclude": "us_states,employees.photo",
}


@dataclass(frozen=True, slots=True)
class Rename:
    """What a relationship is to be called.

    Attributes:
        type: Its type in the graph.
        reverse: Whether it points the other way than by default.
    """

    type: str
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Naming:
    """The parsed settings `labels`, `relationships` and `exclude`.

    A table is spelled `orders`, `public.orders` or as its stream; a
    foreign key as its table and its columns, `orders.customer_id` or
    `items.order_id+line`; a join table as a table.

    Attributes:
        labels: Label per table.
        relationships: Name per foreign key or join table.
        exclude: Globs over tables; those with a dot also over columns.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    relationships: Mapping[str, Rename] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    def label(self, table: Table) -> str | None:
        """Return the label that the settings give a table, if any."""
        return _first(self.labels, spellings(table))

    def rename(
        self, table: Table, columns: Sequence[str] = ()
    ) -> Rename | None:
        """Return a foreign key's name, or without columns a join table's."""
        return _first(self.relationships, spellings(table, columns))

    def leaves_out(self, table: Table) -> bool:
        """Whether the settings leave the whole table out."""
        names = spellings(table)
        return any(
            _matches(name, glob) for glob in self.exclude for name in names
        )

    def leaves_out_column(self, table: Table, column: str) -> bool:
        """Whether the settings leave one column of a table out."""
        globs = [glob for glob in self.exclude if "." in glob]
        names = spellings(table, [column])
        return any(_matches(name, glob) for glob in globs for name in names)


def spellings(table: Table, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of a table, or of columns in it, in settings.

    The most exact one, which wins, is first.
    """
    end = f".{'+'.join(columns)}" if columns else ""
    names = (table.stream, f"{table.schema}.{table.name}", table.name)
    return tuple(name + end for name in names)


def parse(config: Mapping[str, Any]) -> Naming:
    """Return what `labels`, `relationships` and `exclude` say.

    Raises:
        ConfigError: One of them is malformed.
    """
    renames = _pairs(config, "relationships")
    return Naming(
        labels=_pairs(config, "labels"),
        relationships={
            name: _rename(name, value) for name, value in renames.items()
        },
        exclude=_list(config.get("exclude")),
    )


def _rename(name: str, value: str) -> Rename:
    type_ = value.removeprefix("<").strip()
    if not type_:
        raise _malformed("relationships", f"{name}={value}")
    return Rename(type_, reverse=value.startswith("<"))


def _pairs(config: Mapping[str, Any], setting: str) -> dict[str, str]:
    """Return a setting that is an object, or a text of `name=value`."""
    value = config.get(setting) or {}
    if isinstance(value, Mapping):
        pairs = dict(_flat(value))
    else:
        pairs = dict(_pair(setting, item) for item in _list(value))
    for name, item in pairs.items():
        if not isinstance(item, str) or not item.strip() or "\0" in item:
            raise _malformed(setting, f"{name}={item}")
    return {name.strip(): item.strip() for name, item in pairs.items()}


def _flat(
    value: Mapping[str, Any], before: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield the names of nested objects joined by dots, as Meltano does."""
    for name, item in value.items():
        if isinstance(item, Mapping):
            yield from _flat(item, f"{before}{name}.")
        else:
            yield f"{before}{name}", item


def _pair(setting: str, item: str) -> tuple[str, str]:
    name, equals, value = item.rpartition("=")
    if not equals or not name.strip():
        raise _malformed(setting, item)
    return name, value


def _list(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return split_list(str(value) if value else None)


def _malformed(setting: str, item: str) -> ConfigError:
    return ConfigError(
        f"The setting `{setting}` of target-neo4j holds {cut(item)}; "
        "looked for a name, `=` and what it is to be called.",
        f"For example: TARGET_NEO4J_{setting.upper()}='{_EXAMPLES[setting]}'",
    )


def _first(names: Mapping[str, _Name], spelled: Sequence[str]) -> _Name | None:
    return next((names[name] for name in spelled if name in names), None)


def _matches(name: str, glob: str) -> bool:
    return fnmatch.fnmatchcase(name, glob)
