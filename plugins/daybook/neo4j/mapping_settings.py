"""The settings that name what a graph is made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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

    Attributes:
        labels: Label per table, spelled as in the settings.
        relationships: Name per foreign key (`orders.customer_id`) or
            join table (`order_details`), spelled as in the settings.
        exclude: Globs over tables and over `table.column`.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    relationships: Mapping[str, Rename] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()


def parse(config: Mapping[str, Any]) -> Naming:
    """Return what `labels`, `relationships` and `exclude` say.

    Raises:
        ConfigError: One of them is malformed.
    """
    raise NotImplementedError
